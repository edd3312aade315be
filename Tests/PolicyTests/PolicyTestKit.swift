import Policy

// Short ways to say a policy, a caller and a request.

let owner = "111122223333"
let other = "444455556666"

func bucketPolicy(_ text: String) throws(PolicyError) -> PolicyDocument {
    try PolicyDocument(parsing: text.utf8, rules: ResourcePolicyRules())
}

func identityPolicy(_ text: String) throws(PolicyError) -> PolicyDocument {
    try PolicyDocument(parsing: text.utf8, rules: IdentityPolicyRules())
}

/// A bucket policy of statements without version; each misses the braces.
func statements(_ texts: String..., version: String = "2012-10-17") -> String {
    #"{"Version": "\#(version)", "Statement": [\#(texts.map { "{\($0)}" }.joined(separator: ","))]}"#
}

let everything = #""Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*""#

/// An Allow of everything under a condition.
func conditional(_ comparison: String, _ key: String, _ values: String, version: String = "2012-10-17") -> String {
    statements(everything + #", "Condition": {"\#(comparison)": {"\#(key)": \#(values)}}"#, version: version)
}

func user(_ name: String, of account: String = owner) -> PolicyPrincipal {
    PolicyPrincipal(kind: .user, account: account, arn: "arn:aws:iam::\(account):user/\(name)", canonicalID: canonicalID(of: account))
}

func root(of account: String = owner) -> PolicyPrincipal {
    PolicyPrincipal(kind: .root, account: account, arn: "arn:aws:iam::\(account):root", canonicalID: canonicalID(of: account))
}

func session(_ role: String, _ name: String, of account: String = owner) -> PolicyPrincipal {
    PolicyPrincipal(kind: .assumedRole, account: account, arn: "arn:aws:sts::\(account):assumed-role/\(role)/\(name)")
}

let anonymous = PolicyPrincipal(kind: .anonymous, account: "", arn: "arn:aws:iam:::anonymous", canonicalID: canonicalID(of: "0"))

func canonicalID(of account: String) -> String { String(repeating: account.last.map(String.init) ?? "0", count: 64) }

func get(
    _ resource: String = "arn:aws:s3:::data/a.txt", by principal: PolicyPrincipal = user("alice"), action: String = "s3:GetObject"
) -> PolicyRequest {
    PolicyRequest(principal: principal, action: action, resource: resource)
}

extension PolicyDocument {
    func allows(_ request: PolicyRequest, _ context: [String: ConditionValues] = [:]) -> Bool {
        evaluate(request, FixedPolicyContext(context)).isAllow
    }
}

/// The same numbers for the same seed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
