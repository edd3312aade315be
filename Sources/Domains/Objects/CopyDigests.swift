import Envelope
import Hashing
import Model
import NIOCore
import StoragePorts

/// What a copy of bytes as they lie says of them.
struct CopyDigests: Sendable {
    /// Of the bytes, or with a part count of the parts' MD5s.
    let md5: MD5Digest
    let checksum: ObjectChecksum?
    /// 0: the copy is shown as put whole, wherever its bytes lie.
    let partCount: Int

    var etag: ETag { md5.etag(partCount: partCount) }

    /// The source's own, for an object that only changes its place.
    init(of source: StoredObject) {
        md5 = source.md5
        checksum = source.info.checksum
        partCount = source.info.partCount
    }

    /// Those of the whole, with a checksum by `asked` or else by the source's algorithm. Reads the bytes, piece by piece, where they are not
    /// known: all of an object made by a multipart upload of several parts, and for another algorithm's checksum. `objectKey` is that of sealed
    /// bytes. Throws `.blobs`.
    init(
        _ source: StoredObject, _ asked: ChecksumAlgorithm?, objectKey: DataKey?, _ blobs: any Blobs, _ running: PayloadMD5
    ) async throws(ObjectsError) {
        partCount = 0
        let algorithm = asked ?? source.info.checksum?.checksum.algorithm
        let known = algorithm.flatMap { source.checksumOfAll($0) }
        if let md5 = source.md5OfAll, algorithm == nil || known != nil {
            self.md5 = md5
            checksum = known.map { ObjectChecksum(checksum: $0, type: .fullObject) }
            return
        }
        let wanted = known == nil ? algorithm : nil
        let reader = try await ObjectReader(source, 0..<source.info.size, blobs, objectKey: objectKey)
        var digests = Digests(Set([wanted].compactMap(\.self)))
        while let piece = try await reader.next() {
            running.begin(piece)
            piece.withUnsafeReadableBytes { digests.update($0) }
            await running.settle()
        }
        md5 = MD5Digest(running.finish())
        let checksums = digests.finish()
        checksum = (known ?? wanted.flatMap { checksums[$0] }).map { ObjectChecksum(checksum: $0, type: .fullObject) }
    }
}

extension StoredObject {
    /// The MD5 of all bytes; nil where only those of several parts are known.
    fileprivate var md5OfAll: MD5Digest? {
        if info.partCount == 0 { return md5 }
        return parts.count == 1 ? parts[0].md5 : nil
    }

    /// The checksum of all bytes; nil when it is not known by this algorithm.
    fileprivate func checksumOfAll(_ algorithm: ChecksumAlgorithm) -> Checksum? {
        if let checksum = info.checksum, checksum.checksum.algorithm == algorithm, checksum.type == .fullObject { return checksum.checksum }
        guard info.partCount == 1, parts.count == 1, let checksum = parts[0].checksum, checksum.algorithm == algorithm else { return nil }
        return checksum
    }
}
