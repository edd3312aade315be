import Model
import Policy
import Testing

@Suite struct VariableTests {
    static func allows(_ resource: String, _ key: String, _ context: [String: ConditionValues], version: String = "2012-10-17") throws
        -> Bool
    {
        let text = #""Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::data/\#(resource)""#
        return try bucketPolicy(statements(text, version: version)).allows(get("arn:aws:s3:::data/" + key), context)
    }

    @Test(arguments: [
        ("${aws:username}/*", "alice/a", "alice", true), ("${aws:username}/*", "bob/a", "alice", false),
        ("${AWS:UserName}/*", "alice/a", "alice", true), ("x${aws:username}y", "xalicey", "alice", true),
        ("${aws:username}${aws:username}", "abab", "ab", true), ("${ aws:username }/*", "alice/a", "alice", true),
        // What is put in is never a wildcard.
        ("${aws:username}/*", "anything/a", "*", false), ("${aws:username}/*", "*/a", "*", true),
        ("${aws:username}/*", "bob/a", "b?b", false), ("${aws:username}/*", "b?b/a", "b?b", true),
        ("${aws:username}/*", "alice/a", "${aws:username}", false), ("${aws:username}", "${*}", "${*}", true),
        // Long values do not fit a short text, and an empty one is a value.
        (
            "${aws:username}", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            false
        ),
        ("${aws:username}/x", "/x", "", true),
    ]) func substitution(_ pattern: String, _ key: String, _ name: String, _ expected: Bool) throws {
        #expect(try Self.allows(pattern, key, ["aws:username": .text(name)]) == expected)
    }

    @Test(arguments: [
        ("${aws:username, 'guest'}/*", "guest/a", true), ("${aws:username, 'guest'}/*", "alice/a", false),
        ("${aws:username,'guest'}/*", "guest/a", true), ("${aws:username,  'a}b' }/*", "a}b/x", true),
        ("${aws:username, ''}/*", "/a", true), ("${aws:username, '*'}/*", "x/a", false), ("${aws:username, '*'}/*", "*/a", true),
        ("${aws:username}/*", "/a", false), ("${aws:username}/*", "${aws:username}/a", false),
    ]) func defaults(_ pattern: String, _ key: String, _ expected: Bool) throws {
        #expect(try Self.allows(pattern, key, [:]) == expected)
    }

    @Test func aValueComesBeforeTheDefault() throws {
        #expect(try Self.allows("${aws:username, 'guest'}/*", "alice/a", ["aws:username": .text("alice")]))
        #expect(try !Self.allows("${aws:username, 'guest'}/*", "guest/a", ["aws:username": .text("alice")]))
    }

    @Test(arguments: [
        ("a${*}b", "a*b", true), ("a${*}b", "axb", false), ("a${?}b", "a?b", true), ("a${?}b", "axb", false), ("a${$}b", "a$b", true),
        ("${$}{aws:username}", "${aws:username}", true), ("a${*}*", "a*zzz", true), ("a${", "a${", true), ("a${}", "a${}", true),
        ("a${aws:username", "a${aws:username", true), ("a${aws:username, x}", "a${aws:username, x}", true), ("a$b", "a$b", true),
        ("$", "$", true),
    ]) func escapes(_ pattern: String, _ key: String, _ expected: Bool) throws {
        #expect(try Self.allows(pattern, key, ["aws:username": .text("alice")]) == expected)
    }

    @Test func theOldVersionKnowsNone() throws {
        let context: [String: ConditionValues] = ["aws:username": .text("alice")]
        #expect(try !Self.allows("${aws:username}/*", "alice/a", context, version: "2008-10-17"))
        #expect(try Self.allows("${aws:username}/*", "${aws:username}/a", context, version: "2008-10-17"))
        #expect(try Self.allows("${*}", "${anything}", context, version: "2008-10-17"))
        let unversioned =
            #"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::data/${aws:username}"}}"#
        #expect(try !bucketPolicy(unversioned).allows(get("arn:aws:s3:::data/alice"), context))
    }

    @Test func valuesOfEveryType() throws {
        #expect(try Self.allows("${aws:number}", "12", ["aws:number": .integer(12)]))
        #expect(try Self.allows("${aws:flag}", "true", ["aws:flag": .bool(true)]))
        #expect(try Self.allows("${aws:list}", "a", ["aws:list": .texts(["a"])]))
        #expect(try !Self.allows("${aws:list}", "a", ["aws:list": .texts(["a", "b"])]), "several values are none")
        #expect(try Self.allows("${aws:time}", "2026-01-02T03:04:05.000Z", ["aws:time": .time(Timestamp(seconds: 1_767_323_045))]))
    }

    @Test(arguments: [
        ("StringEquals", "home/${aws:username}", "home/alice", true), ("StringEquals", "home/${aws:username}", "home/bob", false),
        ("StringNotEquals", "${aws:username}", "bob", true), ("StringLike", "home/${aws:username}/*", "home/alice/x", true),
        ("StringLike", "${aws:star}", "anything", false), ("StringLike", "${aws:star}", "*", true),
        ("StringLike", "${aws:missing}", "anything", false), ("StringNotLike", "${aws:missing}", "anything", true),
        ("StringEqualsIgnoreCase", "${aws:username}", "ALICE", true), ("StringEquals", "${*}", "*", true),
        ("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/alice", true),
        ("ArnLike", "arn:aws:iam::${aws:account}:user/*", "arn:aws:iam::1:user/alice", true),
        ("ArnLike", "arn:aws:iam::${aws:colons}:user/*", "arn:aws:iam::1:2:user/alice", false),
        ("ArnEquals", "arn:aws:s3:::${aws:star}", "arn:aws:s3:::data", false),
    ]) func conditions(_ comparison: String, _ value: String, _ request: String, _ expected: Bool) throws {
        let policy = try bucketPolicy(conditional(comparison, "aws:key", #""\#(value)""#))
        let context: [String: ConditionValues] = [
            "aws:key": .text(request), "aws:username": .text("alice"), "aws:star": .text("*"), "aws:account": .text("1"),
            "aws:colons": .text("1:2"),
        ]
        #expect(policy.allows(get(), context) == expected)
    }

    /// Without the name nobody knows what NotResource leaves out.
    @Test func aNotResourceWithoutItsVariableOpensNothing() throws {
        let text = #""Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::data/${aws:username}/*""#
        let allow = try bucketPolicy(statements(#""Effect": "Allow", "# + text))
        let deny = try bucketPolicy(statements(#""Effect": "Deny", "# + text))
        #expect(!allow.allows(get()))
        #expect(deny.evaluate(get(), FixedPolicyContext()) == .explicitDeny(statement: 0))
        #expect(allow.allows(get(), ["aws:username": .text("alice")]))
        #expect(!allow.allows(get("arn:aws:s3:::data/alice/x"), ["aws:username": .text("alice")]))
    }
}
