import Model
import Policy

/// Whatever is written as a policy is refused or compiled; what was compiled decides and explains with one voice, and what its
/// patterns match now they can match.
package func fuzzPolicy(_ bytes: UnsafeRawBufferPointer) {
    guard let policy = try? PolicyDocument(parsing: bytes, rules: ResourcePolicyRules()) else { return }
    let resource = "arn:aws:s3:::data/ab"
    let callers = [
        PolicyPrincipal(kind: .anonymous, account: "", arn: ""),
        PolicyPrincipal(kind: .user, account: "111122223333", arn: "arn:aws:iam::111122223333:user/alice"),
        PolicyPrincipal(kind: .assumedRole, account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/x/s"),
    ]
    for context in contexts {
        for caller in callers {
            let request = PolicyRequest(principal: caller, action: "s3:GetObject", resource: resource)
            let outcome = policy.evaluate(request, context)
            precondition(policy.explain(request, context).outcome == outcome, "an evaluation and its explanation differ")
            guard let index = outcome.statement, !policy.statements[index].excludesResources else { continue }
            precondition(policy.statements[index].resources.contains { $0.canMatch(resource) }, "a pattern matched what it cannot match")
        }
    }
    precondition(policy.isPublic == (policy.firstPublicStatement != nil), "public without a public statement")
}

/// Values that begin what policies of the corpus ask for, none, and values of other types.
private let contexts = [
    FixedPolicyContext(),
    FixedPolicyContext([
        "aws:key": .text("a*b"), "aws:username": .text("${*}é*"), "aws:sourceip": .text("::1"), "aws:sourcearn": .text("arn:aws:s3:::*"),
    ]),
    FixedPolicyContext([
        "aws:key": .texts(["", "1", "YWJj"]), "aws:username": .texts([]), "aws:sourceip": .integer(.min),
        "aws:sourcearn": .time(Timestamp(seconds: 0)),
    ]),
]

extension PolicyOutcome {
    fileprivate var statement: Int? {
        switch self {
        case .noMatch: nil
        case .allow(let statement, _), .explicitDeny(let statement): statement
        }
    }
}

extension FuzzCorpus {
    static let policy = [
        #"{"Version": "2012-10-17", "Id": "x", "Statement": [{"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "#
            + #""Resource": "arn:aws:s3:::data/${aws:username, 'a'}*", "Condition": {"StringLike": {"aws:Key": ["a${*}?", "*"]}}}]}"#,
        #"{"Statement": {"Effect": "Deny", "NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:role/x"], "Service": "s"}, "#
            + #""NotAction": "s3:*Ob?ect", "NotResource": ["arn:aws:s3:::*/x"], "Condition": {"IpAddress": {"aws:SourceIp": "::/0"}}}}"#,
        #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*", "#
            + #""Condition": {"ForAnyValue:ArnLikeIfExists": {"aws:SourceArn": "arn:*:s3:::${aws:username}"}, "#
            + #""NumericLessThan": {"aws:Key": [1, "2.5e3"]}, "DateGreaterThan": {"aws:Key": "2026-01-01T00:00Z"}, "#
            + #""BinaryEquals": {"aws:Key": "YWJj"}, "Bool": {"aws:Key": true}, "Null": {"aws:Key": "false"}}}]}"#,
    ]
}
