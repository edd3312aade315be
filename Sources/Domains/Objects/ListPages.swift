import Model

/// What a listing of objects or uploads asks for. All texts are compared byte by byte.
package struct ListQuery: Hashable, Sendable {
    package var prefix: [UInt8]
    /// Empty: no grouping.
    package var delimiter: [UInt8]
    /// Names at or below this one are left out: a marker, a start-after or the `next` of the page before.
    package var after: [UInt8]?
    package var countMax: Int

    package init(prefix: [UInt8] = [], delimiter: [UInt8] = [], after: [UInt8]? = nil, countMax: Int = ObjectsLimits.pageMax) {
        self.prefix = prefix
        self.delimiter = delimiter
        self.after = after
        self.countMax = countMax
    }
}

/// An object as listings show it.
package struct ListEntry: Hashable, Sendable {
    package let key: ObjectKey
    /// Bytes.
    package let size: Int64
    package let lastModified: Timestamp
    package let storageClass: StorageClass
    package let md5: MD5Digest
    /// 0 when it was not made by a multipart upload.
    package let partCount: Int
    package let checksumAlgorithm: ChecksumAlgorithm?
    package let checksumType: ChecksumType?

    /// Makes a text; the entry itself holds none.
    package var etag: ETag { md5.etag(partCount: partCount) }
}

/// One page of objects. Entries and common prefixes are each ascending; together they are at most `countMax`.
package struct ListPage: Hashable, Sendable {
    package let bucket: Bucket
    package let entries: [ListEntry]
    /// By their place among the entries, those objects' owners who are not the bucket's; empty where they were not asked for.
    package let owners: [Int: Owner]
    package let commonPrefixes: [[UInt8]]
    /// The last name on this page, an entry's or a common prefix, when there is more after it; else nil.
    package let next: [UInt8]?

    package var isTruncated: Bool { next != nil }
}

/// What a listing of uploads asks for.
package struct UploadListQuery: Hashable, Sendable {
    /// `after` is the key marker.
    package var keys: ListQuery
    /// With a key marker: uploads of that very key which began after this one are shown too.
    package var afterUpload: UploadID?

    package init(keys: ListQuery = ListQuery(), afterUpload: UploadID? = nil) {
        self.keys = keys
        self.afterUpload = afterUpload
    }
}

/// One page of uploads, in the order of their keys, then of their beginning.
package struct UploadPage: Hashable, Sendable {
    package let bucket: Bucket
    package let uploads: [UploadInfo]
    package let commonPrefixes: [[UInt8]]
    /// The position to continue after, when there is more: a key with an upload, or a common prefix without.
    package let next: Position?

    package struct Position: Hashable, Sendable {
        package let key: [UInt8]
        package let upload: UploadID?

        package init(key: [UInt8], upload: UploadID?) {
            self.key = key
            self.upload = upload
        }
    }

    package var isTruncated: Bool { next != nil }
}
