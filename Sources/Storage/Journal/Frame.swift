import Bytes
import Model

/// A frame's header; the layout stands in SegmentFormat.swift.
struct FrameHeader: Equatable {
    enum Kind: UInt16 {
        case record = 1
        case mark = 2
    }

    let kind: Kind
    let payloadBytes: Int
    let lsn: LSN
    let time: Timestamp
    /// The last LSN known to be synced when the frame was made.
    let durable: LSN

    /// Bytes of the whole frame.
    var frameBytes: Int { Self.frameBytes(payload: payloadBytes) }

    static func frameBytes(payload: Int) -> Int {
        let unpadded = SegmentFormat.frameHeaderBytes + payload
        return (unpadded + SegmentFormat.alignment - 1) & ~(SegmentFormat.alignment - 1)
    }

    /// What every checksum of a segment's frames begins with.
    static func seed(segmentID: UInt64) -> UInt32 {
        withUnsafeBytes(of: segmentID.littleEndian) { CRC32C.checksum($0) }
    }

    /// Writes the whole frame; `frame` is exactly `frameBytes` long.
    func encode(_ payload: UnsafeRawBufferPointer, seed: UInt32, into frame: UnsafeMutableRawBufferPointer) {
        precondition(payload.count == payloadBytes && frame.count == frameBytes)
        let distance = lsn.rawValue - durable.rawValue
        precondition(distance <= UInt64(UInt32.max) && (distance > 0 || kind == .mark))
        frame.storeBytes(of: UInt32(payloadBytes).littleEndian, toByteOffset: 4, as: UInt32.self)
        frame.storeBytes(of: lsn.rawValue.littleEndian, toByteOffset: 8, as: UInt64.self)
        frame.storeBytes(of: time.milliseconds.littleEndian, toByteOffset: 16, as: Int64.self)
        frame.storeBytes(of: UInt32(distance).littleEndian, toByteOffset: 24, as: UInt32.self)
        frame.storeBytes(of: kind.rawValue.littleEndian, toByteOffset: 28, as: UInt16.self)
        let headerSum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[4..<30]), continuing: seed)
        frame.storeBytes(of: UInt16(truncatingIfNeeded: headerSum).littleEndian, toByteOffset: 30, as: UInt16.self)
        let payloadEnd = SegmentFormat.frameHeaderBytes + payloadBytes
        if payloadBytes > 0 {
            UnsafeMutableRawBufferPointer(rebasing: frame[SegmentFormat.frameHeaderBytes..<payloadEnd]).copyMemory(from: payload)
        }
        for index in payloadEnd..<frame.count { frame[index] = 0 }
        let sum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[30...]), continuing: headerSum)
        frame.storeBytes(of: sum.littleEndian, toByteOffset: 0, as: UInt32.self)
    }

    /// Reads a header if its check agrees and its numbers make sense; nil otherwise. `bytes` holds at least a header.
    static func decode(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> FrameHeader? {
        precondition(bytes.count >= SegmentFormat.frameHeaderBytes)
        let lsn = bytes.little(8, UInt64.self)
        let distance = UInt64(bytes.little(24, UInt32.self))
        guard SegmentFormat.isPosition(lsn), distance <= lsn, let kind = Kind(rawValue: bytes.little(28, UInt16.self)) else { return nil }
        let payloadBytes = Int(bytes.little(4, UInt32.self))
        guard kind == .mark ? payloadBytes == 0 : distance > 0 else { return nil }
        let headerSum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[4..<30]), continuing: seed)
        guard bytes.little(30, UInt16.self) == UInt16(truncatingIfNeeded: headerSum) else { return nil }
        return FrameHeader(
            kind: kind, payloadBytes: payloadBytes, lsn: LSN(lsn),
            time: Timestamp(milliseconds: bytes.little(16, Int64.self)), durable: LSN(lsn - distance))
    }

    /// Whether the checksum of a whole frame agrees.
    static func isIntact(_ frame: UnsafeRawBufferPointer, seed: UInt32) -> Bool {
        frame.little(0, UInt32.self) == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[4...]), continuing: seed)
    }
}
