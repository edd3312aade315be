import Envelope
import Environment
import Model
import StoragePorts
import Synchronization

/// How messages are encrypted: with `SqsManagedSseEnabled` a queue's messages are sealed by a key of the queue's own, which the master key
/// wraps. A queue gets its key when it is first to encrypt, and keeps it: each message says for itself whether it is sealed.
package struct QueueEncryption: Sendable {
    package let masterKeys: MasterKeys
    /// Whether a new queue encrypts of which nobody says whether it should.
    package let isDefault: Bool

    package init(masterKeys: MasterKeys, isDefault: Bool) {
        self.masterKeys = masterKeys
        self.isDefault = isDefault
    }
}

/// The queues' keys in the clear. Made with the engine, before the ledger is open; the master keys come after.
final class QueueSealing: Sendable {
    private struct State {
        var encryption: QueueEncryption?
        /// By the queues' incarnations: a queue's key never changes.
        var ciphers: [UInt64: MessageCipher] = [:]
    }

    /// More queues than are busy at one time; another one's key is unwrapped again.
    private static let ciphersMax = 10_000

    private let state = Mutex(State())

    func use(_ encryption: QueueEncryption) { state.withLock { $0.encryption = encryption } }

    var isDefault: Bool { state.withLock { $0.encryption?.isDefault } ?? false }

    var masterKeys: MasterKeys {
        guard let masterKeys = state.withLock({ $0.encryption?.masterKeys }) else {
            preconditionFailure("queues get their master keys before they serve")
        }
        return masterKeys
    }

    /// A key for the queue that this commit makes or changes, wrapped. Notes the master key.
    func makeKey(_ incarnation: UInt64, random: any RandomSource, in transaction: Transaction) throws -> [UInt8] {
        let masterKeys = masterKeys
        try transaction.noteMasterKey(masterKeys.currentID.rawValue)
        return masterKeys.wrap(DataKey(random: random).bytes, Self.context(incarnation))
    }

    /// Throws `LedgerError.damaged` for a key that the master keys do not open.
    func cipher(of record: QueueRecord) throws -> MessageCipher {
        if let known = state.withLock({ $0.ciphers[record.incarnation] }) { return known }
        guard let bytes = try? masterKeys.unwrap(record.wrappedKey, Self.context(record.incarnation)), let key = DataKey(bytes: bytes)
        else {
            throw LedgerError.damaged("the key of a queue")
        }
        let cipher = MessageCipher(key: key)
        state.withLock { state in
            if state.ciphers.count >= Self.ciphersMax { state.ciphers.removeAll() }
            state.ciphers[record.incarnation] = cipher
        }
        return cipher
    }

    static func context(_ incarnation: UInt64) -> WrapContext { WrapContext("roost queue", [StorageKeys.bigEndian(incarnation)]) }
}

extension QueueEngine {
    /// What seals the queue's new messages; nil when they are kept in the clear.
    func cipher(for record: QueueRecord) throws -> MessageCipher? {
        record.attributes.isEncrypted ? try sealing.cipher(of: record) : nil
    }

    /// A message of the queue with its content in the clear. Throws `LedgerError.damaged`.
    func decode(_ bytes: [UInt8], of record: QueueRecord) throws -> StoredMessage {
        var message = try StoredMessage(ofQueue: bytes)
        if !message.sealed.isEmpty { try message.unseal(try sealing.cipher(of: record)) }
        return message
    }

    /// The record with a key where it is to encrypt.
    func keyed(_ record: QueueRecord, in transaction: Transaction) throws -> QueueRecord {
        var record = record
        if record.attributes.isEncrypted, record.wrappedKey.isEmpty {
            record.wrappedKey = try sealing.makeKey(record.incarnation, random: random, in: transaction)
        }
        return record
    }
}

extension Queues {
    /// Queues whose keys one commit wraps again.
    private static let rewrapStepQueues = 64

    /// Wraps every queue's key that an older master key wrapped by the current one. Returns how many it could not unwrap, and left as they
    /// are.
    package func rewrapKeys() async throws -> Int {
        let masterKeys = engine.sealing.masterKeys
        let outdated = try await ledger.read { snapshot in
            var outdated: [[UInt8]] = []
            try snapshot.scan(QueueKeys.allQueues, .forward) { key, value in
                let wrapped = try QueueRecord(stored: Array(value)).wrappedKey
                if !wrapped.isEmpty, MasterKeys.keyID(of: wrapped) != masterKeys.currentID { outdated.append(Array(key)) }
                return .next
            }
            return outdated
        }
        var unreadable = 0
        for start in stride(from: 0, to: outdated.count, by: Self.rewrapStepQueues) {
            let step = Array(outdated[start..<min(start + Self.rewrapStepQueues, outdated.count)])
            unreadable += try await ledger.commit { try Self.rewrap(step, masterKeys, in: $0) }.value
        }
        return unreadable
    }

    private static func rewrap(_ queues: [[UInt8]], _ masterKeys: MasterKeys, in transaction: Transaction) throws -> Int {
        var (unreadable, isChanged) = (0, false)
        for key in queues {
            guard let value = try transaction.get(key) else { continue }
            var record = try QueueRecord(stored: value)
            // Made anew meanwhile, in the clear.
            if record.wrappedKey.isEmpty { continue }
            do {
                guard let again = try masterKeys.rewrap(record.wrappedKey, QueueSealing.context(record.incarnation)) else { continue }
                record.wrappedKey = again
            } catch {
                unreadable += 1
                continue
            }
            transaction.put(key, try record.bytes())
            isChanged = true
        }
        if isChanged { try transaction.noteMasterKey(masterKeys.currentID.rawValue) }
        return unreadable
    }
}
