import Model

/// S3's storage classes. They are kept and shown; all bytes lie in the same place.
/// The raw values are stored: never renumber.
package enum StorageClass: UInt8, Sendable, CaseIterable {
    case standard = 0
    case reducedRedundancy = 1
    case standardIA = 2
    case onezoneIA = 3
    case intelligentTiering = 4
    case glacier = 5
    case deepArchive = 6
    case outposts = 7
    case glacierIR = 8
    case snow = 9
    case expressOnezone = 10
    case fsxOpenZFS = 11

    /// Whose objects have to be restored before they are read.
    package var isArchive: Bool { self == .glacier || self == .deepArchive }

    package var wireName: String { Self.wireNames[Int(rawValue)] }

    /// Nil for a name that S3 does not know.
    package init?(wireName: String) {
        guard let index = Self.wireNames.firstIndex(of: wireName) else { return nil }
        self.init(rawValue: UInt8(index))
    }

    private static let wireNames = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "OUTPOSTS",
        "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS",
    ]
}

/// The headers that a client gives an object and gets back with it, as sent.
package struct ContentHeaders: Hashable, Sendable {
    package var contentType: String?
    package var contentEncoding: String?
    package var contentDisposition: String?
    package var contentLanguage: String?
    package var cacheControl: String?
    package var expires: String?

    package init(
        contentType: String? = nil, contentEncoding: String? = nil, contentDisposition: String? = nil, contentLanguage: String? = nil,
        cacheControl: String? = nil, expires: String? = nil
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.contentDisposition = contentDisposition
        self.contentLanguage = contentLanguage
        self.cacheControl = cacheControl
        self.expires = expires
    }
}

/// One `x-amz-meta-` pair; the name without that prefix, in lower case.
package struct UserMetadata: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What a client says about an object besides its bytes.
package struct ObjectAttributes: Hashable, Sendable {
    package var headers: ContentHeaders
    /// In the order given.
    package var metadata: [UserMetadata]
    package var storageClass: StorageClass
    package var websiteRedirect: String?
    /// Whose it is and who else may do what with it.
    package var access = ObjectAccess.bucketOwnersAlone
    package var tags: TagSet

    package init(
        headers: ContentHeaders = ContentHeaders(), metadata: [UserMetadata] = [], storageClass: StorageClass = .standard,
        websiteRedirect: String? = nil, tags: TagSet = .empty
    ) {
        self.headers = headers
        self.metadata = metadata
        self.storageClass = storageClass
        self.websiteRedirect = websiteRedirect
        self.tags = tags
    }
}

/// An object's checksum as S3 shows it.
package struct ObjectChecksum: Hashable, Sendable {
    package let checksum: Checksum
    package let type: ChecksumType
    /// The number of parts for a composite one, else 0.
    package let partCount: Int

    package init(checksum: Checksum, type: ChecksumType, partCount: Int = 0) {
        self.checksum = checksum
        self.type = type
        self.partCount = partCount
    }
}

/// All that is known of an object besides where its bytes lie.
package struct ObjectInfo: Hashable, Sendable {
    package let key: ObjectKey
    /// Bytes.
    package let size: Int64
    package let etag: ETag
    package let lastModified: Timestamp
    /// The commit that made it.
    package let lsn: LSN
    /// Nil in a bucket that never had versions.
    package let version: VersionID?
    package let attributes: ObjectAttributes
    package let checksum: ObjectChecksum?
    /// The number of parts; 0 when it was not made by a multipart upload.
    package let partCount: Int
    package let lock: ObjectLock
    package let owner: Owner
    /// When a rule of the bucket's lifecycle ends it; nil when none does, for an older version, and for one that was asked for by its id.
    package var expiration: ObjectExpiration?
    /// Nil for one that is kept in the clear.
    package var encryption: ObjectEncryption?
    /// Until when an object of an archive class may be read; nil for one that was never restored.
    package var restoredUntil: Timestamp?
}

/// The end that a lifecycle has set for an object.
package struct ObjectExpiration: Hashable, Sendable {
    package let date: Timestamp
    package let ruleID: String
}
