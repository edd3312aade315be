import Bytes
import Crypto
import Model

/// What proves who made a browser's form: a signature, of version 4 or 2, of its policy's text.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
package enum PolicySignature: Sendable {
    /// `signature` in hexadecimal digits.
    case version4(accessKeyID: String, scope: CredentialScope, signature: String)
    /// `signature` in Base64.
    case version2(accessKeyID: String, signature: String)

    /// - `credential`: `AKID/20260102/us-east-1/s3/aws4_request`; `date`: `x-amz-date`, whose day the credential must name.
    package init(credential: String, date: String, signature: String) throws(SigV4Error) {
        let credential = try Credential(Array(credential.utf8), form: .presigned, time: date)
        self = .version4(accessKeyID: credential.accessKeyID, scope: credential.scope, signature: signature)
    }

    package var accessKeyID: String {
        switch self {
        case .version4(let id, _, _), .version2(let id, _): id
        }
    }

    /// `policy` is the field's text as it came. Compares in constant time. Throws `.wrongRegion`, `.wrongService`, `.signatureDoesNotMatch`.
    package func verify(policy: String, secret: String, settings: SigV4Settings, keys: SigningKeyCache) throws(SigV4Error) {
        let isValid: Bool
        let sent: String
        switch self {
        case .version4(let id, let scope, let signature):
            try settings.check(scope, .presigned)
            guard scope.service == "s3" else { throw .wrongService(.presigned, sent: scope.service, expected: "s3") }
            let key = keys.key(accessKeyID: id, secret: secret, scope: scope)
            isValid = ConstantTime.equal(key.signature(of: Array(policy.utf8)), Array(signature.utf8))
            sent = signature
        case .version2(_, let signature):
            let key = SymmetricKey(data: Array(secret.utf8))
            isValid = HMAC<Insecure.SHA1>.isValidAuthenticationCode(
                Base64.decode(signature) ?? [], authenticating: Array(policy.utf8), using: key)
            sent = signature
        }
        guard isValid else {
            throw .signatureDoesNotMatch(
                SignatureMismatch(accessKeyID: accessKeyID, stringToSign: policy, signatureProvided: sent, canonicalRequest: ""))
        }
    }
}
