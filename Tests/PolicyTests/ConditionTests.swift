import Model
import Policy
import Testing

/// Each operator with values that compare, that do not, with a key that is missing, and with several values.
@Suite struct ConditionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let comparison: String
        let policy: String
        let request: ConditionValues
        let holds: Bool

        init(_ comparison: String, _ policy: String, _ request: ConditionValues, _ holds: Bool) {
            (self.comparison, self.policy, self.request, self.holds) = (comparison, policy, request, holds)
        }

        var testDescription: String { "\(comparison) \(policy) \(request)" }
    }

    static func holds(_ row: Row) throws -> Bool {
        let policy = try bucketPolicy(conditional(row.comparison, "aws:key", row.policy))
        let context = FixedPolicyContext(["aws:key": row.request])
        let outcome = policy.evaluate(get(), context)
        #expect(policy.explain(get(), context).outcome == outcome)
        return outcome.isAllow
    }

    @Test(arguments: strings + numbers + dates + others) func compares(_ row: Row) throws {
        #expect(try Self.holds(row) == row.holds)
    }

    /// The negation of an operator holds exactly when the operator does not, present or absent.
    @Test(arguments: strings + numbers + dates + others) func negates(_ row: Row) throws {
        let negations = [
            "StringEquals": "StringNotEquals", "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase", "StringLike": "StringNotLike",
            "NumericEquals": "NumericNotEquals", "DateEquals": "DateNotEquals", "IpAddress": "NotIpAddress", "ArnEquals": "ArnNotEquals",
            "ArnLike": "ArnNotLike",
        ]
        guard let negation = negations[row.comparison] else { return }
        #expect(try Self.holds(Row(negation, row.policy, row.request, !row.holds)) == !row.holds)
    }

    /// What AWS documents for a key that the request does not have.
    @Test(arguments: zip(samples.map(\.0), samples.map(\.1))) func missingKey(_ comparison: String, _ value: String) throws {
        let negated = comparison.contains("Not")
        func holds(_ name: String) throws -> Bool { try Self.holds(Row(name, value, .absent, true)) }
        #expect(try holds(comparison) == negated)
        #expect(try holds(comparison + "IfExists"))
        #expect(try holds("ForAllValues:" + comparison))
        #expect(try !holds("ForAnyValue:" + comparison))
        #expect(try holds("ForAllValues:\(comparison)IfExists"))
        #expect(try holds("ForAnyValue:\(comparison)IfExists"))
        #expect(try Self.holds(Row(comparison, value, .texts([]), true)) == negated, "no values are no key")
    }

    /// `IfExists` changes nothing for a key that is there.
    @Test(arguments: strings + numbers + dates + others) func ifExistsOfAPresentKey(_ row: Row) throws {
        guard !row.comparison.hasSuffix("Null") else { return }
        if case .absent = row.request { return }
        #expect(try Self.holds(Row(row.comparison + "IfExists", row.policy, row.request, row.holds)) == row.holds)
    }

    /// One value: a quantifier says the same as none.
    @Test(arguments: strings + numbers + dates + others) func quantifiersOfOneValue(_ row: Row) throws {
        guard !row.comparison.hasSuffix("Null") else { return }
        switch row.request {
        case .absent, .texts: return
        default: break
        }
        for quantifier in ["ForAllValues:", "ForAnyValue:"] {
            #expect(try Self.holds(Row(quantifier + row.comparison, row.policy, row.request, row.holds)) == row.holds, "\(quantifier)")
        }
    }

    @Test(arguments: severalValues) func quantifiers(_ row: Row) throws {
        #expect(try Self.holds(row) == row.holds)
    }

    @Test func allConditionsMustHold() throws {
        let policy = try bucketPolicy(
            statements(
                everything + #", "Condition": {"StringEquals": {"aws:a": "1", "aws:b": ["2", "3"]}, "Bool": {"aws:c": true}}"#))
        #expect(policy.allows(get(), ["aws:a": .text("1"), "aws:b": .text("3"), "aws:c": .bool(true)]))
        #expect(!policy.allows(get(), ["aws:a": .text("1"), "aws:b": .text("4"), "aws:c": .bool(true)]))
        #expect(!policy.allows(get(), ["aws:a": .text("2"), "aws:b": .text("3"), "aws:c": .bool(true)]))
        #expect(!policy.allows(get(), ["aws:a": .text("1"), "aws:b": .text("3")]))
    }

    @Test func namesOfKeysHaveNoCase() throws {
        let policy = try bucketPolicy(conditional("StringEquals", "AWS:KeY", #""x""#))
        #expect(policy.allows(get(), ["aws:key": .text("x")]))
    }

    @Test func aKeySaysItsFamilyAndTag() {
        let key = ConditionKey("s3:ExistingObjectTag/Team/One", number: 7)
        #expect(key.name == "s3:existingobjecttag/team/one")
        #expect(key.family == "s3:existingobjecttag")
        #expect(key.tag == "Team/One")
        #expect(key.number == 7)
        #expect(ConditionKey("aws:SourceIp").tag == nil)
        #expect(ConditionKey("aws:SourceIp").family == "aws:sourceip")
    }
}

extension ConditionTests {
    static let samples = [
        ("StringEquals", #""a""#), ("StringNotEquals", #""a""#), ("StringEqualsIgnoreCase", #""a""#),
        ("StringNotEqualsIgnoreCase", #""a""#),
        ("StringLike", #""a*""#), ("StringNotLike", #""a*""#), ("NumericEquals", "1"), ("NumericNotEquals", "1"), ("NumericLessThan", "1"),
        ("NumericLessThanEquals", "1"), ("NumericGreaterThan", "1"), ("NumericGreaterThanEquals", "1"), ("DateEquals", #""2026-01-01""#),
        ("DateNotEquals", #""2026-01-01""#), ("DateLessThan", #""2026-01-01""#), ("DateLessThanEquals", #""2026-01-01""#),
        ("DateGreaterThan", #""2026-01-01""#), ("DateGreaterThanEquals", #""2026-01-01""#), ("Bool", "true"), ("BinaryEquals", #""YQ==""#),
        ("IpAddress", #""10.0.0.0/8""#), ("NotIpAddress", #""10.0.0.0/8""#), ("ArnEquals", #""arn:aws:s3:::a""#),
        ("ArnNotEquals", #""arn:aws:s3:::a""#), ("ArnLike", #""arn:aws:s3:::a""#), ("ArnNotLike", #""arn:aws:s3:::a""#),
    ]

    static let strings: [Row] = [
        Row("StringEquals", #""a""#, .text("a"), true), Row("StringEquals", #""a""#, .text("A"), false),
        Row("StringEquals", #""a""#, .text("ab"), false), Row("StringEquals", #"["b", "a"]"#, .text("a"), true),
        Row("StringEquals", "[]", .text("a"), false), Row("StringEquals", #""""#, .text(""), true),
        Row("StringEquals", #""a*""#, .text("ab"), false), Row("StringEquals", #""a*""#, .text("a*"), true),
        Row("StringEquals", #""true""#, .bool(true), true), Row("StringEquals", "true", .text("true"), true),
        Row("StringEquals", #""12""#, .integer(12), true), Row("StringEquals", "12", .text("12"), true),
        Row("StringEquals", #""2026-01-02T03:04:05.000Z""#, .time(Timestamp(seconds: 1_767_323_045)), true),
        Row("StringEqualsIgnoreCase", #""aB-é""#, .text("Ab-é"), true), Row("StringEqualsIgnoreCase", #""a""#, .text("b"), false),
        Row("StringEqualsIgnoreCase", #""[""#, .text("{"), false), Row("StringEqualsIgnoreCase", #""@""#, .text("`"), false),
        Row("StringLike", #""a*""#, .text("abc"), true), Row("StringLike", #""a*""#, .text("ba"), false),
        Row("StringLike", #""a?c""#, .text("aéc"), true), Row("StringLike", #""a?c""#, .text("ac"), false),
        Row("StringLike", #""http://www.example.com/*""#, .text("http://www.example.com/"), true),
        Row("StringLike", #""http://www.example.com/*""#, .text("http://example.com"), false),
        Row("StringLike", #"["x", "*b*"]"#, .text("abc"), true), Row("StringLike", #""""#, .text(""), true),
        Row("StringLike", #""*""#, .text(""), true), Row("StringLike", #""A*""#, .text("abc"), false),
    ]

    static let numbers: [Row] = [
        Row("NumericEquals", "10", .text("10"), true), Row("NumericEquals", #""10""#, .integer(10), true),
        Row("NumericEquals", "10", .text("10.0"), true), Row("NumericEquals", "1e1", .integer(10), true),
        Row("NumericEquals", "10", .text("ten"), false), Row("NumericEquals", "[1, 2]", .integer(2), true),
        Row("NumericEquals", "9007199254740993", .integer(9_007_199_254_740_992), false),
        Row("NumericLessThan", "10", .integer(9), true), Row("NumericLessThan", "10", .integer(10), false),
        Row("NumericLessThan", "[5, 10]", .integer(7), true), Row("NumericLessThan", "0.5", .text("0.25"), true),
        Row("NumericLessThan", "10", .text("nan"), false), Row("NumericLessThan", "10", .text("-inf"), false),
        Row("NumericLessThan", "10", .text(""), false), Row("NumericLessThan", "10", .text("0x1"), false),
        Row("NumericLessThanEquals", "10", .integer(10), true), Row("NumericLessThanEquals", "10", .integer(11), false),
        Row("NumericGreaterThan", "10", .integer(11), true), Row("NumericGreaterThan", "10", .integer(10), false),
        Row("NumericGreaterThan", "-3", .integer(-2), true), Row("NumericGreaterThanEquals", "10", .integer(10), true),
        Row("NumericGreaterThanEquals", "10", .integer(9), false),
        Row("NumericGreaterThanEquals", "1767323045", .time(Timestamp(seconds: 1_767_323_045)), true),
    ]

    static let dates: [Row] = [
        Row("DateEquals", #""2026-01-02T03:04:05Z""#, .time(Timestamp(seconds: 1_767_323_045)), true),
        Row("DateEquals", #""2026-01-02T05:04:05+02:00""#, .time(Timestamp(seconds: 1_767_323_045)), true),
        Row("DateEquals", #""1767323045""#, .time(Timestamp(seconds: 1_767_323_045)), true),
        Row("DateEquals", "1767323045", .integer(1_767_323_045), true),
        Row("DateEquals", #""2026-01-02T03:04:05Z""#, .text("2026-01-02T03:04:05.000Z"), true),
        Row("DateEquals", #""2026-01-02T03:04:05Z""#, .text("yesterday"), false),
        Row("DateEquals", #""2026-01-02""#, .text("2026-01-02T00:00:00Z"), true),
        Row("DateEquals", #""2026-01""#, .text("2026-01-01T00:00:00Z"), true), Row("DateEquals", #""2026""#, .text("2026-01"), true),
        Row("DateEquals", #""2026-01-02T03:04Z""#, .text("2026-01-02T03:04:00Z"), true),
        Row("DateEquals", #""2026-01-02T03:04+01:00""#, .text("2026-01-02T02:04:00Z"), true),
        Row("DateLessThan", #""2026-01-02""#, .text("2026-01-01T23:59:59Z"), true),
        Row("DateLessThan", #""2026-01-02""#, .text("2026-01-02T00:00:00Z"), false),
        Row("DateLessThanEquals", #""2026-01-02""#, .text("2026-01-02T00:00:00Z"), true),
        Row("DateLessThanEquals", #""2026-01-02""#, .text("2026-01-02T00:00:01Z"), false),
        Row("DateGreaterThan", #""2026-01-02""#, .text("2026-01-02T00:00:01Z"), true),
        Row("DateGreaterThan", #""2026-01-02""#, .text("2026-01-02T00:00:00Z"), false),
        Row("DateGreaterThanEquals", #""2026-01-02""#, .text("2026-01-02T00:00:00Z"), true),
        Row("DateGreaterThanEquals", #""2026-01-02""#, .text("2026-01-01T00:00:00Z"), false),
        Row("DateGreaterThan", #""2026-01-02""#, .integer(Int64.max), false),
    ]

    static let others: [Row] = [
        Row("Bool", "true", .bool(true), true), Row("Bool", #""false""#, .bool(true), false), Row("Bool", #""true""#, .text("TRUE"), true),
        Row("Bool", "false", .text("no"), false), Row("Bool", #""TRUE""#, .bool(true), true),
        Row("Bool", "[true, false]", .bool(false), true),
        Row("BinaryEquals", #""QmluYXJ5VmFsdWVJbkJhc2U2NA==""#, .text("QmluYXJ5VmFsdWVJbkJhc2U2NA=="), true),
        Row("BinaryEquals", #""YQ==""#, .text("Yg=="), false), Row("BinaryEquals", #""YQ==""#, .text("a"), false),
        Row("IpAddress", #""203.0.113.0/24""#, .text("203.0.113.9"), true),
        Row("IpAddress", #""203.0.113.0/24""#, .text("203.0.114.9"), false),
        Row("IpAddress", #""203.0.113.9""#, .text("203.0.113.9"), true),
        Row("IpAddress", #""203.0.113.77/24""#, .text("203.0.113.9"), true),
        Row("IpAddress", #""0.0.0.0/0""#, .text("255.255.255.255"), true), Row("IpAddress", #""0.0.0.0/0""#, .text("::1"), false),
        Row("IpAddress", #""2001:db8::/32""#, .text("2001:DB8:ffff::1"), true),
        Row("IpAddress", #""2001:db8::/32""#, .text("2001:db9::1"), false), Row("IpAddress", #""::/0""#, .text("2001:db9::1"), true),
        Row("IpAddress", #""::/0""#, .text("10.0.0.1"), false), Row("IpAddress", #""10.0.0.0/8""#, .text("::ffff:10.1.2.3"), true),
        Row("IpAddress", #""::ffff:10.0.0.0/104""#, .text("10.1.2.3"), true), Row("IpAddress", #""10.0.0.0/8""#, .text("10.1.2"), false),
        Row("IpAddress", #""10.0.0.0/8""#, .text("unknown"), false), Row("IpAddress", #""10.0.0.0/16""#, .text("10.0.0.0/8"), false),
        Row("IpAddress", #"["10.0.0.0/8", "2001:db8::1"]"#, .text("2001:db8:0:0:0:0:0:1"), true),
        Row("ArnLike", #""arn:aws:s3:::data""#, .text("arn:aws:s3:::data"), true),
        Row("ArnLike", #""arn:aws:s3:::*""#, .text("arn:aws:s3:::data"), true),
        Row("ArnLike", #""arn:aws:iam::111122223333:user/*""#, .text("arn:aws:iam::111122223333:user/a/b"), true),
        Row("ArnLike", #""arn:*:iam::*:user/a""#, .text("arn:aws:iam::111122223333:user/a"), true),
        Row("ArnLike", #""arn:aws:*:user/a""#, .text("arn:aws:iam::111122223333:user/a"), false),
        Row("ArnLike", #""arn:aws:s3:*:data""#, .text("arn:aws:s3:::data"), false),
        Row("ArnLike", #""arn:aws:sns:*:*:topic:*""#, .text("arn:aws:sns:eu-west-1:1:topic:a:b"), true),
        Row("ArnLike", #""*""#, .text("arn:aws:s3:::data"), true), Row("ArnLike", #""*""#, .text("data"), false),
        Row("ArnLike", #""arn:aws:s3:::data""#, .text("data"), false), Row("ArnLike", #""data""#, .text("data"), false),
        Row("ArnEquals", #""arn:aws:s3:::da*""#, .text("arn:aws:s3:::data"), true),
        Row("ArnEquals", #""arn:aws:s3:::da""#, .text("arn:aws:s3:::data"), false),
        Row("Null", "true", .absent, true), Row("Null", #""false""#, .absent, false), Row("Null", #""true""#, .text(""), false),
        Row("Null", "false", .text(""), true), Row("Null", #"["true", "false"]"#, .absent, true), Row("Null", "true", .texts([]), true),
        Row("ForAllValues:Null", "true", .texts(["a"]), false),
    ]

    static let severalValues: [Row] = [
        // Without a quantifier one is enough, for a negated operator none may compare.
        Row("StringEquals", #""a""#, .texts(["a", "b"]), true), Row("StringEquals", #""c""#, .texts(["a", "b"]), false),
        Row("StringNotEquals", #""a""#, .texts(["a", "b"]), false), Row("StringNotEquals", #""c""#, .texts(["a", "b"]), true),
        Row("ForAllValues:StringEquals", #"["a", "b", "c"]"#, .texts(["a", "b"]), true),
        Row("ForAllValues:StringEquals", #"["a"]"#, .texts(["a", "b"]), false),
        Row("ForAllValues:StringNotEquals", #"["c"]"#, .texts(["a", "b"]), true),
        Row("ForAllValues:StringNotEquals", #"["a"]"#, .texts(["a", "b"]), false),
        Row("ForAnyValue:StringEquals", #"["b", "x"]"#, .texts(["a", "b"]), true),
        Row("ForAnyValue:StringEquals", #"["x"]"#, .texts(["a", "b"]), false),
        Row("ForAnyValue:StringNotEquals", #"["a"]"#, .texts(["a", "b"]), true),
        Row("ForAnyValue:StringNotEquals", #"["a", "b"]"#, .texts(["a", "b"]), false),
        Row("ForAllValues:StringLike", #"["a*"]"#, .texts(["ab", "ac"]), true),
        Row("ForAllValues:StringLike", #"["a*"]"#, .texts(["ab", "bc"]), false),
        Row("ForAnyValue:StringNotLike", #"["a*"]"#, .texts(["ab", "ac"]), false),
        Row("ForAllValues:NumericLessThan", "5", .texts(["1", "4"]), true),
        Row("ForAllValues:NumericLessThan", "5", .texts(["1", "5"]), false),
        Row("ForAnyValue:NumericGreaterThan", "4", .texts(["1", "5"]), true),
        Row("ForAnyValue:Bool", "true", .texts(["false", "true"]), true),
        Row("ForAllValues:IpAddress", #""10.0.0.0/8""#, .texts(["10.1.1.1", "11.1.1.1"]), false),
        Row("ForAllValues:ArnLike", #""arn:aws:s3:::*""#, .texts(["arn:aws:s3:::a", "arn:aws:s3:::b"]), true),
        Row("ForAnyValue:StringEquals", "[]", .texts(["a"]), false), Row("ForAllValues:StringEquals", "[]", .texts(["a"]), false),
        Row("ForAllValues:StringEquals", "[]", .texts([]), true),
    ]
}
