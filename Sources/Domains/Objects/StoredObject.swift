import Envelope
import Model
import StoragePorts

/// An object as one lookup found it: what is known of it and where its bytes lie. A class, because it is handed on often and holds much.
package final class StoredObject: Sendable {
    package let bucket: Bucket
    package let info: ObjectInfo
    /// In order, without gaps, from byte 0; never empty. An object not made by a multipart upload has one, unless it is a copy of one that
    /// was and shares its parts.
    package let parts: [StoredPart]
    /// Whether the parts have records of their own.
    let isOfParts: Bool
    /// Of the bytes, or of the parts' MD5s.
    let md5: MD5Digest
    let encryption: StoredEncryption?
    /// What the object's key is bound to.
    let place: ObjectKeyPlace

    init(
        bucket: Bucket, info: ObjectInfo, parts: [StoredPart], isOfParts: Bool, md5: MD5Digest, encryption: StoredEncryption?,
        place: ObjectKeyPlace
    ) {
        self.bucket = bucket
        self.info = info
        self.parts = parts
        self.isOfParts = isOfParts
        self.md5 = md5
        self.encryption = encryption
        self.place = place
    }

    /// The part that a `partNumber` of 1 and up means, and the bytes of the object that it holds; nil and all bytes for the only part of an
    /// object that was not made by a multipart upload. Parts are counted without gaps, whatever numbers they had in the upload.
    package func part(_ number: Int) throws(ObjectsError) -> (part: StoredPart?, range: Range<Int64>) {
        let count = max(1, info.partCount)
        guard number >= 1, number <= count else { throw .noSuchPart(number: number, partCount: count) }
        if info.partCount == 0 { return (nil, 0..<info.size) }
        let part = parts[number - 1]
        return (part, part.offset..<part.offset + part.size)
    }
}

package struct StoredPart: Hashable, Sendable {
    /// Where it begins in the object, in bytes.
    package let offset: Int64
    /// Bytes.
    package let size: Int64
    package let md5: MD5Digest
    /// The part's own; nil for an object that was not made by a multipart upload.
    package let checksum: Checksum?
    /// Nil for an empty part.
    let extent: Extent?
    /// Nil for one that is not sealed.
    let seal: Seal?

    /// With the object's key it opens the part's bytes.
    struct Seal: Hashable, Sendable {
        let identity: PayloadIdentity
        /// As the part was sealed, which is not its place in the object.
        let number: Int
    }
}
