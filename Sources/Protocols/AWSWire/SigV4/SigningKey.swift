/// The key derived from a secret for one scope.
package struct SigningKey: Sendable {
    package init(secret: String, scope: CredentialScope) { fatalError() }
}
