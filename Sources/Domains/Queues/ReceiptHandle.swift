import Bytes

/// Names one receive of one message. Clients hand it back as opaque text.
///
/// 37 bytes in Base64: version(1) = 1, incarnation(8), space(8), lsn(8), index(4), receives(4), checksum(4); numbers
/// big-endian, the checksum CRC-32C of what stands before it. It tells a mangled handle from one whose message is gone; it is no
/// secret, because whoever uses it must be allowed to use the queue.
struct ReceiptHandle: Hashable, Sendable {
    static let version: UInt8 = 1

    let incarnation: UInt64
    let space: UInt64
    let sequence: MessageSequence
    /// The message's number of receives in this queue, this one included.
    let receives: UInt32

    init(incarnation: UInt64, space: UInt64, sequence: MessageSequence, receives: UInt32) {
        self.incarnation = incarnation
        self.space = space
        self.sequence = sequence
        self.receives = receives
    }

    /// Nil when it is none of ours.
    init?(_ text: String) {
        guard let bytes = Base64.decode(text), bytes.count == Self.byteCount, bytes[0] == Self.version else { return nil }
        let body = bytes[..<(Self.byteCount - 4)]
        let handle: ReceiptHandle? = bytes.withUnsafeBytes { raw in
            let sum = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: body.count, as: UInt32.self))
            guard CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<body.count])) == sum else { return nil }
            let counts = QueueKeys.number(raw, at: 25)
            return ReceiptHandle(
                incarnation: QueueKeys.number(raw, at: 1), space: QueueKeys.number(raw, at: 9),
                sequence: MessageSequence(lsn: QueueKeys.number(raw, at: 17), index: UInt32(counts >> 32)),
                receives: UInt32(truncatingIfNeeded: counts))
        }
        guard let handle else { return nil }
        self = handle
    }

    private static let byteCount = 37

    var text: String {
        var writer = ByteWriter(reservingCapacity: Self.byteCount)
        writer.uint8(Self.version)
        writer.uint64BigEndian(incarnation)
        writer.uint64BigEndian(space)
        writer.uint64BigEndian(sequence.lsn)
        writer.uint32BigEndian(sequence.index)
        writer.uint32BigEndian(receives)
        writer.uint32BigEndian(writer.bytes.withUnsafeBytes { CRC32C.checksum($0) })
        return Base64.encode(writer.bytes)
    }
}
