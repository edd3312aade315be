import Environment
import Model
import StoragePorts
import Synchronization

/// The rules of queues as steps of a transaction: synchronous, without ledger, threads or sleep.
///
/// Made before the ledger, because its reaction is given to the ledger; `Queues` is the asynchronous shell around it. Its methods
/// run inside commits, one at a time.
package final class QueueEngine: Sendable {
    package let region: Region
    /// The account that owns every queue.
    package let account: AccountID

    let random: any RandomSource
    let memory = QueueMemory()
    let sealing = QueueSealing()
    private let addresses = Mutex<[String: QueueAddress]>([:])
    /// More queues than get notifications at one time.
    private static let addressesMax = 1000

    package init(account: AccountID, region: Region, random: any RandomSource) {
        self.account = account
        self.region = region
        self.random = random
    }

    package func arn(of address: QueueAddress) -> ARN {
        ARN(service: "sqs", region: address.region.rawValue, account: address.account.rawValue, resource: address.name.rawValue)
    }

    /// A region that queues may be in: the server's own, or one that AWS has.
    package func region(_ name: String) -> Region? {
        name == region.rawValue || Region.isOfAWS(name) ? Region(stored: name) : nil
    }

    /// The queue that an ARN names, whether it exists or not; nil when it names none that could be here.
    package func address(of arn: ARN) -> QueueAddress? {
        guard arn.service == "sqs", let region = region(arn.region), let account = AccountID(arn.account) else { return nil }
        return QueueName(arn.resource).map { QueueAddress(account: account, region: region, name: $0) }
    }

    /// As `address(of:)` for an ARN's text; those that were asked for before are not taken apart again.
    package func address(ofARN text: String) -> QueueAddress? {
        if let known = addresses.withLock({ $0[text] }) { return known }
        guard let address = ARN(text).flatMap({ address(of: $0) }) else { return nil }
        addresses.withLock { addresses in
            if addresses.count >= Self.addressesMax { addresses.removeAll(keepingCapacity: true) }
            addresses[text] = address
        }
        return address
    }

    /// Whether an account has any queue, for whoever is about to end it.
    package static func ownsQueues(_ account: AccountID, in reader: any KeyValueReader) throws -> Bool {
        var owns = false
        try reader.scan(.prefix(QueueKeys.queues(of: account)), .forward) { _, _ in
            owns = true
            return .stop
        }
        return owns
    }

    /// A queue's record, or nil when there is no such queue.
    func find(_ address: QueueAddress, in reader: some KeyValueReader) throws -> QueueRecord? {
        let asOf = reader.lastChange(ofTag: QueueKeys.queueTag)
        if let asOf, let record = memory.record(address, asOf: asOf) { return record }
        guard let bytes = try reader.get(QueueKeys.queue(address)) else { return nil }
        return try memory.record(address, bytes, asOf: asOf)
    }

    /// Throws `QueueError.queueDoesNotExist`.
    func require(_ address: QueueAddress, in reader: some KeyValueReader) throws -> QueueRecord {
        guard let record = try find(address, in: reader) else { throw QueueError.queueDoesNotExist }
        return record
    }

    func count(of space: UInt64, in reader: some KeyValueReader) throws -> UInt64 {
        try reader.get(QueueKeys.count(space)).map(StorageKeys.decodeCount) ?? 0
    }

    /// Adds to the number of messages that the space holds.
    func change(countOf space: UInt64, by difference: Int, in transaction: Transaction) throws {
        let before = Int(try count(of: space, in: transaction))
        precondition(before + difference >= 0, "a message is counted before it goes")
        transaction.put(QueueKeys.count(space), StorageKeys.encodeCount(UInt64(before + difference)))
    }

    /// Removes a message that lies at `position`. The caller counts it.
    func remove(_ space: UInt64, _ position: VisibilityPosition, wasReceived: Bool, in transaction: Transaction) {
        transaction.delete(QueueKeys.message(space, position.sequence))
        transaction.delete(QueueKeys.visibility(space, position))
        if wasReceived { transaction.delete(QueueKeys.pointer(space, position.sequence)) }
    }
}
