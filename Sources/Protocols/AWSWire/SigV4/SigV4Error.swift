import Model

/// Why a request's authentication is refused. `wireError(for:)` gives the code, status and text that AWS gives.
package enum SigV4Error: Error, Hashable, Sendable {
    /// An Authorization header beside query authentication, or several of either.
    case multipleMechanisms(authorization: String)
    /// SigV4A, and SigV2 where only version 4 is taken.
    case unsupportedMechanism
    /// Another scheme in the Authorization header.
    case unsupportedAuthorizationType(authorization: String)
    /// `detail` follows "The authorization header is malformed; ".
    case malformedHeader(detail: String)
    /// The whole message of an AuthorizationQueryParametersError.
    case malformedQuery(message: String)
    /// The same for an `X-Amz-Expires` that no URL can have.
    case invalidExpires(message: String)
    /// A URL that version 2 presigned, without its signature or its end.
    case incompleteVersion2
    /// The end of such a URL is no number of seconds.
    case invalidVersion2Date(String)
    case wrongRegion(SignatureForm, sent: String, expected: String)
    case wrongService(SignatureForm, sent: String, expected: String)
    case missingDate
    case requestTimeTooSkewed(requestTime: String, now: Timestamp)
    /// `expiresSeconds`: nil for version 2, which names only the end.
    case expired(expiresSeconds: Int64?, expiresAt: Timestamp, now: Timestamp)
    case notYetValid
    /// Lower-case names.
    case headersNotSigned([String])
    case missingContentSHA256
    case invalidContentSHA256(String)
    /// Thrown by callers that look the secret up.
    case unknownAccessKey(String)
    case signatureDoesNotMatch(SignatureMismatch)
}

/// Where a request carries its signature.
package enum SignatureForm: Hashable, Sendable {
    case header
    case presigned
}

/// What the server computed, for the client to compare with. Holds no secret.
package struct SignatureMismatch: Hashable, Sendable {
    package let accessKeyID: String
    package let stringToSign: String
    package let signatureProvided: String
    /// Empty for a chunk's signature.
    package let canonicalRequest: String

    package init(accessKeyID: String, stringToSign: String, signatureProvided: String, canonicalRequest: String) {
        self.accessKeyID = accessKeyID
        self.stringToSign = stringToSign
        self.signatureProvided = signatureProvided
        self.canonicalRequest = canonicalRequest
    }
}
