import Model
import StoragePorts

/// Where the domain's entries lie in the key-value space. Numbers are big-endian, so that byte order is number order.
///
///     30 account(12 digits) region 00 name -> Queue              one per queue
///     31 space(8) lsn(8) index(4)         -> Message             one per message, written once
///     32 space(8) visibleAt(8) lsn index  -> DeliveryState       one per message: when it may be received next
///     33 space(8) lsn(8) index(4)         -> visibleAt(8)        one per message that was received: where its 32 entry is
///     34 space(8)                         -> messages(8)         how many messages the space holds
///     35 space(8)                         -> position            a deleted or purged space still to be swept
///     36 incarnation(8) lsn(8)            -> MoveTask            what empties or emptied the queue of that incarnation
///     37 incarnation(8) lsn(8)            -> key of a queue      one per running move task: its queue
///
/// A space is the LSN of a queue's creation or last purge: purging and deleting are one small commit whatever the queue holds.
/// `lsn index` is a message's sequence: the position of the commit that put it into the queue, and its number in it.
enum QueueKeys {
    static let queueTag: UInt8 = 0x30
    static let messageTag: UInt8 = 0x31
    static let visibilityTag: UInt8 = 0x32
    static let pointerTag: UInt8 = 0x33
    static let countTag: UInt8 = 0x34
    static let garbageTag: UInt8 = 0x35
    static let moveTag: UInt8 = 0x36
    static let runningMoveTag: UInt8 = 0x37
    static let moveKeyBytes = 17

    static let allGarbage = KeyRange.prefix([garbageTag])
    static let allQueues = KeyRange.prefix([queueTag])
    static let allRunningMoves = KeyRange.prefix([runningMoveTag])

    static func queue(_ address: QueueAddress) -> [UInt8] {
        queues(of: address.account, in: address.region) + Array(address.name.rawValue.utf8)
    }

    /// What all keys of an account's queues begin with, whatever their region.
    static func queues(of account: AccountID) -> [UInt8] { [queueTag] + Array(account.rawValue.utf8) }

    /// What the keys of a region's queues begin with.
    static func queues(of account: AccountID, in region: Region) -> [UInt8] {
        queues(of: account) + Array(region.rawValue.utf8) + [0]
    }

    static func message(_ space: UInt64, _ sequence: MessageSequence) -> [UInt8] { key(messageTag, space, sequence) }

    static func pointer(_ space: UInt64, _ sequence: MessageSequence) -> [UInt8] { key(pointerTag, space, sequence) }

    static func visibility(_ space: UInt64, _ position: VisibilityPosition) -> [UInt8] {
        var key = prefix(visibilityTag, space, reserving: 29)
        append(UInt64(bitPattern: max(0, position.visibleAt)), to: &key)
        append(position.sequence, to: &key)
        return key
    }

    static func count(_ space: UInt64) -> [UInt8] { prefix(countTag, space, reserving: 9) }

    static func garbage(_ space: UInt64) -> [UInt8] { prefix(garbageTag, space, reserving: 9) }

    static func moves(of incarnation: UInt64) -> KeyRange { .prefix(prefix(moveTag, incarnation, reserving: 9)) }

    static func move(_ incarnation: UInt64, _ lsn: UInt64) -> [UInt8] { key(moveTag, incarnation, lsn) }

    static func runningMove(_ incarnation: UInt64, _ lsn: UInt64) -> [UInt8] { key(runningMoveTag, incarnation, lsn) }

    private static func key(_ tag: UInt8, _ incarnation: UInt64, _ lsn: UInt64) -> [UInt8] {
        var key = prefix(tag, incarnation, reserving: moveKeyBytes)
        append(lsn, to: &key)
        return key
    }

    /// Everything of `tag` in `space`.
    static func all(_ tag: UInt8, of space: UInt64) -> KeyRange { .prefix(prefix(tag, space, reserving: 9)) }

