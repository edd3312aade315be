import Policy

/// A bucket's policy: its text as it was put, and what it was compiled to. Stored as the text.
package struct BucketPolicy: BucketSetting {
    package static let kind = BucketSettingKind.policy

    package let text: [UInt8]
    package let document: PolicyDocument
    /// Whether a condition asks for the tags of the object that the request is about.
    package let asksForObjectTags: Bool

    /// Compiles a text that a client puts. Throws `PolicyError`.
    package init(text: [UInt8], rules: some PolicyRules) throws(PolicyError) {
        document = try PolicyDocument(parsing: text, rules: rules)
        self.text = text
        asksForObjectTags = Self.mentionsObjectTags(text)
    }

    /// A text that was accepted once stays accepted, whatever later rules say of its actions and keys.
    package init(stored: [UInt8]) throws {
        try self.init(text: stored, rules: StoredPolicyRules())
    }

    package func stored() throws -> [UInt8] { text }

    /// Whether `ExistingObjectTag` stands anywhere in a policy's text, in any case of letters, or may stand there in escapes.
    package static func mentionsObjectTags(_ text: [UInt8]) -> Bool {
        text.contains("existingobjecttag") || text.contains("\\u")
    }
}

extension [UInt8] {
    /// `wanted` is in lower case; the case of letters here does not count.
    fileprivate func contains(_ wanted: String) -> Bool {
        let wanted = Array(wanted.utf8)
        guard count >= wanted.count else { return false }
        return (0...(count - wanted.count)).contains { start in
            wanted.indices.allSatisfy { self[start + $0] == wanted[$0] || self[start + $0] | 0x20 == wanted[$0] }
        }
    }
}

private struct StoredPolicyRules: PolicyRules {
    var kind: PolicyKind { .resource }
    var textBytesMax: Int { ResourcePolicyRules.bucketPolicyBytesMax }

    /// A number or a tenant; no ARN of somebody in one.
    func isAccount(_ text: String) -> Bool { !text.utf8.contains(UInt8(ascii: ":")) }
}
