import Model
import StoragePorts

extension Objects {
    /// The parts with numbers above `after`. Throws `.noSuchBucket`, `.noSuchUpload`.
    package func listParts(
        _ bucket: BucketName, _ key: ObjectKey, _ id: UploadID, after: Int = 0, countMax: Int = ObjectsLimits.pageMax
    ) async throws(ObjectsError) -> PartPage {
        let countMax = min(countMax, ObjectsLimits.pageMax)
        let first = min(max(after, 0), ObjectsLimits.partNumbers.upperBound) + 1
        let range = KeyRange(from: ObjectKeys.part(id, first), to: KeyRange.successor(ofPrefix: ObjectKeys.parts(of: id)))
        return try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            let upload = try requireUpload(id, of: key, state, in: snapshot)
            var parts: [PartInfo] = []
            var isTruncated = false
            guard countMax > 0 else { return PartPage(upload: upload, parts: [], isTruncated: false) }
            try snapshot.scan(range, .forward) { key, value in
                if parts.count == countMax {
                    isTruncated = true
                    return .stop
                }
                parts.append(try StoredPartRecord(value).info(number: ObjectKeys.partNumber(key)))
                return .next
            }
            return PartPage(upload: upload, parts: parts, isTruncated: isTruncated)
        }
    }

    /// One page of a bucket's uploads in progress. Throws `.noSuchBucket`.
    package func listUploads(_ bucket: BucketName, _ query: UploadListQuery) async throws(ObjectsError) -> UploadPage {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            let scope = ObjectKeys.uploads(in: state.instance)
            var grouping = Grouping(query.keys, scope: scope, escapes: true, from: query.start(in: state.instance))
            var uploads: [UploadInfo] = []
            if let range = grouping.range {
                try snapshot.scan(range, .forward) { key, value in
                    let name = ObjectKeys.objectKey(ofUpload: key)
                    switch grouping.visit(name) {
                    case .entry:
                        let id = ObjectKeys.uploadID(atEndOf: key)
                        uploads.append(try UploadInfo(id, ObjectKey(stored: name), value, bucketOwner: state.bucket.owner))
                    case .grouped(let step): return step
                    case .full: return .stop
                    }
                    return .next
                }
            }
            return UploadPage(
                bucket: state.bucket, uploads: uploads, commonPrefixes: grouping.commonPrefixes,
                next: grouping.isFull ? grouping.last.map { UploadPage.Position(key: $0, upload: uploads.last(of: $0)) } : nil)
        }
    }
}

extension UploadListQuery {
    /// The first ledger key above the marked upload of the marked key; nil when no upload is marked.
    fileprivate func start(in instance: LSN) -> [UInt8]? {
        guard let key = keys.after, let id = afterUpload, let key = ObjectKey(key) else { return nil }
        return ObjectKeys.upload(instance, key, id) + [0]
    }
}

extension [UploadInfo] {
    fileprivate func last(of key: [UInt8]) -> UploadID? {
        guard let last, last.key.utf8 == key else { return nil }
        return last.id
    }
}
