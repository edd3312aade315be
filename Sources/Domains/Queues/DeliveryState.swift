import StoragePorts

/// What changes about a message as it is received: the value of its visibility entry.
///
/// 20 bytes, big-endian: receives(4) firstReceivedAt(8) lastReceivedAt(8), times in milliseconds; all zero before the first receive.
/// Fixed numbers and not a protobuf message because every receive rewrites it on the ledger's thread.
struct DeliveryState: Hashable, Sendable {
    static let byteCount = 20

    /// Receives in this queue.
    var receives: UInt32 = 0
    var firstReceivedAt: Int64 = 0
    var lastReceivedAt: Int64 = 0

    static let fresh = DeliveryState()

    init() {}

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        receives = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
        firstReceivedAt = Int64(bitPattern: QueueKeys.number(bytes, at: 4))
        lastReceivedAt = Int64(bitPattern: QueueKeys.number(bytes, at: 12))
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        withUnsafeBytes(of: receives.bigEndian) { bytes.append(contentsOf: $0) }
        QueueKeys.append(UInt64(bitPattern: firstReceivedAt), to: &bytes)
        QueueKeys.append(UInt64(bitPattern: lastReceivedAt), to: &bytes)
        return bytes
    }

    mutating func receive(at now: Int64) {
        receives += 1
        if firstReceivedAt == 0 { firstReceivedAt = now }
        lastReceivedAt = now
    }
}
