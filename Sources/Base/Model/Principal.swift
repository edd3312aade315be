/// Who makes a request, after authentication. Every door resolves its caller to one of these.
package struct Principal: Hashable, Sendable {
    /// The account that owns what the caller makes.
    package let account: AccountID
    /// For the root of an account `arn:aws:iam::ACCOUNT:root`.
    package let arn: ARN
    /// The access key that signed, or nil for an anonymous caller.
    package let accessKeyID: String?
    /// S3's canonical user id: 64 lower-case hexadecimal digits.
    package let canonicalID: String
    package let displayName: String
    package let isAnonymous: Bool

    package init(account: AccountID, arn: ARN, accessKeyID: String?, canonicalID: String, displayName: String, isAnonymous: Bool = false) {
        self.account = account
        self.arn = arn
        self.accessKeyID = accessKeyID
        self.canonicalID = canonicalID
        self.displayName = displayName
        self.isAnonymous = isAnonymous
    }
}
