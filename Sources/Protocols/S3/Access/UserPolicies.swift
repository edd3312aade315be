import Identity
import Model
import Objects
import Policy
import Synchronization

/// The policies of users, compiled once for each text.
final class UserPolicies: Sendable {
    /// Texts kept compiled; when full it begins anew. A few kilobytes each.
    private static let countMax = 1_024

    private static let nothing: PolicyDocument = {
        let text = #"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#
        guard let document = try? PolicyDocument(parsing: text.utf8, rules: IdentityPolicyRules()) else {
            preconditionFailure("a policy as short as this is one")
        }
        return document
    }()

    private struct Compiled: Sendable {
        let document: PolicyDocument
        let asksForObjectTags: Bool
    }

    private let compiled = Mutex<[String: Compiled]>([:])

    /// None for a root and for anonymous callers.
    func policies(of caller: Principal, _ identity: Identity) -> [AccessQuestion.NamedPolicy] {
        guard caller.userName != nil, let user = identity.user(for: caller), !user.policies.isEmpty else { return [] }
        return user.policies.sorted { $0.key < $1.key }.map { name, text in
            let policy = policy(text)
            return AccessQuestion.NamedPolicy(name: name, document: policy.document, asksForObjectTags: policy.asksForObjectTags)
        }
    }

    /// A text that is no policy, which nothing stores, denies everything: what it was to forbid is not known.
    private func policy(_ text: String) -> Compiled {
        if let known = compiled.withLock({ $0[text] }) { return known }
        let rules = IdentityPolicyRules(textBytesMax: IdentityLimits.policyBytesMax)
        let document = (try? PolicyDocument(parsing: text.utf8, rules: rules)) ?? Self.nothing
        let policy = Compiled(document: document, asksForObjectTags: BucketPolicy.mentionsObjectTags(Array(text.utf8)))
        compiled.withLock { compiled in
            if compiled.count >= Self.countMax { compiled.removeAll() }
            compiled[text] = policy
        }
        return policy
    }
}
