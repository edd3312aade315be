import Policy
import Testing

/// Whatever comes in is refused or compiled, and whatever was compiled decides.
@Suite struct HostileInputTests {
    static let seeds = [
        ExplanationTests.text, conditional("ForAnyValue:StringLikeIfExists", "aws:Key", #"["a${aws:username, 'x'}*", "${*}?"]"#),
        conditional("ArnLike", "aws:SourceArn", #""arn:aws:s3:::${aws:username}*""#),
        conditional("DateLessThan", "aws:Key", #""2026-01-01""#),
        conditional("NumericGreaterThan", "aws:Key", #"[1, "2.5e3", -7]"#),
        conditional("IpAddress", "aws:SourceIp", #"["::ffff:1.2.3.4/100"]"#),
        conditional("BinaryEquals", "aws:Key", #""YWJj""#), conditional("Null", "aws:Key", "true"),
        statements(
            #""Effect": "Deny", "NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:role/x/y"], "#
                + #""CanonicalUser": "abc", "Service": ["a.b"], "Federated": "c"}, "NotAction": "s3:*Ob?ect", "NotResource": "arn:aws:s3:::*/*""#
        ),
    ]

    static let contexts: [FixedPolicyContext] = [
        FixedPolicyContext(),
        FixedPolicyContext([
            "aws:key": .text("a*b"), "aws:username": .text("${*}é*"), "aws:sourceip": .text("::1"), "aws:sourcearn": .text("arn:a:b"),
        ]),
        FixedPolicyContext([
            "aws:key": .texts(["", "1", "YWJj"]), "aws:username": .texts([]), "aws:sourceip": .integer(.min),
            "aws:sourcearn": .text("arn:aws:s3:::\u{10FFFF}"),
        ]),
    ]

    /// Takes whatever compiles through everything that can be asked of it.
    static func exercise(_ bytes: [UInt8]) -> Bool {
        guard let policy = try? PolicyDocument(parsing: bytes, rules: ResourcePolicyRules()) else { return false }
        for context in contexts {
            for caller in [user("alice"), anonymous, session("x", "s")] {
                let request = get("arn:aws:s3:::data/ab", by: caller)
                #expect(policy.explain(request, context).outcome == policy.evaluate(request, context))
            }
        }
        _ = policy.isPublic
        for statement in policy.statements {
            for resource in statement.resources {
                let matches = resource.canMatch("arn:aws:s3:::data/ab")
                #expect(!matches || resource.canMatch(textBeginningWith: "arn:aws:s3:::da"))
            }
        }
        return true
    }

    @Test(arguments: 0..<20) func randomBytes(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<200 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if !bytes.isEmpty { bytes[0] = UInt8(ascii: "{") }
            #expect(!Self.exercise(bytes))
        }
    }

    /// Policies in which bytes are changed, left out, doubled and taken from others.
    @Test(arguments: 0..<20) func mutatedPolicies(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed) &+ 77)
        var compiled = 0
        for _ in 0..<300 {
            var bytes = Array(Self.seeds.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = Array(#"{}[]",:*?$'/.-0129aAZ \"#.utf8).randomElement(using: &random)!
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(bytes[index], at: index)
                default:
                    let other = Array(Self.seeds.randomElement(using: &random)!.utf8)
                    let start = Int.random(in: 0..<other.count, using: &random)
                    bytes.replaceSubrange(index..., with: other[start...])
                }
                if bytes.isEmpty { bytes = [UInt8(ascii: "{")] }
            }
            if Self.exercise(bytes) { compiled += 1 }
        }
        #expect(compiled > 30, "the mutations are not all refused: \(compiled)")
    }

    /// Every policy that is cut short is refused.
    @Test func prefixes() {
        for seed in Self.seeds {
            let bytes = Array(seed.utf8)
            #expect(Self.exercise(bytes))
            for count in 0..<bytes.count { #expect(!Self.exercise(Array(bytes[..<count]))) }
        }
    }

    @Test func largestPolicies() throws {
        let limit = ResourcePolicyRules.bucketPolicyBytesMax
        let head = #"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": ["#
        let item = #""arn:aws:s3:::data/*a*b*c*d","#
        let count = (limit - head.utf8.count - 100) / item.utf8.count
        let policy = try bucketPolicy(head + String(repeating: item, count: count) + #""arn:aws:s3:::x"]}}"#)
        #expect(policy.statements[0].resources.count == count + 1)
        #expect(!policy.allows(get("arn:aws:s3:::data/" + String(repeating: "abc", count: 340))))
        #expect(Self.exercise(Array((String(repeating: "[", count: 10_000)).utf8)) == false)
        #expect(MalformedTests.fault("{\"Statement\": " + String(repeating: "[", count: 10_000)) == .invalidJSON)
    }
}
