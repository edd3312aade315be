/// What a service expects of the policies that it takes, asked while a policy is compiled. The language itself knows no service.
package protocol PolicyRules: Sendable {
    /// Whom the policies belong to: a resource (Principal is required) or an identity (it is forbidden).
    var kind: PolicyKind { get }
    /// The longest text, in bytes.
    var textBytesMax: Int { get }
    /// A number of the service's own for a condition key (lower-case, without the tag: `s3:existingobjecttag`), kept in
    /// `ConditionKey.number`, or nil for a key that the service does not know, which refuses the policy when it is in a Condition.
    func number(ofKey family: String) -> Int?
    /// Whether an `AWS` principal's account may be named. Should be false for what can be no account.
    func isAccount(_ text: String) -> Bool
    /// Throws what is wrong with a principal that can be written but is none: a user that does not exist.
    func check(_ principal: PolicyStatement.Principal) throws(PolicyError)
    /// Throws what is wrong with a statement that is well-formed: another service's actions, another bucket's resources.
    func check(_ statement: PolicyStatement) throws(PolicyError)
}

package enum PolicyKind: Hashable, Sendable {
    case resource
    case identity
}

extension PolicyRules {
    package func number(ofKey family: String) -> Int? { 0 }
    package func isAccount(_ text: String) -> Bool { text.utf8.count == 12 && text.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 } }
    package func check(_ principal: PolicyStatement.Principal) throws(PolicyError) {}
    package func check(_ statement: PolicyStatement) throws(PolicyError) {}
}

/// The rules of policies that are attached to users, groups and roles: any service, any key.
package struct IdentityPolicyRules: PolicyRules {
    /// IAM's quota of a managed policy, in characters. Source: IAM and AWS STS quotas.
    package static let textBytesMax = 6144

    package var kind: PolicyKind { .identity }
    package var textBytesMax: Int { Self.textBytesMax }

    package init() {}
}

/// The rules that every resource policy follows, whatever the service.
package struct ResourcePolicyRules: PolicyRules {
    /// S3's limit of a bucket policy, 20 KiB. Source: Amazon S3 User Guide, bucket policies.
    package static let textBytesMax = 20 * 1024

    package var kind: PolicyKind { .resource }
    package var textBytesMax: Int { Self.textBytesMax }

    package init() {}
}
