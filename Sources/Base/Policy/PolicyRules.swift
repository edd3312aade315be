/// What a service expects of the policies that it takes, asked while a policy is compiled. The language itself knows no service.
package protocol PolicyRules: Sendable {
    /// What the policies belong to.
    var kind: PolicyKind { get }
    /// The longest text, in bytes.
    var textBytesMax: Int { get }
    /// A number of the service's own for a condition key's family (`s3:existingobjecttag`), kept in `ConditionKey.number`; nil for
    /// a key that the service does not know, which in a Condition is an error and as a variable gets the number 0.
    func number(ofKey family: String) -> Int?
    /// Whether a text can be an account in a principal.
    func isAccount(_ text: String) -> Bool
    /// Throws what is wrong with a principal that is well-formed: there is no such user.
    func check(_ principal: PolicyStatement.Principal) throws(PolicyError)
    /// Throws what is wrong with a statement that is well-formed: another service's actions, another bucket's resources.
    func check(_ statement: PolicyStatement) throws(PolicyError)
}

package enum PolicyKind: Hashable, Sendable {
    /// Every statement must say for whom it is.
    case resource
    /// Principals are forbidden; every Sid must be alphanumeric and of its own.
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
    /// IAM's quota of a managed policy. Source: IAM User Guide, "IAM and AWS STS quotas".
    package static let managedPolicyBytesMax = 6144

    package var kind: PolicyKind { .identity }
    package let textBytesMax: Int

    package init(textBytesMax: Int = Self.managedPolicyBytesMax) {
        self.textBytesMax = textBytesMax
    }
}

/// The rules of resource policies that follow no rules of a service: any action, any key.
package struct ResourcePolicyRules: PolicyRules {
    /// Amazon S3 takes bucket policies of 20 KiB. Source: Amazon S3 User Guide, "Bucket policies".
    package static let bucketPolicyBytesMax = 20 * 1024

    package var kind: PolicyKind { .resource }
    package let textBytesMax: Int

    package init(textBytesMax: Int = Self.bucketPolicyBytesMax) {
        self.textBytesMax = textBytesMax
    }
}
