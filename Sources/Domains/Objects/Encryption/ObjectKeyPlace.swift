import Bytes
import Envelope
import Model

/// What an object's key is bound to: bucket, key, and the version, which is the LSN of the commit that made it. The object of a
/// multipart upload is bound to the upload instead, which its record names, because its key is older than its version.
struct ObjectKeyPlace: Sendable {
    enum Version: Sendable {
        case made(LSN)
        case upload(UploadID)
    }

    let bucket: BucketName
    let key: ObjectKey
    let version: Version

    /// Of a stored object.
    init(_ bucket: BucketName, _ key: ObjectKey, _ header: StoredHeader) {
        if case .parts(let id) = header.layout {
            self.init(bucket, key, .upload(id))
        } else {
            self.init(bucket, key, .made(header.lsn))
        }
    }

    init(_ bucket: BucketName, _ key: ObjectKey, _ version: Version) {
        self.bucket = bucket
        self.key = key
        self.version = version
    }

    var context: WrapContext {
        var writer = ByteWriter(reservingCapacity: 17)
        switch version {
        case .made(let lsn):
            writer.uint8(1)
            writer.uint64BigEndian(lsn.rawValue)
        case .upload(let id):
            writer.uint8(2)
            writer.uint64BigEndian(id.lsn)
            writer.uint64BigEndian(id.random)
        }
        return WrapContext("roost object key", [Array(bucket.rawValue.utf8), key.utf8, writer.bytes])
    }
}
