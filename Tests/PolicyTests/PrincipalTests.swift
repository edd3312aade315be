import Model
import Policy
import Testing

@Suite struct PrincipalTests {
    static let canonical = canonicalID(of: other)

    static func grant(_ principal: String, _ caller: PolicyPrincipal) throws -> PolicyGrant? {
        let text = #""Effect": "Allow", "Principal": \#(principal), "Action": "*", "Resource": "*""#
        switch try bucketPolicy(statements(text)).evaluate(get(by: caller), FixedPolicyContext()) {
        case .allow(_, let grant): return grant
        case .noMatch, .explicitDeny: return nil
        }
    }

    static let service = PolicyPrincipal(kind: .service, account: "", arn: "logging.s3.amazonaws.com")
    static let federated = PolicyPrincipal(kind: .federated, account: "", arn: "accounts.google.com")
    static let federatedUser = PolicyPrincipal(kind: .federatedUser, account: owner, arn: "arn:aws:sts::\(owner):federated-user/fred")

    static let rows: [(String, PolicyPrincipal, PolicyGrant?)] = [
        (#""*""#, anonymous, .everyone), (#""*""#, user("alice"), .everyone), (#""*""#, root(of: other), .everyone),
        (#"{"AWS": "*"}"#, anonymous, .everyone), (#"{"AWS": ["*"]}"#, user("alice", of: other), .everyone),
        (#""*""#, service, nil), (#"{"AWS": "*"}"#, service, nil), (#""*""#, federated, .everyone),
        (#"{"AWS": "\#(other)"}"#, root(of: other), .account), (#"{"AWS": "\#(other)"}"#, user("bob", of: other), .account),
        (#"{"AWS": "arn:aws:iam::\#(other):root"}"#, user("bob", of: other), .account),
        (#"{"AWS": "arn:aws:iam::\#(other):root"}"#, session("reader", "s", of: other), .account),
        (#"{"AWS": "\#(other)"}"#, user("alice"), nil), (#"{"AWS": "\#(owner)"}"#, anonymous, nil),
        (#"{"AWS": "arn:aws:iam::\#(owner):user/alice"}"#, user("alice"), .direct),
        (#"{"AWS": "arn:aws:iam::\#(owner):user/team/alice"}"#, user("alice"), nil),
        (#"{"AWS": "arn:aws:iam::\#(owner):user/team/alice"}"#, user("team/alice"), .direct),
        (#"{"AWS": "arn:aws:iam::\#(owner):user/Alice"}"#, user("alice"), nil),
        (#"{"AWS": "arn:aws:iam::\#(owner):user/alice"}"#, root(), nil),
        (#"{"AWS": ["\#(owner)", "arn:aws:iam::\#(owner):user/alice"]}"#, user("alice"), .direct),
        (#"{"AWS": ["arn:aws:iam::\#(owner):user/alice", "\#(owner)"]}"#, user("bob"), .account),
        (#"{"AWS": "arn:aws:iam::\#(owner):role/reader"}"#, session("reader", "s"), .direct),
        (#"{"AWS": "arn:aws:iam::\#(owner):role/path/reader"}"#, session("reader", "s"), .direct),
        (#"{"AWS": "arn:aws:iam::\#(owner):role/reader"}"#, session("readers", "s"), nil),
        (#"{"AWS": "arn:aws:iam::\#(owner):role/reader"}"#, session("reader", "s", of: other), nil),
        (#"{"AWS": "arn:aws:iam::\#(owner):role/reader"}"#, user("reader"), nil),
        (#"{"AWS": "arn:aws:sts::\#(owner):assumed-role/reader/s"}"#, session("reader", "s"), .direct),
        (#"{"AWS": "arn:aws:sts::\#(owner):assumed-role/reader/s"}"#, session("reader", "t"), nil),
        (#"{"AWS": "arn:aws:sts::\#(owner):federated-user/fred"}"#, federatedUser, .direct),
        (#"{"AWS": "\#(owner)"}"#, federatedUser, .account),
        (#"{"CanonicalUser": "\#(canonical)"}"#, user("bob", of: other), .account),
        (#"{"CanonicalUser": "\#(canonical)"}"#, user("alice"), nil), (#"{"CanonicalUser": "\#(canonicalID(of: "0"))"}"#, anonymous, nil),
        (#"{"Service": "logging.s3.amazonaws.com"}"#, service, .direct), (#"{"Service": "logging.s3.amazonaws.comkaboom"}"#, service, nil),
        (#"{"Service": ["a.amazonaws.com", "logging.s3.amazonaws.com"]}"#, service, .direct),
        (#"{"Service": "logging.s3.amazonaws.com"}"#, anonymous, nil), (#"{"Federated": "accounts.google.com"}"#, federated, .direct),
        (#"{"Federated": "accounts.google.com", "AWS": "\#(owner)"}"#, user("alice"), .account),
    ]

    @Test(arguments: rows.indices) func principals(_ index: Int) throws {
        let (principal, caller, expected) = Self.rows[index]
        #expect(try Self.grant(principal, caller) == expected, "\(principal) \(caller.arn)")
    }

    /// A Deny reaches whomever an Allow would, and services with everybody.
    @Test(arguments: rows.indices) func denies(_ index: Int) throws {
        let (principal, caller, expected) = Self.rows[index]
        let text = #""Effect": "Deny", "Principal": \#(principal), "Action": "*", "Resource": "*""#
        let outcome = try bucketPolicy(statements(text)).evaluate(get(by: caller), FixedPolicyContext())
        let isEverybody = principal.contains("*")
        #expect(outcome == (expected != nil || isEverybody ? .explicitDeny(statement: 0) : .noMatch))
    }

    /// Whether a Deny for all but these principals reaches the caller.
    static let exemptions: [(String, PolicyPrincipal, Bool)] = [
        (#"{"AWS": ["arn:aws:iam::\#(owner):user/alice", "arn:aws:iam::\#(owner):root"]}"#, user("alice"), false),
        (#"{"AWS": ["arn:aws:iam::\#(owner):user/alice", "arn:aws:iam::\#(owner):root"]}"#, user("bob"), true),
        (#"{"AWS": ["arn:aws:iam::\#(owner):user/alice", "arn:aws:iam::\#(owner):root"]}"#, root(), false),
        (#"{"AWS": "arn:aws:iam::\#(owner):user/alice"}"#, user("alice"), true),
        (#"{"AWS": "arn:aws:iam::\#(owner):root"}"#, user("alice"), true), (#"{"AWS": "\#(owner)"}"#, root(), false),
        (#"{"AWS": "\#(owner)"}"#, root(of: other), true), (#"{"AWS": "\#(owner)"}"#, anonymous, true),
        (#"{"CanonicalUser": "\#(canonical)"}"#, root(of: other), false),
        (
            #"{"AWS": ["\#(owner)", "arn:aws:iam::\#(owner):role/reader", "arn:aws:sts::\#(owner):assumed-role/reader/s"]}"#,
            session("reader", "s"), false
        ),
        (#"{"AWS": ["\#(owner)", "arn:aws:iam::\#(owner):role/reader"]}"#, session("reader", "s"), true),
        (#"{"AWS": ["\#(owner)", "arn:aws:sts::\#(owner):assumed-role/reader/s"]}"#, session("reader", "s"), true),
        (#"{"Service": "logging.s3.amazonaws.com"}"#, service, false), (#"{"Service": "other.amazonaws.com"}"#, service, true),
        (#"{"Federated": "accounts.google.com"}"#, federated, false), (#""*""#, anonymous, false),
    ]

    @Test(arguments: exemptions.indices) func notPrincipal(_ index: Int) throws {
        let (principal, caller, denied) = Self.exemptions[index]
        let text = #""Effect": "Deny", "NotPrincipal": \#(principal), "Action": "*", "Resource": "*""#
        let outcome = try bucketPolicy(statements(text)).evaluate(get(by: caller), FixedPolicyContext())
        #expect(outcome == (denied ? .explicitDeny(statement: 0) : .noMatch), "\(principal) \(caller.arn)")
    }

    /// The strongest grant of several statements counts, and the first of these.
    @Test func theStrongestGrantCounts() throws {
        func allow(_ principal: String) -> String { #""Effect": "Allow", "Principal": \#(principal), "Action": "*", "Resource": "*""# }
        let account = allow(#"{"AWS": "\#(owner)"}"#)
        let direct = allow(#"{"AWS": "arn:aws:iam::\#(owner):user/alice"}"#)
        func outcome(_ texts: String...) throws -> PolicyOutcome {
            let text = #"{"Statement": [\#(texts.map { "{\($0)}" }.joined(separator: ","))]}"#
            return try bucketPolicy(text).evaluate(get(), FixedPolicyContext())
        }
        #expect(try outcome(account, allow(#""*""#), direct, direct) == .allow(statement: 2, .direct))
        #expect(try outcome(account, account) == .allow(statement: 0, .account))
        #expect(try outcome(allow(#""*""#), account) == .allow(statement: 0, .everyone))
        let deny = #""Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*""#
        #expect(try outcome(direct, account, deny, deny) == .explicitDeny(statement: 2))
    }

    @Test(arguments: [
        ("iam", "root", PolicyPrincipal.Kind.root), ("iam", "user/team/alice", .user), ("sts", "assumed-role/reader/s", .assumedRole),
        ("sts", "federated-user/fred", .federatedUser),
    ]) func callersOfRequests(_ service: String, _ resource: String, _ kind: PolicyPrincipal.Kind) throws {
        let account = try #require(AccountID(owner))
        let arn = ARN(service: service, region: "", account: owner, resource: resource)
        func principal(isAnonymous: Bool) -> PolicyPrincipal {
            PolicyPrincipal(
                Principal(account: account, arn: arn, accessKeyID: nil, canonicalID: "c", displayName: "d", isAnonymous: isAnonymous))
        }
        let caller = principal(isAnonymous: false)
        #expect(caller.kind == kind)
        #expect(caller.account == owner)
        #expect(caller.arn == "arn:aws:\(service)::\(owner):\(resource)")
        #expect(caller.canonicalID == "c")
        #expect(principal(isAnonymous: true).kind == .anonymous)
    }
}
