import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

// Between what doors say of an object and the message that is stored. Class and checksum kind stand in the fixed header.

extension ObjectAttributes {
    /// What the fixed header says of the details.
    var flags: StoredHeader.Flags { tags.isEmpty ? [] : .tags }

    func details(checksum: Checksum?) -> PBObjectDetails {
        var details = PBObjectDetails()
        if let value = headers.contentType { details.contentType = value }
        if let value = headers.contentEncoding { details.contentEncoding = value }
        if let value = headers.contentDisposition { details.contentDisposition = value }
        if let value = headers.contentLanguage { details.contentLanguage = value }
        if let value = headers.cacheControl { details.cacheControl = value }
        if let value = headers.expires { details.expires = value }
        if let value = websiteRedirect { details.websiteRedirect = value }
        details.metadata = metadata.map { pair in
            PBMetadataRecord.with {
                $0.name = pair.name
                $0.value = pair.value
            }
        }
        if let checksum { details.checksum = Data(checksum.bytes) }
        access.write(to: &details)
        if !tags.isEmpty { details.tags = tags.records }
        return details
    }

    /// Throws `LedgerError.damaged`.
    init(_ details: PBObjectDetails, storageClass: StorageClass) throws {
        self.init(
            headers: ContentHeaders(
                contentType: details.hasContentType ? details.contentType : nil,
                contentEncoding: details.hasContentEncoding ? details.contentEncoding : nil,
                contentDisposition: details.hasContentDisposition ? details.contentDisposition : nil,
                contentLanguage: details.hasContentLanguage ? details.contentLanguage : nil,
                cacheControl: details.hasCacheControl ? details.cacheControl : nil,
                expires: details.hasExpires ? details.expires : nil),
            metadata: details.metadata.map { UserMetadata(name: $0.name, value: $0.value) }, storageClass: storageClass,
            websiteRedirect: details.hasWebsiteRedirect ? details.websiteRedirect : nil, tags: TagSet(details.tags))
        access = try ObjectAccess(details)
    }
}

extension PBObjectDetails {
    /// Throws `LedgerError.damaged`.
    init(afterHeaderOf value: [UInt8]) throws {
        guard value.count > StoredHeader.byteCount else {
            self.init()
            return
        }
        do {
            try self.init(serializedBytes: Array(value[StoredHeader.byteCount...]))
        } catch {
            throw LedgerError.damaged("object details: \(error)")
        }
    }
}

extension ObjectInfo {
    /// Of an object that a commit has just stored.
    init(_ key: ObjectKey, _ outcome: StoredOutcome, attributes: ObjectAttributes, checksum: Checksum?) {
        let header = outcome.header
        self.init(
            key: key, size: header.size, etag: header.etag, lastModified: header.lastModified, lsn: header.lsn, version: outcome.version,
            attributes: attributes, checksum: checksum.map { header.shown($0) }, partCount: header.partCount, lock: outcome.lock,
            owner: attributes.access.owner ?? outcome.owner, expiration: outcome.expiration)
    }

    /// `details` are the version's.
    init(_ key: ObjectKey, _ version: StoredVersion, _ details: PBObjectDetails, in state: BucketState) throws {
        let header = version.header
        let checksum = header.checksumAlgorithm.flatMap { Checksum($0, Array(details.checksum)) }
        let attributes = try ObjectAttributes(details, storageClass: header.storageClass)
        self.init(
            key: key, size: header.size, etag: header.etag, lastModified: header.lastModified, lsn: header.lsn,
            version: state.hasVersions ? header.version : nil, attributes: attributes, checksum: checksum.map { header.shown($0) },
            partCount: header.partCount, lock: try details.lock(), owner: attributes.access.owner ?? state.bucket.owner,
            expiration: version.isCurrent ? try state.expiration(of: key, header, version.value) : nil,
            encryption: details.hasEncryption ? try StoredEncryption(details.encryption).shown : nil,
            restoredUntil: details.restoredUntilMs == 0 ? nil : Timestamp(milliseconds: details.restoredUntilMs))
    }
}

extension StoredHeader {
    func shown(_ checksum: Checksum) -> ObjectChecksum {
        let type = checksumType ?? .fullObject
        return ObjectChecksum(checksum: checksum, type: type, partCount: type == .composite ? partCount : 0)
    }
}
