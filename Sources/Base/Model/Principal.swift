/// Who makes a request, after authentication. Every door resolves its caller to one of these.
package struct Principal: Hashable, Sendable {
    /// The account that owns what the caller makes.
    package let account: AccountID
    /// For the root of an account `arn:aws:iam::ACCOUNT:root`, for a user `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
    package let arn: ARN
    /// The access key that signed, or nil for an anonymous caller.
    package let accessKeyID: String?
    /// S3's canonical user id of the account: 64 lower-case hexadecimal digits unless the account was given another one.
    package let canonicalID: String
    package let displayName: String
    /// `aws:userid`: a user's unique id; the account's number for its root.
    package let userID: String
    /// `aws:username`; nil for a root and for anonymous callers.
    package let userName: String?
    package let isAnonymous: Bool

    /// `userID` nil means the account's number.
    package init(
        account: AccountID, arn: ARN, accessKeyID: String?, canonicalID: String, displayName: String, userID: String? = nil,
        userName: String? = nil, isAnonymous: Bool = false
    ) {
        self.account = account
        self.arn = arn
        self.accessKeyID = accessKeyID
        self.canonicalID = canonicalID
        self.displayName = displayName
        self.userID = userID ?? account.rawValue
        self.userName = userName
        self.isAnonymous = isAnonymous
    }

    /// The root of its account, which may do everything to what the account owns.
    package var isRoot: Bool { !isAnonymous && arn.service == "iam" && arn.resource == "root" }
}
