import Model
import StoragePorts

/// Where the domain's entries lie in the key-value space. Numbers are big-endian.
///
///     50 arn 00 lsn:8 index:4   -> event (PendingEvent)    one per event that its target has not taken yet
///     51 arn 00 lsn:8 index:4   -> attempts:4              how often it was tried; absent before the first failure
///
/// `lsn index` is the event's sequence: the position of the commit that it is part of, and its number among that commit's events.
enum WebhookKeys {
    static let eventTag: UInt8 = 0x50
    static let attemptsTag: UInt8 = 0x51

    private static let sequenceBytes = 12

    static let allEvents = KeyRange.prefix([eventTag])

    static func event(_ arn: String, _ sequence: EventSequence) -> [UInt8] { key(eventTag, arn, sequence) }

    static func attempts(_ arn: String, _ sequence: EventSequence) -> [UInt8] { key(attemptsTag, arn, sequence) }

    static func all(_ tag: UInt8, of arn: String) -> KeyRange { .prefix([tag] + Array(arn.utf8) + [0]) }

    /// The target of an event's key.
    static func arn(ofEventKey key: UnsafeRawBufferPointer) -> String {
        String(decoding: key[1..<max(1, key.count - sequenceBytes - 1)], as: UTF8.self)
    }

    /// The sequence that a key ends with.
    static func sequence(ofKey key: UnsafeRawBufferPointer) -> EventSequence? {
        guard key.count > sequenceBytes + 1 else { return nil }
        let start = key.count - sequenceBytes
        let lsn = UInt64(bigEndian: key.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        return EventSequence(
            lsn: LSN(lsn), index: UInt32(bigEndian: key.loadUnaligned(fromByteOffset: start + 8, as: UInt32.self)))
    }

    private static func key(_ tag: UInt8, _ arn: String, _ sequence: EventSequence) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(arn.utf8.count + sequenceBytes + 2)
        key.append(tag)
        key.append(contentsOf: arn.utf8)
        key.append(0)
        withUnsafeBytes(of: sequence.lsn.rawValue.bigEndian) { key.append(contentsOf: $0) }
        withUnsafeBytes(of: sequence.index.bigEndian) { key.append(contentsOf: $0) }
        return key
    }
}

/// An event's place in the order of commits: unique for each target, and never taken again.
struct EventSequence: Hashable, Comparable, Sendable, CustomStringConvertible {
    let lsn: LSN
    let index: UInt32

    /// The same for every attempt, so that a receiver knows a repeated delivery.
    var description: String { "\(lsn.rawValue)-\(index)" }

    var successor: EventSequence {
        index == .max ? EventSequence(lsn: lsn.next, index: 0) : EventSequence(lsn: lsn, index: index + 1)
    }

    static func < (a: EventSequence, b: EventSequence) -> Bool { a.lsn != b.lsn ? a.lsn < b.lsn : a.index < b.index }
}
