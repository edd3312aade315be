import Model
import StoragePorts

extension Objects {
    private static let partCopyTriesMax = 8

    /// Makes a part of an object's bytes. Throws as `uploadPart` and for the source as `copy`; `.invalidCopyRange`.
    ///
    /// The whole of a large object is shared. A range is read and written again, because an extent is named whole.
    package func copyPart(_ request: PartCopyRequest) async throws(ObjectsError) -> Committed<CopiedPart> {
        for _ in 0..<Self.partCopyTriesMax {
            let upload = try await upload(request.bucket, request.key, request.upload)
            let source = try await lookup(request.source)
            try request.source.check(source.info)
            let range = try request.bytes(of: source.info)
            try source.check(request.sourceKey)
            let seal = try await seal(part: request.number, of: upload, in: request.bucket, request.customerKey)
            if seal.sealing == nil, let shared = source.sharedPart(range, upload) {
                if let copied = try await share(shared, source, request) { return CopiedPart.of(copied, source) }
            } else if let payload = try await reread(source, range, upload, request.sourceKey, seal) {
                let copied = try await uploadPart(
                    PartRequest(
                        bucket: request.bucket, key: request.key, upload: request.upload, number: request.number, payload: payload,
                        context: request.context))
                return CopiedPart.of(copied, source)
            }
        }
        throw .conflict
    }

    /// Nil when the source changed meanwhile.
    private func share(
        _ shared: SharedPart, _ source: StoredObject, _ request: PartCopyRequest
    ) async throws(ObjectsError) -> Committed<PartInfo>? {
        let prepared = try PreparedPart(
            request.bucket, request.key, request.upload, request.number, source.info.size, source.md5, request.context)
        let stored = try await commit(reading: prepared.hints(buckets)) { [self] transaction -> PartInfo? in
            guard try isUnchanged(source, in: transaction) else { return nil }
            return try storePart(prepared, transaction) { transaction, _ in
                try transaction.adopt(shared.extent)
                return (.extent(shared.extent), shared.checksum)
            }
        }
        return stored.value.map { Committed(value: $0, lsn: stored.lsn) }
    }

    /// Nil when the bytes were swept since the lookup.
    private func reread(
        _ source: StoredObject, _ range: Range<Int64>, _ upload: UploadInfo, _ sourceKey: CustomerKey?, _ seal: PayloadSeal
    ) async throws(ObjectsError) -> Payload? {
        let intake = intake(
            digests: Set([upload.checksumAlgorithm].compactMap(\.self)), expectedLength: Int64(range.count), seal: seal)
        return try await read(source, range, sourceKey, into: intake)
    }
}

package struct CopiedPart: Hashable, Sendable {
    package let part: PartInfo
    /// The version that was copied; nil in a bucket that never had versions.
    package let source: VersionID?

    fileprivate static func of(_ part: Committed<PartInfo>, _ source: StoredObject) -> Committed<CopiedPart> {
        Committed(value: CopiedPart(part: part.value, source: source.info.version), lsn: part.lsn)
    }
}

/// A part that can be made without touching the bytes: its extent, MD5 and checksum are known.
private struct SharedPart: Sendable {
    let extent: Extent
    let checksum: Checksum?
}

extension StoredObject {
    fileprivate func sharedPart(_ range: Range<Int64>, _ upload: UploadInfo) -> SharedPart? {
        guard encryption == nil, !isOfParts, range == 0..<info.size, let extent = parts[0].extent, extent.kind == .file else {
            return nil
        }
        guard let algorithm = upload.checksumAlgorithm else { return SharedPart(extent: extent, checksum: nil) }
        guard let checksum = info.checksum, checksum.checksum.algorithm == algorithm, checksum.type == .fullObject else { return nil }
        return SharedPart(extent: extent, checksum: checksum.checksum)
    }
}

extension PartCopyRequest {
    /// Throws `.invalidCopyRange`, `.entityTooLarge`.
    fileprivate func bytes(of info: ObjectInfo) throws(ObjectsError) -> Range<Int64> {
        guard let range else {
            guard info.size <= ObjectsLimits.singlePayloadBytesMax else {
                throw .entityTooLarge(size: info.size, limit: ObjectsLimits.singlePayloadBytesMax)
            }
            return 0..<info.size
        }
        guard range.lowerBound >= 0, range.upperBound < info.size else { throw .invalidCopyRange(range, size: info.size) }
        guard Int64(range.count) <= ObjectsLimits.singlePayloadBytesMax else {
            throw .entityTooLarge(size: Int64(range.count), limit: ObjectsLimits.singlePayloadBytesMax)
        }
        return Range(range)
    }
}
