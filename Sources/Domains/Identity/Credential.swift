import Model

/// An access key with its secret, and whom it speaks for.
package struct Credential: Sendable {
    package let accessKeyID: String
    /// The signing secret as UTF-8 text. Never logged, never sent.
    package let secretAccessKey: String
    package let principal: Principal

    package init(accessKeyID: String, secretAccessKey: String, principal: Principal) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.principal = principal
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