    /// The position that a visibility key names.
    static func position(ofVisibilityKey key: UnsafeRawBufferPointer) -> VisibilityPosition? {
        guard key.count == 29 else { return nil }
        return VisibilityPosition(
            visibleAt: Int64(bitPattern: number(key, at: 9)),
            sequence: MessageSequence(lsn: number(key, at: 17), index: UInt32(truncatingIfNeeded: number(key, at: 21))))
    }

    /// The sequence that a message's or pointer's key names.
    static func sequence(ofMessageKey key: UnsafeRawBufferPointer) -> MessageSequence? {
        guard key.count == 21 else { return nil }
        return MessageSequence(lsn: number(key, at: 9), index: UInt32(truncatingIfNeeded: number(key, at: 13)))
    }

    /// The queue that a queue's key names.
    static func address(ofQueueKey key: UnsafeRawBufferPointer) -> QueueAddress? {
        guard key.count > 13, let account = AccountID(String(decoding: key[1..<13], as: UTF8.self)),
            let end = key[13...].firstIndex(of: 0)
        else { return nil }
        let region = Region(stored: String(decoding: key[13..<end], as: UTF8.self))
        let name = QueueName(stored: String(decoding: key[(end + 1)...], as: UTF8.self))
        return QueueAddress(account: account, region: region, name: name)
    }

    /// The key that belongs to a queue whose key has no region yet; nil where it has one. See `Queues.settleRegions`.
    static func key(_ key: UnsafeRawBufferPointer, settledIn region: Region) -> [UInt8]? {
        guard key.count > 13, !key[13...].contains(0) else { return nil }
        return Array(key[..<13]) + Array(region.rawValue.utf8) + [0] + Array(key[13...])
    }

    /// The space of a key that has one.
    static func space(ofKey key: UnsafeRawBufferPointer) -> UInt64? {
        key.count >= 9 ? number(key, at: 1) : nil
    }

    static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    static func append(_ sequence: MessageSequence, to bytes: inout [UInt8]) {
        append(sequence.lsn, to: &bytes)
        withUnsafeBytes(of: sequence.index.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func prefix(_ tag: UInt8, _ space: UInt64, reserving count: Int) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(count)
        key.append(tag)
        append(space, to: &key)
        return key
    }

    private static func key(_ tag: UInt8, _ space: UInt64, _ sequence: MessageSequence) -> [UInt8] {
        var key = prefix(tag, space, reserving: 21)
        append(sequence, to: &key)
        return key
    }
}

/// A message's place in the order of arrival: unique in its space, and never taken again.
struct MessageSequence: Hashable, Comparable, Sendable {
    let lsn: UInt64
    let index: UInt32

    static let first = MessageSequence(lsn: 0, index: 0)

    /// The smallest sequence above this one.
    var successor: MessageSequence {
        index == .max ? MessageSequence(lsn: lsn + 1, index: 0) : MessageSequence(lsn: lsn, index: index + 1)
    }

    static func < (a: MessageSequence, b: MessageSequence) -> Bool { a.lsn != b.lsn ? a.lsn < b.lsn : a.index < b.index }
}

/// A message's place in the order of visibility. `visibleAt` in milliseconds since 1970.
struct VisibilityPosition: Hashable, Comparable, Sendable {
    let visibleAt: Int64
    let sequence: MessageSequence

    static let first = VisibilityPosition(visibleAt: 0, sequence: .first)

    var successor: VisibilityPosition { VisibilityPosition(visibleAt: visibleAt, sequence: sequence.successor) }

    static func < (a: VisibilityPosition, b: VisibilityPosition) -> Bool {
        a.visibleAt != b.visibleAt ? a.visibleAt < b.visibleAt : a.sequence < b.sequence
    }
}

/// A queue's name in its account and region; what a queue's ARN says.
package struct QueueAddress: Hashable, Sendable {
    package let account: AccountID
    package let region: Region
    package let name: QueueName

    package init(account: AccountID, region: Region, name: QueueName) {
        self.account = account
        self.region = region
        self.name = name
    }
}
