import Policy

/// Measures one decision for policies such as buckets have, in nanoseconds, as many times as the first argument says.
@main struct PolicyBench {
    static func main() throws {
        let decisions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        for scenario in Scenario.all {
            let policy = try PolicyDocument(parsing: scenario.policy.utf8, rules: ResourcePolicyRules())
            let set = PolicySet(owner: "111122223333", resourcePolicy: policy)
            let clock = ContinuousClock()
            var allowed = 0
            let time = clock.measure {
                for _ in 0..<decisions where set.decide(scenario.request, scenario.context).isAllowed { allowed += 1 }
            }
            let nanoseconds = Double(time.components.attoseconds) / 1e9 + Double(time.components.seconds) * 1e9
            print("\(scenario.name): \(Int(nanoseconds / Double(decisions))) ns, \(allowed == decisions ? "allowed" : "denied")")
        }
    }
}

private struct Scenario {
    let name: String
    let policy: String
    let request: PolicyRequest
    let context: BenchContext

    static let all = [
        Scenario(
            name: "one public statement", policy: document([publicRead]), request: request(.user, "s3:GetObject", "site/index.html"),
            context: BenchContext()),
        Scenario(
            name: "five statements, the last allows", policy: document(typical),
            request: request(.user, "s3:GetObject", "home/alice/2026/07/report.pdf"), context: BenchContext()),
        Scenario(
            name: "five statements, nothing allows", policy: document(typical),
            request: request(.user, "s3:GetObject", "private/2026/07/report.pdf"), context: BenchContext()),
        Scenario(
            name: "five statements, an upload", policy: document(typical),
            request: request(.user, "s3:PutObject", "home/alice/2026/07/report.pdf"), context: BenchContext()),
        Scenario(
            name: "fifty statements", policy: document((0..<45).map(prefixRead) + typical),
            request: request(.user, "s3:GetObject", "home/alice/2026/07/report.pdf"), context: BenchContext()),
    ]

    static let publicRead = """
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
        """

    static let typical = [
        """
        {"Sid": "TLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        """,
        """
        {"Sid": "Encrypted", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::data/*",
         "Condition": {"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": ["AES256", "aws:kms"]}}}
        """,
        """
        {"Sid": "Office", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
         "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::data",
         "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24", "2001:db8::/32"]}}}
        """,
        """
        {"Sid": "Shared", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"]},
         "Action": ["s3:GetObject*", "s3:PutObject*"], "Resource": "arn:aws:s3:::data/shared/*",
         "Condition": {"StringLike": {"aws:UserAgent": ["*boto3*", "aws-cli/*"]}, "DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}}
        """,
        """
        {"Sid": "Home", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
         "Resource": "arn:aws:s3:::data/home/${aws:username}/*",
         "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}, "IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}
        """,
    ]

    static func prefixRead(_ number: Int) -> String {
        """
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/team-\(number)/*"}
        """
    }

    static func document(_ statements: [String]) -> String {
        #"{"Version": "2012-10-17", "Statement": [\#(statements.joined(separator: ","))]}"#
    }

    static func request(_ kind: PolicyPrincipal.Kind, _ action: String, _ key: String) -> PolicyRequest {
        let caller = PolicyPrincipal(kind: kind, account: "111122223333", arn: "arn:aws:iam::111122223333:user/alice")
        return PolicyRequest(principal: caller, action: action, resource: "arn:aws:s3:::data/\(key)")
    }
}

/// As a door would look keys up: nothing is made before it is asked for.
private struct BenchContext: PolicyContext {
    func values(of key: ConditionKey) -> ConditionValues {
        switch key.name {
        case "aws:securetransport": .bool(true)
        case "aws:sourceip": .text("198.51.100.77")
        case "aws:currenttime": .integer(1_780_000_000)
        case "aws:useragent": .text("Boto3/1.42.1 md/Botocore#1.42.1 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.12.3")
        case "aws:username": .text("alice")
        case "aws:principalaccount": .text("111122223333")
        default: .absent
        }
    }
}
