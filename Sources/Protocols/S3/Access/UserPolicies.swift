import Identity
import Model
import Policy
import Synchronization

/// The policies of users, compiled once for each text.
final class UserPolicies: Sendable {
    /// Texts kept compiled; when full it begins anew. A few kilobytes each.
    private static let countMax = 1_024

    private let compiled = Mutex<[String: PolicyDocument]>([:])

    /// None for a root and for anonymous callers.
    func policies(of caller: Principal, _ identity: Identity) -> [AccessQuestion.NamedPolicy] {
        guard caller.userName != nil, let user = identity.user(for: caller), !user.policies.isEmpty else { return [] }
        return user.policies.sorted { $0.key < $1.key }.compactMap { name, text in
            document(text).map { AccessQuestion.NamedPolicy(name: name, document: $0) }
        }
    }

    /// Nil for a text that is no policy, which nothing stores.
    private func document(_ text: String) -> PolicyDocument? {
        if let known = compiled.withLock({ $0[text] }) { return known }
        guard let document = try? PolicyDocument(parsing: text.utf8, rules: IdentityPolicyRules()) else { return nil }
        compiled.withLock { compiled in
            if compiled.count >= Self.countMax { compiled.removeAll() }
            compiled[text] = document
        }
        return document
    }
}
