import Policy
import Testing

/// How policies are combined, as a table of truth.
@Suite struct DecisionTests {
    enum Resource: String, CaseIterable, Sendable {
        case none, everyone, direct, account, deny
    }

    enum Identity: String, CaseIterable, Sendable {
        case none, silent, allow, deny
    }

    static func set(_ resource: Resource, _ identity: Identity, _ caller: PolicyPrincipal) throws -> PolicySet {
        var set = PolicySet(owner: owner, resourcePolicy: nil)
        func statement(_ effect: String, _ principal: String) throws -> PolicyDocument {
            try bucketPolicy(
                statements(#""Effect": "\#(effect)", "Principal": \#(principal), "Action": "s3:*", "Resource": "arn:aws:s3:::data/*""#))
        }
        switch resource {
        case .none: break
        case .everyone: set.resourcePolicy = try statement("Allow", #""*""#)
        case .direct: set.resourcePolicy = try statement("Allow", #"{"AWS": "\#(caller.arn)"}"#)
        case .account: set.resourcePolicy = try statement("Allow", #"{"AWS": "\#(caller.account)"}"#)
        case .deny: set.resourcePolicy = try statement("Deny", #""*""#)
        }
        let silent = try identityPolicy(statements(#""Effect": "Allow", "Action": "sqs:*", "Resource": "*""#))
        let allow = try identityPolicy(statements(#""Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/*""#))
        let deny = try identityPolicy(statements(#""Effect": "Deny", "Action": "s3:GetObject", "Resource": "*""#))
        switch identity {
        case .none: break
        case .silent: set.identityPolicies = [silent]
        case .allow: set.identityPolicies = [silent, allow]
        case .deny: set.identityPolicies = [allow, deny]
        }
        return set
    }

    static func decide(_ resource: Resource, _ identity: Identity, _ caller: PolicyPrincipal) throws -> PolicyDecision {
        try set(resource, identity, caller).decide(get(by: caller), FixedPolicyContext())
    }

    @Test(arguments: Resource.allCases, Identity.allCases) func userOfTheOwner(_ resource: Resource, _ identity: Identity) throws {
        let decision = try Self.decide(resource, identity, user("alice"))
        let isAllowed = resource != .deny && identity != .deny && (identity == .allow || resource == .everyone || resource == .direct)
        #expect(decision.isAllowed == isAllowed)
        if resource == .deny { #expect(decision == .deny(.resourcePolicy(statement: 0))) }
        if resource != .deny, identity == .deny { #expect(decision == .deny(.identityPolicy(policy: 1, statement: 0))) }
        if resource == .none, identity == .silent { #expect(decision == .deny(.noAllow)) }
        if resource == .account, identity == .none { #expect(decision == .deny(.noIdentityAllow)) }
        if resource == .everyone, identity == .silent { #expect(decision == .allow(.resourcePolicy(statement: 0))) }
        if resource == .everyone, identity == .allow { #expect(decision == .allow(.identityPolicy(policy: 1, statement: 0))) }
    }

    @Test(arguments: Resource.allCases, Identity.allCases) func userOfAnotherAccount(_ resource: Resource, _ identity: Identity) throws {
        let decision = try Self.decide(resource, identity, user("bob", of: other))
        #expect(decision.isAllowed == (resource != .deny && resource != .none && identity == .allow))
        if resource == .none, identity == .allow { #expect(decision == .deny(.noResourceAllow)) }
        if resource == .direct, identity == .none { #expect(decision == .deny(.noIdentityAllow)) }
        if resource == .direct, identity == .allow { #expect(decision == .allow(.resourcePolicy(statement: 0))) }
    }

    @Test(arguments: [Resource.none, .everyone, .account, .deny]) func roots(_ resource: Resource) throws {
        let ownerRoot = try Self.decide(resource, .none, root())
        #expect(ownerRoot == (resource == .deny ? .deny(.resourcePolicy(statement: 0)) : .allow(.rootOfOwner)))
        let otherRoot = try Self.decide(resource, .none, root(of: other))
        switch resource {
        case .deny: #expect(otherRoot == .deny(.resourcePolicy(statement: 0)))
        case .none: #expect(otherRoot == .deny(.noResourceAllow))
        default: #expect(otherRoot == .allow(.resourcePolicy(statement: 0)))
        }
    }

    @Test(arguments: [Resource.none, .everyone, .deny]) func anonymousCallers(_ resource: Resource) throws {
        #expect(try Self.decide(resource, .none, anonymous).isAllowed == (resource == .everyone))
    }

    /// The account of an anonymous caller means nothing, even if it is the owner's.
    @Test func anonymousIsOfNoAccount() throws {
        let caller = PolicyPrincipal(kind: .anonymous, account: owner, arn: "arn:aws:iam::\(owner):root")
        let set = PolicySet(owner: owner, resourcePolicy: nil)
        #expect(set.decide(get(by: caller), FixedPolicyContext()) == .deny(.noResourceAllow))
        #expect(set.decide(get(by: caller), FixedPolicyContext(), otherGrant: .everyone) == .allow(.otherGrant))
    }

    @Test func services() throws {
        let service = PolicyPrincipal(kind: .service, account: "", arn: "logging.s3.amazonaws.com")
        let text = #""Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:*", "Resource": "*""#
        let set = PolicySet(owner: owner, resourcePolicy: try bucketPolicy(statements(text)))
        #expect(set.decide(get(by: service), FixedPolicyContext()) == .allow(.resourcePolicy(statement: 0)))
        #expect(try !Self.decide(.everyone, .none, service).isAllowed)
    }

    @Test func grantsBesidePolicies() throws {
        func decide(_ resource: Resource, _ identity: Identity, _ caller: PolicyPrincipal, _ grant: PolicyGrant?) throws -> PolicyDecision {
            try Self.set(resource, identity, caller).decide(get(by: caller), FixedPolicyContext(), otherGrant: grant)
        }
        let bob = user("bob", of: other)
        #expect(try decide(.none, .allow, bob, .account) == .allow(.otherGrant))
        #expect(try decide(.none, .none, bob, .everyone) == .deny(.noIdentityAllow))
        #expect(try decide(.none, .none, root(of: other), .account) == .allow(.otherGrant))
        #expect(try decide(.none, .none, root(of: other), nil) == .deny(.noResourceAllow))
        #expect(try decide(.deny, .allow, bob, .everyone) == .deny(.resourcePolicy(statement: 0)))
        #expect(try decide(.none, .none, user("alice"), .account) == .deny(.noIdentityAllow))
        #expect(try decide(.account, .none, user("alice"), .everyone) == .allow(.otherGrant))
        #expect(try decide(.none, .none, anonymous, .everyone) == .allow(.otherGrant))
    }

    /// An ACL costs an index read: it is asked for only where it can matter.
    @Test func otherGrantsAreAskedForLast() throws {
        func asks(_ resource: Resource, _ identity: Identity, _ caller: PolicyPrincipal) throws -> Bool {
            var asked = false
            func grant() -> PolicyGrant? {
                asked = true
                return nil
            }
            _ = try Self.set(resource, identity, caller).decide(get(by: caller), FixedPolicyContext(), otherGrant: grant())
            return asked
        }
        #expect(try !asks(.none, .none, root()))
        #expect(try !asks(.none, .allow, user("alice")))
        #expect(try !asks(.everyone, .none, user("alice")))
        #expect(try !asks(.deny, .none, user("alice")))
        #expect(try !asks(.everyone, .none, anonymous))
        #expect(try asks(.none, .none, user("alice")))
        #expect(try asks(.none, .allow, user("bob", of: other)))
    }
}

@Suite struct ExplanationTests {
    static let text = statements(
        #""Sid": "TLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "#
            + #""Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
        #""Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*""#,
        #""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/b/*""#,
        #""Effect": "Allow", "Principal": {"AWS": "\#(other)"}, "Action": "s3:GetObject", "Resource": "*""#,
        #""Sid": "Office", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "#
            + #""Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}, "StringLike": {"aws:UserAgent": "a*"}}"#)

    @Test func saysWhyEachStatementMatchesOrNot() throws {
        let policy = try bucketPolicy(Self.text)
        let context = FixedPolicyContext(["aws:SecureTransport": .bool(true), "aws:SourceIp": .text("11.1.1.1")])
        let explanation = policy.explain(get(), context)
        #expect(explanation.outcome == .noMatch)
        #expect(explanation.deciding == nil)
        #expect(explanation.statements.map(\.verdict) == [.conditionFails, .otherAction, .otherResource, .otherPrincipal, .conditionFails])
        #expect(
            explanation.description == """
                statement 0 "TLS" (Deny) does not match: \
                Bool aws:SecureTransport ["false"] does not hold for aws:SecureTransport, which is "true"
                statement 1 (Allow) is for other actions
                statement 2 (Allow) is for other resources
                statement 3 (Allow) is for other principals
                statement 4 "Office" (Allow) does not match: \
                IpAddress aws:SourceIp ["10.0.0.0/8", "192.0.2.0/24"] does not hold for aws:SourceIp, which is "11.1.1.1"; \
                StringLike aws:UserAgent ["a*"] does not hold for aws:UserAgent, which the request does not have
                """)
    }

    @Test func namesTheDecidingStatement() throws {
        let policy = try bucketPolicy(Self.text)
        let allowed = policy.explain(get(), FixedPolicyContext(["aws:SourceIp": .text("10.1.1.1"), "aws:UserAgent": .text("aws")]))
        #expect(allowed.outcome == .allow(statement: 4, .everyone))
        #expect(allowed.deciding?.sid == "Office")
        #expect(allowed.deciding?.conditions.map(\.holds) == [true, true])
        let denied = policy.explain(get(), FixedPolicyContext(["aws:SecureTransport": .bool(false)]))
        #expect(denied.outcome == .explicitDeny(statement: 0))
        #expect(denied.deciding?.sid == "TLS")
        #expect(
            denied.deciding?.description
                == #"statement 0 "TLS" (Deny) matches; Bool aws:SecureTransport ["false"] holds for aws:SecureTransport, which is "false""#)
    }

    @Test func explainsADecision() throws {
        let identity = try identityPolicy(statements(#""Effect": "Allow", "Action": "sqs:*", "Resource": "*""#))
        var set = PolicySet(owner: owner, resourcePolicy: try bucketPolicy(Self.text), identityPolicies: [identity])
        let context = FixedPolicyContext(["aws:SourceIp": .text("10.1.1.1"), "aws:UserAgent": .text("aws")])
        let allowed = set.explain(get(), context)
        #expect(allowed.decision == .allow(.resourcePolicy(statement: 4)))
        #expect(allowed.decision == set.decide(get(), context))
        #expect(allowed.deciding?.sid == "Office")
        set.resourcePolicy = nil
        let denied = set.explain(get(), context)
        #expect(denied.decision == .deny(.noAllow))
        #expect(denied.deciding == nil)
        #expect(
            denied.description == """
                denied: no statement allows the action
                identity policy 0:
                statement 0 (Allow) is for other actions
                """)
    }
}
