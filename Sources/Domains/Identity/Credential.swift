import Model

/// An access key with its secret, and whom it speaks for.
package struct Credential: Sendable {
    package let accessKeyID: String
    /// The signing secret as UTF-8 text. Never logged, never sent.
    package let secretAccessKey: String
    package let principal: Principal
    /// Presigned URLs that were made at this time or earlier are withdrawn; nil when none are.
    package let urlsRevokedUntil: Timestamp?

    package init(accessKeyID: String, secretAccessKey: String, principal: Principal, urlsRevokedUntil: Timestamp? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.principal = principal
        self.urlsRevokedUntil = urlsRevokedUntil
    }

    /// Whether a presigned URL of this key is withdrawn. `made` is what the URL says of its making; nil when it does not say, as with
    /// Signature Version 2: then it may be older than any withdrawal.
    package func isURLRevoked(made: Timestamp?) -> Bool {
        guard let urlsRevokedUntil else { return false }
        return made.map { $0 <= urlsRevokedUntil } ?? true
    }
}

/// A key pair as the configuration gives it.
package struct AccessKeyPair: Sendable, Hashable {
    package let accessKeyID: String
    package let secretAccessKey: String

    package init(accessKeyID: String, secretAccessKey: String) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
    }
}
