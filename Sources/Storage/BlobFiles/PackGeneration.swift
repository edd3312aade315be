import Environment
import NIOCore
import StoragePorts

/// One generation of a pack, open for reading. Readers hold it, so its bytes stay readable when a later generation has taken
/// its place and its name is gone.
final class PackGeneration: Sendable {
    let pack: UInt64
    let generation: UInt32
    let path: String
    let file: any DiskFile
    /// Nil for generation 1, where an entry lies at its logical offset.
    let map: PackMap?
    /// Where entries end in a compacted generation.
    let entriesEnd: UInt64?

    /// Checks the header, and footer and map of a compacted generation. Blocks. Throws `BlobError.damaged` naming what is wrong.
    init(_ file: any DiskFile, path: String, pack: UInt64, generation: UInt32) throws(BlobError) {
        self.pack = pack
        self.generation = generation
        self.path = path
        self.file = file
        let header = try mappingDiskErrors { () throws(DiskError) in try file.bytes(at: 0, count: PackFormat.headerBytes) }
        guard PackFormat.isHeader(header, pack: pack, generation: generation) else {
            throw .damaged("\(path): the header at 0 is not that of this pack and generation")
        }
        guard generation > 1 else {
            map = nil
            entriesEnd = nil
            return
        }
        let (loaded, end) = try Self.loadMap(file, path)
        map = loaded
        entriesEnd = end
    }

    private static func loadMap(_ file: any DiskFile, _ path: String) throws(BlobError) -> (PackMap, UInt64) {
        let size = try mappingDiskErrors { () throws(DiskError) in try file.size() }
        guard size >= UInt64(PackFormat.headerBytes + PackMap.footerBytes) else { throw .damaged("\(path): ends before its footer") }
        let at = size - UInt64(PackMap.footerBytes)
        let bytes = try mappingDiskErrors { () throws(DiskError) in try file.bytes(at: at, count: PackMap.footerBytes) }
        guard let footer = PackMap.decodeFooter(bytes, fileBytes: size) else { throw .damaged("\(path): the footer at \(at) is damaged") }
        let mapBytes = try mappingDiskErrors { () throws(DiskError) in
            try file.bytes(at: footer.mapOffset, count: Int(at - footer.mapOffset))
        }
        guard let map = PackMap.decode(mapBytes, footer) else { throw .damaged("\(path): the map at \(footer.mapOffset) is damaged") }
        return (map, footer.mapOffset)
    }

    /// Where the entry lies in this file; nil when this generation no longer holds it.
    func place(ofLogical offset: UInt64) -> UInt64? {
        guard let map else { return offset }
        return map.physical(ofLogical: offset)
    }

    /// A whole entry, verified, the buffer's readable bytes being its payload; nil when it would have to wait and must not.
    func entry(_ extent: Extent, at place: UInt64, mayBlock: Bool) throws -> ByteBuffer? {
        let expected = PackEntry(pack: pack, length: Int(extent.length), logicalOffset: extent.offset)
        let count = expected.usedBytes
        guard var buffer = try file.buffer(at: place, count: count, mayBlock: mayBlock) else { return nil }
        guard buffer.readableBytes == count else { throw damage("ends within the entry", place) }
        let reason: String? = buffer.withUnsafeReadableBytes { bytes in
            guard PackEntry(bytes, pack: pack) == expected else { return "no entry of \(extent.length) bytes stands here" }
            return Self.wrongBlock(in: bytes, expected).map { "block \($0) of the payload differs from its checksum" }
        }
        if let reason { throw damage(reason, place) }
        buffer.moveReaderIndex(forwardBy: PackEntry.headerBytes)
        buffer.moveWriterIndex(to: buffer.readerIndex + expected.length)
        return buffer
    }

    /// `bytes`: header, payload and table of `entry`.
    static func wrongBlock(in bytes: UnsafeRawBufferPointer, _ entry: PackEntry) -> Int? {
        let payloadEnd = PackEntry.headerBytes + entry.length
        return BlockTable.firstMismatch(
            UnsafeRawBufferPointer(rebasing: bytes[PackEntry.headerBytes..<payloadEnd]),
            UnsafeRawBufferPointer(rebasing: bytes[payloadEnd..<entry.usedBytes]))
    }

    private func damage(_ reason: String, _ place: UInt64) -> BlobError { .damaged("\(path): the entry at \(place): \(reason)") }
}
