import Policy
import Testing

@Suite struct WildcardTests {
    /// The definition, tried in all ways.
    static func naive(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return naive(pattern.dropFirst(), text) || (!text.isEmpty && naive(pattern, text.dropFirst()))
        }
        guard let next = text.first, first == "?" || first == next else { return false }
        return naive(pattern.dropFirst(), text.dropFirst())
    }

    static func policy(resource: String) throws -> PolicyDocument {
        try bucketPolicy(statements(#""Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::\#(resource)""#))
    }

    @Test(arguments: 0..<40) func matchesLikeTheNaiveOne(_ seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<100 {
            let pattern = String((0..<Int.random(in: 1...9, using: &random)).map { _ in "**??abé".randomElement(using: &random)! })
            let policy = try Self.policy(resource: pattern)
            for _ in 0..<10 {
                let text = String((0..<Int.random(in: 0...9, using: &random)).map { _ in "abé".randomElement(using: &random)! })
                let expected = Self.naive(Array(pattern)[...], Array(text)[...])
                #expect(policy.allows(get("arn:aws:s3:::" + text)) == expected, "seed \(seed): \(pattern) \(text)")
                let compiled = policy.statements[0].resources[0]
                #expect(compiled.canMatch("arn:aws:s3:::" + text) == expected)
                if expected {
                    let prefix = String(text.prefix(Int.random(in: 0...text.count, using: &random)))
                    #expect(compiled.canMatch(textBeginningWith: "arn:aws:s3:::" + prefix), "seed \(seed): \(pattern) \(prefix)")
                }
            }
        }
    }

    /// What a prefix can be gone on with is found by trying all short endings.
    @Test(arguments: 0..<20) func prefixesLikeTheNaiveOne(_ seed: Int) throws {
        var random = SplitMix(state: UInt64(seed) &+ 1000)
        var endings = [""]
        for length in 0..<4 {
            endings += endings.filter { $0.count == length }.flatMap { ending in ["a", "b"].map { ending + $0 } }
        }
        for _ in 0..<50 {
            let pattern = String((0..<Int.random(in: 1...4, using: &random)).map { _ in "*?ab".randomElement(using: &random)! })
            let compiled = try Self.policy(resource: pattern).statements[0].resources[0]
            let prefix = String((0..<Int.random(in: 0...4, using: &random)).map { _ in "ab".randomElement(using: &random)! })
            let expected = endings.contains { Self.naive(Array(pattern)[...], Array(prefix + $0)[...]) }
            #expect(compiled.canMatch(textBeginningWith: "arn:aws:s3:::" + prefix) == expected, "seed \(seed): \(pattern) \(prefix)")
        }
    }

    @Test(arguments: [
        ("s3:GetObject", "s3:GetObject", true), ("s3:getobject", "s3:GetObject", true), ("S3:GETOBJECT", "s3:GetObject", true),
        ("s3:Get*", "s3:GetObject", true), ("s3:Get*", "s3:PutObject", false), ("s3:*", "s3:PutObject", true),
        ("*", "sqs:SendMessage", true), ("*:*", "s3:GetObject", true), ("s3:?etObject", "s3:GetObject", true),
        ("s3:GetObject", "s3:GetObjectAcl", false), ("s3:*Object*", "s3:GetObjectAcl", true), ("sqs:*", "s3:GetObject", false),
    ]) func actions(_ pattern: String, _ action: String, _ expected: Bool) throws {
        let positive = try bucketPolicy(
            statements(#""Effect": "Allow", "Principal": "*", "Action": "\#(pattern)", "Resource": "*""#))
        let negative = try bucketPolicy(
            statements(#""Effect": "Allow", "Principal": "*", "NotAction": ["sns:Publish", "\#(pattern)"], "Resource": "*""#))
        #expect(positive.allows(get(action: action)) == expected)
        #expect(negative.allows(get(action: action)) == !expected)
        #expect(positive.statements[0].appliesTo(action: action) == expected)
        #expect(negative.statements[0].appliesTo(action: action) == !expected)
    }

    @Test(arguments: [
        ("arn:aws:s3:::data", "arn:aws:s3:::data", true), ("arn:aws:s3:::data/*", "arn:aws:s3:::data/a/b", true),
        ("arn:aws:s3:::data/*", "arn:aws:s3:::data", false), ("arn:aws:s3:::*", "arn:aws:s3:::data", true),
        ("arn:aws:s3:::*/*", "arn:aws:s3:::data/a", true), ("arn:aws:s3:::Data", "arn:aws:s3:::data", false),
        ("arn:aws:s3:::da?a/?", "arn:aws:s3:::data/x", true), ("*", "arn:aws:s3:::data/x", true),
        ("arn:aws:s3:::data/*.jpg", "arn:aws:s3:::data/.jpg.jpg", true), ("arn:*", "arn:aws:s3:::data", true),
        ("arn:aws:s3:::data/a*", "arn:aws:s3:::data/b", false),
    ]) func resources(_ pattern: String, _ resource: String, _ expected: Bool) throws {
        let positive = try bucketPolicy(statements(#""Effect": "Allow", "Principal": "*", "Action": "*", "Resource": ["\#(pattern)"]"#))
        let negative = try bucketPolicy(statements(#""Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": "\#(pattern)""#))
        #expect(positive.allows(get(resource)) == expected)
        #expect(negative.allows(get(resource)) == !expected)
    }

    /// A pattern of many stars against a text that fits until its end takes steps, not years.
    @Test func manyStars() throws {
        let policy = try Self.policy(resource: String(repeating: "a*", count: 2000) + "b")
        #expect(!policy.allows(get("arn:aws:s3:::" + String(repeating: "a", count: 10_000))))
        #expect(policy.allows(get("arn:aws:s3:::" + String(repeating: "a", count: 10_000) + "b")))
        #expect(!(try Self.policy(resource: String(repeating: "?*", count: 2000))).allows(get("arn:aws:s3:::aaa")))
    }

    @Test func fixedAndOpenPatterns() throws {
        func pattern(_ text: String) throws -> WildcardPattern { try Self.policy(resource: text).statements[0].resources[0] }
        #expect(try pattern("data/a").isFixed)
        #expect(try pattern("data/${*}").isFixed)
        #expect(try !pattern("data/*").isFixed)
        #expect(try !pattern("data/${aws:username}").isFixed)
        #expect(try !pattern("*").matchesEverything)
        #expect(try bucketPolicy(statements(everything)).statements[0].resources[0].matchesEverything)
        #expect(try pattern("${aws:username}/a").canMatch("arn:aws:s3:::anybody/a"))
        #expect(try pattern("${aws:username}/a").canMatch(textBeginningWith: "arn:aws:s3:::anybody/"))
    }
}
