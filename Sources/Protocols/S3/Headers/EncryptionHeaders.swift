import AWSWire
import Bytes
import Crypto
import Doors
import HTTPTypes
import JSON
import Model
import NIOCore
import Objects

/// The headers that ask for encryption, and those that tell of it.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
enum EncryptionHeaders {
    private static let managed = "AES256"
    private static let service = "aws:kms"
    private static let dualLayer = "aws:kms:dsse"

    /// What a write asks for. Throws `InvalidArgument`, `InvalidRequest`, `InvalidEncryptionAlgorithmError`, `NotImplemented`.
    static func choice(_ call: S3Call) throws -> EncryptionChoice {
        guard call.groups.contains(.encryption) else { return .unspecified }
        let algorithm = call.headers[.amzEncryption]
        if let algorithm, bringsCustomerKey(call) {
            throw S3Error.invalidArgument(
                "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
                name: "x-amz-server-side-encryption", value: algorithm)
        }
        if let key = try customerKey(call) { return .customer(key) }
        let name = call.headers[.amzEncryptionKey]
        let context = call.headers[.amzEncryptionContext]
        switch algorithm {
        case service:
            return .service(
                key: name, context: try context.map(pairs) ?? [:], usesBucketKey: try bucketKey(call.headers[.amzEncryptionBucketKey]))
        case nil, managed:
            if let name {
                throw S3Error.invalidArgument(
                    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
                    name: "x-amz-server-side-encryption-aws-kms-key-id", value: name)
            }
            if let context {
                throw S3Error.invalidArgument(
                    "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
                    name: "x-amz-server-side-encryption-context", value: context)
            }
            return algorithm == nil ? .unspecified : .managed
        case dualLayer: throw S3Error.notImplemented(header: "x-amz-server-side-encryption")
        case .some(let other):
            throw S3Error.invalidArgument(
                "The encryption method specified is not supported", name: "x-amz-server-side-encryption", value: other)
        }
    }

    private static func bringsCustomerKey(_ call: S3Call) -> Bool {
        [HTTPField.Name.amzCustomerAlgorithm, .amzCustomerKey, .amzCustomerKeyMD5].contains { call.headers.contains($0) }
    }

    /// The customer's key that a read brings, where it may ask for no other encryption. Throws as `choice`, and `AccessDenied` for a key that
    /// no object can have.
    static func customerKey(ofRead call: S3Call) throws -> CustomerKey? {
        guard call.groups.contains(.encryption) else { return nil }
        if let value = call.headers[.amzEncryption] {
            throw S3Error.invalidArgument(
                "x-amz-server-side-encryption header is not supported for this operation.", name: "x-amz-server-side-encryption",
                value: value)
        }
        return try customerKey(
            call, algorithm: .amzCustomerAlgorithm, key: .amzCustomerKey, md5: .amzCustomerKeyMD5, orElse: .wrongCustomerKey)
    }

    /// Throws `InvalidArgument`, `InvalidRequest`, `InvalidEncryptionAlgorithmError`.
    static func customerKey(_ call: S3Call) throws -> CustomerKey? {
        try customerKey(
            call, algorithm: .amzCustomerAlgorithm, key: .amzCustomerKey, md5: .amzCustomerKeyMD5)
    }

    /// That the source of a copy is stored with. Throws as `customerKey`.
    static func sourceKey(_ call: S3Call) throws -> CustomerKey? {
        guard call.groups.contains(.encryption) else { return nil }
        return try customerKey(
            call, algorithm: .amzCopySourceCustomerAlgorithm, key: .amzCopySourceCustomerKey, md5: .amzCopySourceCustomerKeyMD5)
    }

    private static func customerKey(
        _ call: S3Call, algorithm: HTTPField.Name, key: HTTPField.Name, md5: HTTPField.Name,
        orElse impossible: S3Error = EncryptionHeaders.refused("The secret key was invalid for the specified algorithm.")
    ) throws -> CustomerKey? {
        guard call.groups.contains(.encryption) else { return nil }
        let (named, text, digest) = (call.headers[algorithm], call.headers[key], call.headers[md5])
        if named == nil, text == nil, digest == nil { return nil }
        guard call.request.isSecure || !call.door.configuration.requiresTLSForCustomerKeys else {
            throw S3Error.invalidRequest(
                "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.")
        }
        guard let named else {
            throw refused(
                "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.")
        }
        guard named == managed else { throw S3Error.invalidEncryptionAlgorithm(named) }
        guard let text else {
            throw refused("Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.")
        }
        guard let digest else {
            throw refused(
                "Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the "
                    + "secret key.")
        }
        guard let bytes = Base64.decode(text), digest == Base64.encode(Array(Insecure.MD5.hash(data: bytes))) else {
            throw refused("The calculated MD5 hash of the key did not match the hash that was provided.")
        }
        guard let parsed = CustomerKey(bytes: bytes) else { throw impossible }
        return parsed
    }

    /// What is wrong with a customer's key; the key itself is never repeated.
    private static func refused(_ message: String) -> S3Error {
        .invalidArgument(message, name: "x-amz-server-side-encryption")
    }

    /// Base64 of a JSON object whose members are strings.
    private static func pairs(_ text: String) throws(S3Error) -> [String: String] {
        let problem = S3Error.invalidArgument(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
            name: "x-amz-server-side-encryption-context", value: text)
        guard let bytes = Base64.decode(text),
            let json = try? JSONValue.parse(ByteBuffer(bytes: bytes), limits: JSONLimits(bytesMax: S3Limits.encryptionContextBytesMax)),
            let object = json.object
        else { throw problem }
        var pairs: [String: String] = [:]
        for member in object.members {
            guard let value = member.value.string, pairs.updateValue(value, forKey: member.name) == nil else { throw problem }
        }
        return pairs
    }

    private static func bucketKey(_ text: String?) throws(S3Error) -> Bool? {
        switch text?.lowercased() {
        case nil: nil
        case "true": true
        case "false": false
        default:
            throw .invalidArgument(
                "The bucket key enabled header must be true or false.", name: "x-amz-server-side-encryption-bucket-key-enabled",
                value: text ?? "")
        }
    }

    /// Tells what an object is, or will be, encrypted with. `call` is where a customer's key came with.
    static func add(_ encryption: ObjectEncryption?, _ call: S3Call, to headers: inout HTTPFields) {
        switch encryption {
        case nil: return
        case .managed: headers.add(.amzEncryption, managed)
        case .service(let key, let usesBucketKey):
            headers.add(.amzEncryption, service)
            headers.add(.amzEncryptionKey, key)
            if usesBucketKey { headers.add(.amzEncryptionBucketKey, "true") }
        case .customer:
            headers.add(.amzCustomerAlgorithm, managed)
            headers.add(.amzCustomerKeyMD5, call.headers[.amzCustomerKeyMD5])
        }
    }
}
