import Envelope
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
    /// its range must lie within the object's size. Throws as `lookup`, `.encryption`, what `select` throws, `.conflict`.
    package func open(
        _ bucket: BucketName, _ key: ObjectKey, _ choice: VersionChoice = .current, customerKey: CustomerKey? = nil,
        select: (StoredObject) throws(ObjectsError) -> Range<Int64>?
    ) async throws(ObjectsError) -> (object: StoredObject, reader: ObjectReader?) {
        for _ in 0..<Self.triesMax {
            let object = try await lookup(bucket, key, choice)
            try object.check(customerKey)
            guard let range = try select(object) else { return (object, nil) }
            do {
                return (object, try await reader(object, range, customerKey))
            } catch {
                guard error == .blobs(.notFound) else { throw error }
            }
        }
        throw .conflict
    }

    /// Throws `.encryption`, `.blobs(.notFound)` when the bytes were swept since the lookup.
    func reader(_ object: StoredObject, _ range: Range<Int64>, _ customerKey: CustomerKey?) async throws(ObjectsError) -> ObjectReader {
        guard let encryption = object.encryption else { return try await ObjectReader(object, range, blobs) }
        return try await ObjectReader(object, range, blobs, objectKey: try await objectKey(of: encryption, at: object.place, customerKey))
    }

    private func find(
        _ bucket: BucketName, _ key: ObjectKey, _ choice: VersionChoice, in snapshot: any Snapshot
    ) throws -> StoredObject {
        let state = try require(bucket, in: snapshot)
        let version = try VersionedKey(state: state, key: key).require(choice, in: snapshot)
        let (header, details) = (version.header, try version.details)
        var info = try ObjectInfo(key, version, details, in: state)
        // AWS tells of a lifecycle's end only where the key is asked for, not one of its versions.
        if case .version = choice { info.expiration = nil }
        let encryption = header.flags.contains(.encryption) ? try StoredEncryption(details.encryption) : nil
        return StoredObject(
            bucket: state.bucket, info: info, parts: try Self.parts(of: header, encryption, in: snapshot),
            isOfParts: header.isOfParts, md5: header.md5,
            encryption: encryption, place: ObjectKeyPlace(bucket, key, header))
    }

    private static func parts(
        of header: StoredHeader, _ encryption: StoredEncryption?, in reader: any KeyValueReader
    ) throws -> [StoredPart] {
        switch header.layout {
        case .empty, .deleteMarker:
            return [StoredPart(offset: 0, size: 0, md5: header.md5, checksum: nil, extent: nil, seal: nil)]
        case .extent(let extent):
            let seal = try encryption.map { encryption in
                guard let identity = PayloadIdentity(bytes: encryption.record.payloadIdentity) else {
                    throw LedgerError.damaged("payload identity")
                }
                return StoredPart.Seal(identity: identity, number: 0)
            }
            return [StoredPart(offset: 0, size: header.size, md5: header.md5, checksum: nil, extent: extent, seal: seal)]
        case .parts(let id):
            var parts: [StoredPart] = []
            parts.reserveCapacity(header.partCount)
            var offset: Int64 = 0
            try reader.scan(.prefix(ObjectKeys.parts(of: id)), .forward) { key, value in
                let part = try StoredPartRecord(value)
                let size = part.header.size
                let seal = part.identity.map { StoredPart.Seal(identity: $0, number: ObjectKeys.partNumber(key)) }
                parts.append(
                    StoredPart(
                        offset: offset, size: size, md5: part.header.md5, checksum: part.checksum, extent: part.extent, seal: seal))
                offset += size
                return .next
            }
            // A copy shares the parts of its source without being made of them.
            guard offset == header.size, header.partCount == 0 || parts.count == header.partCount else {
                throw LedgerError.damaged("parts of \(id)")
            }
            return parts
        }
    }
}
