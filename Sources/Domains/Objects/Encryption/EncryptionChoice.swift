import Bytes
import Crypto
import Envelope

/// How a client asks for the object it writes to be encrypted.
package enum EncryptionChoice: Sendable {
    /// It asks for nothing: the bucket's default holds.
    case unspecified
    /// SSE-S3.
    case managed
    /// SSE-KMS. Without a key the service's default one (`alias/aws/s3`); without a word on bucket keys the bucket's.
    /// `context` are the client's own pairs, to which the service binds the object's key.
    case service(key: String?, context: [String: String], usesBucketKey: Bool?)
    /// SSE-C.
    case customer(CustomerKey)
}

/// A client's own key, given with every request and never stored.
package struct CustomerKey: Sendable {
    let key: DataKey
    /// The key's MD5, which answers repeat, in Base64.
    package let md5: String

    /// Nil when it is not 32 bytes.
    package init?(bytes: [UInt8]) {
        guard let key = DataKey(bytes: bytes) else { return nil }
        self.key = key
        md5 = Base64.encode(Array(Insecure.MD5.hash(data: bytes)))
    }
}

/// What is told of an object's encryption.
package enum ObjectEncryption: Hashable, Sendable {
    /// SSE-S3, `AES256`.
    case managed
    /// SSE-KMS, `aws:kms`, with the key as clients see it.
    case service(key: String, usesBucketKey: Bool)
    /// SSE-C.
    case customer

    /// Only then the ETag is an MD5 of the bytes, as AWS documents it.
    var showsMD5: Bool { self == .managed }
}

/// What keeps an encrypted object from being written or read.
package enum EncryptionProblem: Sendable, Equatable {
    /// Stored with a customer's key, and the request brings none.
    case customerKeyRequired
    /// The request asks for an encryption that is not the object's, or brings a customer's key that it has none of.
    case notApplicable
    /// Another key than the object's.
    case customerKeyMismatch
    /// A part comes without the customer's key of its upload, or with one for an upload that has none.
    case uploadKeyMissing
    /// A part comes with another key than its upload's.
    case uploadKeyMismatch
    /// Bytes behind an object in the clear, in a bucket whose objects are encrypted.
    case keptInTheClear
    case service(KeyServiceError)
    /// This server has no master keys or no key service.
    case notConfigured
    /// A key that is needed is not there, or what is stored is not what was sealed; the text is for the log.
    case unreadable(String)
}

/// Where objects get their keys from.
package struct EncryptionKeys: Sendable {
    let masterKeys: MasterKeys
    let service: any KeyService
    /// What holds for buckets that set no default of their own; nil keeps their objects in the clear.
    let bucketDefault: BucketEncryption?

    package init(masterKeys: MasterKeys, service: any KeyService, bucketDefault: BucketEncryption? = nil) {
        self.masterKeys = masterKeys
        self.service = service
        self.bucketDefault = bucketDefault
    }
}
