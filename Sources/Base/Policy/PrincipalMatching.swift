/// Whether a statement's principals are the caller.
///
/// Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
extension PolicyStatement {
    /// To whom the statement speaks, when it speaks to this caller. Nil when it does not.
    func grant(to caller: PolicyPrincipal) -> PolicyGrant? {
        if principals.isEmpty && !excludesPrincipals { return .identity }
        if excludesPrincipals { return isExempt(caller) ? nil : .everyone }
        var best: PolicyGrant?
        for index in principals.indices {
            guard let grant = principals[index].grant(to: caller, effect), best.map({ $0 < grant }) ?? true else { continue }
            best = grant
        }
        return best
    }

    /// Of a user its account must be named as well, of a session its role and its account: whoever is named by one of these
    /// only is not exempt, as AWS documents it.
    private func isExempt(_ caller: PolicyPrincipal) -> Bool {
        if principals.contains(.everyone) { return true }
        func isNamed(_ grant: PolicyGrant) -> Bool { principals.contains { $0.grant(to: caller, effect) == grant } }
        switch caller.kind {
        case .anonymous: return false
        case .service, .federated: return isNamed(.direct)
        case .root: return isNamed(.account)
        case .user, .federatedUser: return isNamed(.account) && isNamed(.direct)
        case .assumedRole:
            let isRoleNamed = principals.contains { principal in
                if case .role = principal { principal.grant(to: caller, effect) != nil } else { false }
            }
            return isRoleNamed && isNamed(.account) && principals.contains(.arn(caller.arn, account: caller.account))
        }
    }
}

extension PolicyStatement.Principal {
    func grant(to caller: PolicyPrincipal, _ effect: PolicyStatement.Effect) -> PolicyGrant? {
        switch self {
        case .everyone:
            // Services are let in by name only, but kept out with everybody.
            return caller.kind == .service && effect == .allow ? nil : .everyone
        case .account(let account): return caller.isOfAnAccount && caller.account == account ? .account : nil
        case .canonicalUser(let id): return caller.isOfAnAccount && caller.canonicalID == id ? .account : nil
        case .arn(let arn, _): return caller.isOfAnAccount && caller.arn == arn ? .direct : nil
        case .role(_, let account, let name):
            guard caller.kind == .assumedRole, caller.account == account else { return nil }
            return Self.role(ofSession: caller.arn) == name[...] ? .direct : nil
        case .federated(let provider): return caller.kind == .federated && caller.arn == provider ? .direct : nil
        case .service(let service): return caller.kind == .service && caller.arn == service ? .direct : nil
        }
    }

    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`: the second part between slashes. A role's path is not in it.
    private static func role(ofSession arn: String) -> Substring? {
        guard let first = arn.firstIndex(of: "/") else { return nil }
        let rest = arn[arn.index(after: first)...]
        return rest.firstIndex(of: "/").map { rest[..<$0] }
    }
}

extension PolicyPrincipal {
    /// Whether `account` means something.
    package var isOfAnAccount: Bool {
        switch kind {
        case .root, .user, .assumedRole, .federatedUser: true
        case .anonymous, .federated, .service: false
        }
    }
}
