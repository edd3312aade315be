/// Signing keys of late, at most `capacity`; safe from any thread.
package final class SigningKeyCache: Sendable {
    package init(capacity: Int = 1024) { fatalError() }

    /// Derives (four HMACs) what it does not hold. A changed secret gives a new key.
    package func key(accessKeyID: String, secret: String, scope: CredentialScope) -> SigningKey { fatalError() }
}
