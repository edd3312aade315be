import Bytes
import Model
import StoragePorts

/// An event that waits for its target; numbers big-endian:
///
///      0   1  format: 1
///      1   8  lane: events of one lane are delivered in order
///      9   8  when its commit was, in ms since 1970
///     17   -  the message: JSON
struct PendingEvent: Hashable, Sendable {
    private static let format: UInt8 = 1
    static let headBytes = 17

    let lane: UInt64
    let recorded: Timestamp
    let body: [UInt8]

    var stored: [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.headBytes + body.count)
        writer.uint8(Self.format)
        writer.uint64BigEndian(lane)
        writer.uint64BigEndian(UInt64(bitPattern: recorded.milliseconds))
        writer.append(body)
        return writer.bytes
    }

    init(lane: UInt64, recorded: Timestamp, body: [UInt8]) {
        self.lane = lane
        self.recorded = recorded
        self.body = body
    }

    /// Throws `LedgerError.damaged`.
    init(stored: [UInt8]) throws {
        let head = try stored.withUnsafeBytes { try Self.head($0) }
        self.init(lane: head.lane, recorded: head.recorded, body: Array(stored[Self.headBytes...]))
    }

    /// What delivery is planned by, without the body.
    static func head(_ stored: UnsafeRawBufferPointer) throws -> (lane: UInt64, recorded: Timestamp) {
        guard stored.count >= headBytes, stored[0] == format else { throw LedgerError.damaged("an event for a function") }
        func number(_ offset: Int) -> UInt64 { UInt64(bigEndian: stored.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        return (number(1), Timestamp(milliseconds: Int64(bitPattern: number(9))))
    }
}
