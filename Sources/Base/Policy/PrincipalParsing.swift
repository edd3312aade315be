import JSON
import Model

extension PolicyParser {
    func principals(_ object: JSONObject, _ effect: PolicyStatement.Effect) throws(PolicyError) -> ([PolicyStatement.Principal], Bool) {
        let (value, excluded) = (object["Principal"], object["NotPrincipal"])
        if rules.kind == .identity {
            guard value == nil, excluded == nil else { throw .principalInIdentityPolicy }
            return ([], false)
        }
        if value != nil, excluded != nil { throw .syntax("Principal") }
        guard let list = value ?? excluded else { throw .missingField("Principal") }
        if excluded != nil, effect == .allow { throw .allowWithNotPrincipal }
        let principals = try principals(list)
        for principal in principals { try rules.check(principal) }
        return (principals, excluded != nil)
    }

    private func principals(_ value: JSONValue) throws(PolicyError) -> [PolicyStatement.Principal] {
        if let text = value.string {
            guard text == "*" else { throw .invalidPrincipal }
            return [.everyone]
        }
        guard let object = value.object, !object.isEmpty else { throw .invalidPrincipal }
        var principals: [PolicyStatement.Principal] = []
        for member in object.members {
            guard let texts = Self.strings(member.value), !texts.isEmpty else { throw .invalidPrincipal }
            for text in texts {
                guard let principal = principal(text, type: member.name) else { throw .invalidPrincipal }
                principals.append(principal)
            }
        }
        return principals
    }

    private func principal(_ text: String, type: String) -> PolicyStatement.Principal? {
        switch type {
        case "AWS": return awsPrincipal(text)
        case "CanonicalUser": return Self.isName(text) ? .canonicalUser(text) : nil
        case "Federated": return Self.isName(text) ? .federated(text) : nil
        case "Service": return Self.isName(text) ? .service(text) : nil
        default: return nil
        }
    }

    /// A principal's name has no wildcards: `*` is everybody or nobody.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    }

    private func awsPrincipal(_ text: String) -> PolicyStatement.Principal? {
        if text == "*" { return .everyone }
        if rules.isAccount(text) { return .account(text) }
        guard Self.isName(text), let arn = ARN(text), arn.region.isEmpty, rules.isAccount(arn.account) else { return nil }
        if arn.service == "iam", arn.resource == "root" { return .account(arn.account) }
        let path = arn.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard path.count >= 2, path.allSatisfy({ !$0.isEmpty }) else { return nil }
        switch (arn.service, path[0], path.count) {
        case ("iam", "user", _): return .arn(text, account: arn.account)
        case ("iam", "role", _): return .role(arn: text, account: arn.account, name: String(path[path.count - 1]))
        case ("sts", "assumed-role", 3), ("sts", "federated-user", 2): return .arn(text, account: arn.account)
        default: return nil
        }
    }
}
