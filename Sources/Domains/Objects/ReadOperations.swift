import Model
import StoragePorts

extension Objects {
    /// How often a read begins anew because the object was replaced, and its bytes swept, between lookup and opening.
    private static let triesMax = 8

    /// What is known of an object, and where its bytes lie. Throws `.noSuchBucket`, `.noSuchKey`, `.noSuchVersion`, `.deleteMarker`,
    /// `.noVersions`; for a position `.noHistory`, `.positionAhead`.
    package func lookup(
        _ bucket: BucketName, _ key: ObjectKey, _ choice: VersionChoice = .current
    ) async throws(ObjectsError) -> StoredObject {
        try await read { [self] snapshot in try find(bucket, key, choice, in: snapshot) }
    }

    /// Looks the object up and opens what `select` chooses of it, so that the answer's head and body are of the same object even
    /// when it is replaced meanwhile. `select` may run more than once; nil from it opens nothing (a HEAD, a failed condition), and
    /// its range must lie within the object's size. Throws as `lookup`, what `select` throws, `.conflict`.
    package func open(
        _ bucket: BucketName, _ key: ObjectKey, _ choice: VersionChoice = .current,
        select: (StoredObject) throws(ObjectsError) -> Range<Int64>?
    ) async throws(ObjectsError) -> (object: StoredObject, reader: ObjectReader?) {
        for _ in 0..<Self.triesMax {
            let object = try await lookup(bucket, key, choice)
            guard let range = try select(object) else { return (object, nil) }
            do {
                return (object, try await ObjectReader(object, range, blobs))
            } catch {
                guard error == .blobs(.notFound) else { throw error }
            }
        }
        throw .conflict
    }

    private func find(
        _ bucket: BucketName, _ key: ObjectKey, _ choice: VersionChoice, in snapshot: any Snapshot
    ) throws -> StoredObject {
        let state = try require(bucket, in: snapshot)
        let version = try VersionedKey(state: state, key: key).require(choice, in: snapshot)
        let info = try ObjectInfo(key, version.header, try version.details, in: state)
        return StoredObject(
            bucket: state.bucket, info: info, parts: try Self.parts(of: version.header, in: snapshot), md5: version.header.md5)
    }

    private static func parts(of header: StoredHeader, in reader: any KeyValueReader) throws -> [StoredPart] {
        switch header.layout {
        case .empty, .deleteMarker:
            return [StoredPart(offset: 0, size: 0, md5: header.md5, checksum: nil, extent: nil)]
        case .extent(let extent):
            return [StoredPart(offset: 0, size: header.size, md5: header.md5, checksum: nil, extent: extent)]
        case .parts(let id):
            var parts: [StoredPart] = []
            parts.reserveCapacity(header.partCount)
            var offset: Int64 = 0
            try reader.scan(.prefix(ObjectKeys.parts(of: id)), .forward) { _, value in
                let part = try StoredPartRecord(value)
                let size = part.header.size
                parts.append(
                    StoredPart(offset: offset, size: size, md5: part.header.md5, checksum: part.checksum, extent: part.extent))
                offset += size
                return .next
            }
            guard offset == header.size, parts.count == header.partCount else { throw LedgerError.damaged("parts of \(id)") }
            return parts
        }
    }
}
