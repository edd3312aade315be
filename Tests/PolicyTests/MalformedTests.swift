import Policy
import Testing

@Suite struct MalformedTests {
    static func fault(_ text: String, _ rules: some PolicyRules = ResourcePolicyRules()) -> PolicyError? {
        do throws(PolicyError) {
            _ = try PolicyDocument(parsing: text.utf8, rules: rules)
            return nil
        } catch {
            return error
        }
    }

    /// Elements of a statement that is well-formed, of which a test replaces or leaves out some.
    static func statement(_ changes: [String: String?]) -> String {
        var elements: [String: String] = ["Effect": #""Allow""#, "Principal": #""*""#, "Action": #""s3:GetObject""#, "Resource": #""*""#]
        for (name, value) in changes { elements[name] = value }
        return elements.sorted { $0.key < $1.key }.map { #""\#($0.key)": \#($0.value)"# }.joined(separator: ", ")
    }

    static func fault(changing changes: [String: String?], _ rules: some PolicyRules = ResourcePolicyRules()) -> PolicyError? {
        fault(statements(statement(changes)), rules)
    }

    @Test(arguments: [
        ("", PolicyError.firstByteIsNotBrace), ("hello", .firstByteIsNotBrace), (" {}", .firstByteIsNotBrace), ("[]", .firstByteIsNotBrace),
        ("{", .invalidJSON), ("{}}", .invalidJSON), (#"{"Version": 1, }"#, .invalidJSON), (#"{"a": 01}"#, .invalidJSON),
        (#"{"Statement": {}, "Statement": {}}"#, .invalidJSON), (#"{"Statement": [[[[[[[[[]]]]]]]]]}"#, .invalidJSON),
        ("{}", .missingField("Statement")), (#"{"Version": "2012-10-17"}"#, .missingField("Statement")),
        (#"{"Statement": []}"#, .emptyStatement), (#"{"Statement": {}}"#, .emptyStatement), (#"{"Statement": [{}]}"#, .emptyStatement),
        (#"{"Statement": "x"}"#, .syntax("Statement")), (#"{"Statement": [1]}"#, .syntax("Statement")),
        (#"{"Statement": null}"#, .syntax("Statement")), (#"{"Version": "2012-10-18", "Statement": []}"#, .invalidVersion),
        (#"{"Version": 2012, "Statement": []}"#, .invalidVersion), (#"{"version": "2012-10-17"}"#, .unknownField("version")),
        (#"{"Statement": [], "Extra": 1}"#, .unknownField("Extra")), (#"{"Id": 1, "Statement": []}"#, .syntax("Id")),
    ]) func documents(_ text: String, _ expected: PolicyError) {
        #expect(Self.fault(text) == expected)
    }

    static let statementRows: [([String: String?], PolicyError?)] = [
        ([:], nil), (["Sid": #""Allow Public Access to All Objects""#], nil), (["Condition": "{}"], nil),
        (["Condition": #"{"StringEquals": {}}"#], nil), (["Effect": nil], .missingField("Effect")),
        (["Effect": #""Hello""#], .invalidEffect("Hello")), (["Effect": #""allow""#], .invalidEffect("allow")),
        (["Effect": "1"], .syntax("Effect")), (["Sid": "7"], .syntax("Sid")), (["Efect": #""Allow""#], .unknownField("Efect")),
        (["Principal": nil], .missingField("Principal")), (["Action": nil], .missingField("Action")),
        (["Resource": nil], .missingField("Resource")), (["Action": "[]"], .invalidAction), (["Action": "1"], .invalidAction),
        (["Action": #"["s3:GetObject", 1]"#], .invalidAction), (["Action": #""GetObject""#], .invalidAction),
        (["Action": #""s3:""#], .invalidAction), (["Action": #"":GetObject""#], .invalidAction),
        (["Action": #""s3:Get Object""#], .invalidAction),
        (["Action": #""s*:Get""#], .invalidAction), (["Action": #""s3:a:b""#], .invalidAction), (["Action": #""""#], .invalidAction),
        (["Action": #""*""#], nil), (["NotAction": #""s3:*""#], .syntax("Action")),
        (["Action": nil, "NotAction": #""s3:*""#], nil), (["Resource": "[]"], .invalidResource),
        (["Resource": #""data""#], .invalidResource), (["Resource": #""arn:aws:s3""#], .invalidResource),
        (["Resource": #""arn:aws:s3:::""#], .invalidResource), (["Resource": #""""#], .invalidResource),
        (["Resource": #"{"a": 1}"#], .invalidResource), (["NotResource": #""*""#], .syntax("Resource")),
        (["Resource": nil, "NotResource": #""arn:aws:s3:::data""#], nil), (["Condition": "[]"], .syntax("Condition")),
        (["Condition": #""x""#], .syntax("Condition")), (["Condition": #"{"StringEquals": "x"}"#], .syntax("Condition")),
        (["Condition": #"{"StringEquals": {"aws:a": {}}}"#], .syntax("Condition")),
        (["Condition": #"{"StringEquals": {"aws:a": [["x"]]}}"#], .syntax("Condition")),
        (["Condition": #"{"StringEquals": {"aws:a": null}}"#], .syntax("Condition")),
    ]

    @Test(arguments: statementRows.indices) func statement(_ index: Int) {
        let (changes, expected) = Self.statementRows[index]
        #expect(Self.fault(changing: changes) == expected, "\(changes)")
    }

    @Test(arguments: [
        "StringEqual", "stringequals", "StringEquals ", "NullIfExists", "ForAllValue:StringEquals", "ForAnyValue:", "IfExists", "",
        "ForAnyValue:ForAllValues:StringEquals", "StringEqualsIfExistsIfExists", "StringEqualsifexists", "NumericLike",
    ]) func operators(_ name: String) {
        #expect(Self.fault(conditional(name, "aws:key", #""1""#)) == .invalidConditionType(name))
    }

    @Test(arguments: [
        ("NumericEquals", "ten", PolicyError.invalidConditionValue(type: "numeric", "ten")),
        ("NumericLessThan", "", .invalidConditionValue(type: "numeric", "")),
        ("DateEquals", "soon", .invalidConditionValue(type: "date", "soon")),
        ("DateEquals", "2026-02-30", .invalidConditionValue(type: "date", "2026-02-30")),
        ("Bool", "yes", .invalidConditionValue(type: "boolean", "yes")), ("Null", "", .invalidConditionValue(type: "boolean", "")),
        ("BinaryEquals", "a", .invalidConditionValue(type: "binary", "a")), ("IpAddress", "10.0.0.0/33", .invalidAddress),
        ("IpAddress", "10.0.0.256", .invalidAddress), ("IpAddress", "10.0.0", .invalidAddress),
        ("IpAddress", "10.0.0.1.2", .invalidAddress),
        ("IpAddress", "10.0.0.01", .invalidAddress), ("IpAddress", "*", .invalidAddress), ("IpAddress", "", .invalidAddress),
        ("NotIpAddress", "::1/129", .invalidAddress), ("NotIpAddress", "1::2::3", .invalidAddress), ("IpAddress", ":::", .invalidAddress),
        ("IpAddress", "1:2:3:4:5:6:7", .invalidAddress), ("IpAddress", "1:2:3:4:5:6:7:8:9", .invalidAddress),
        ("IpAddress", "1:2:3:4:5:6:7:8::", .invalidAddress), ("IpAddress", "1:", .invalidAddress), ("IpAddress", ":1", .invalidAddress),
        ("IpAddress", "12345::", .invalidAddress), ("IpAddress", "::1.2.3", .invalidAddress), ("IpAddress", "10.0.0.0/", .invalidAddress),
    ]) func values(_ comparison: String, _ value: String, _ expected: PolicyError) {
        #expect(Self.fault(conditional(comparison, "aws:key", #""\#(value)""#)) == expected)
    }

    @Test(arguments: [
        "1:2:3:4:5:6:7:8", "::", "1::", "::1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8", "::1.2.3.4", "fe80::/10", "0.0.0.0/0",
    ])
    func addresses(_ text: String) {
        #expect(AddressRange(text) != nil)
    }

    @Test(arguments: ["key", "aws:", ":key", ""]) func conditionKeys(_ key: String) {
        #expect(Self.fault(conditional("StringEquals", key, #""1""#)) == .invalidConditionKey)
    }

    @Test(arguments: [
        #""alice""#, #"{}"#, #"[]"#, #"1"#, #"{"AWS": []}"#, #"{"AWS": 1}"#, #"{"AWS": ""}"#, #"{"aws": "*"}"#, #"{"AWS": "alice"}"#,
        #"{"AWS": "1234"}"#, #"{"AWS": "arn:aws:iam::1234:root"}"#, #"{"AWS": "arn:aws:iam::111122223333:*"}"#,
        #"{"AWS": "arn:aws:iam::111122223333:user/*"}"#, #"{"AWS": "arn:aws:iam::111122223333:user/"}"#,
        #"{"AWS": "arn:aws:iam::111122223333:user"}"#, #"{"AWS": "arn:aws:iam:eu-west-1:111122223333:root"}"#,
        #"{"AWS": "arn:aws:s3:::data"}"#, #"{"AWS": "arn:aws:iam::111122223333:group/g"}"#,
        #"{"AWS": "arn:aws:sts::111122223333:assumed-role/r"}"#, #"{"AWS": "arn:aws:iam::*:root"}"#, #"{"Service": "*"}"#,
        #"{"Federated": "*"}"#, #"{"CanonicalUser": "*"}"#, #"{"CanonicalUser": ""}"#, #"{"User": "alice"}"#, #"["*"]"#,
    ]) func principals(_ principal: String) {
        #expect(Self.fault(changing: ["Principal": principal]) == .invalidPrincipal)
    }

    @Test func principalsThatExcludeEachOther() {
        #expect(Self.fault(changing: ["NotPrincipal": #""*""#]) == .syntax("Principal"))
        #expect(Self.fault(changing: ["Principal": nil, "NotPrincipal": #""*""#]) == .allowWithNotPrincipal)
        #expect(Self.fault(changing: ["Principal": nil, "NotPrincipal": #""*""#, "Effect": #""Deny""#]) == nil)
    }

    @Test func identityPolicies() {
        let rules = IdentityPolicyRules()
        #expect(Self.fault(changing: ["Principal": nil], rules) == nil)
        #expect(Self.fault(changing: [:], rules) == .principalInIdentityPolicy)
        #expect(Self.fault(changing: ["Principal": nil, "NotPrincipal": #""*""#], rules) == .principalInIdentityPolicy)
        #expect(Self.fault(changing: ["Principal": nil, "Sid": #""a b""#], rules) == .invalidSid)
        let twice = Self.statement(["Principal": nil, "Sid": #""A1""#])
        #expect(Self.fault(statements(twice, twice), rules) == .repeatedSid)
        #expect(Self.fault(statements(Self.statement(["Sid": #""A1""#]), Self.statement(["Sid": #""A1""#]))) == nil)
    }

    @Test func size() {
        let text = statements(Self.statement([:]))
        let limit = ResourcePolicyRules.bucketPolicyBytesMax
        let padded = text + String(repeating: " ", count: limit - text.utf8.count)
        #expect(Self.fault(padded) == nil)
        #expect(Self.fault(padded + " ") == .tooLarge(bytesMax: limit))
        #expect(Self.fault(padded, IdentityPolicyRules()) == .tooLarge(bytesMax: IdentityPolicyRules.managedPolicyBytesMax))
    }

    /// AWS's own words, where they are known.
    @Test(arguments: [
        (PolicyError.firstByteIsNotBrace, "Policies must be valid JSON and the first byte must be '{'"),
        (.invalidJSON, "This policy contains invalid Json"), (.invalidVersion, "The policy must contain a valid version string"),
        (.missingField("Effect"), "Missing required field Effect"), (.unknownField("Foo"), "Unknown field Foo"),
        (.emptyStatement, "Could not parse the policy: Statement is empty!"), (.invalidEffect("hello"), "Invalid effect: hello"),
        (.invalidPrincipal, "Invalid principal in policy"), (.invalidAction, "Policy has invalid action"),
        (.invalidResource, "Policy has invalid resource"), (.allowWithNotPrincipal, "Allow with NotPrincipal is not allowed."),
        (.actionWithoutResource, "Action does not apply to any resource(s) in statement"),
        (.conditionsDoNotApply, "Conditions do not apply to combination of actions and resources in statement"),
        (.invalidConditionType("Foo"), "Invalid Condition type : Foo"), (.invalidConditionKey, "Policy has an invalid condition key"),
        (.invalidAddress, "Invalid IP address in Conditions"),
    ]) func messages(_ error: PolicyError, _ message: String) {
        #expect(error.message == message)
    }
}

/// What a service can add.
@Suite struct PolicyRulesTests {
    struct BucketRules: PolicyRules {
        let kind = PolicyKind.resource
        let textBytesMax = 1000

        func number(ofKey family: String) -> Int? { ["s3:prefix": 1, "s3:existingobjecttag": 2, "aws:username": 3][family] }
        func isAccount(_ text: String) -> Bool { text == "tenant" }

        func check(_ principal: PolicyStatement.Principal) throws(PolicyError) {
            if case .arn(let arn, let account) = principal, account != "tenant" || arn.hasSuffix("/nobody") { throw .invalidPrincipal }
        }

        func check(_ statement: PolicyStatement) throws(PolicyError) {
            if !statement.actions.contains(where: { $0.canMatch("s3:GetObject") || $0.canMatch("s3:ListBucket") }) { throw .invalidAction }
            for resource in statement.resources {
                let isOfBucket = resource.canMatch("arn:aws:s3:::data") || resource.canMatch(textBeginningWith: "arn:aws:s3:::data/")
                if !isOfBucket { throw .invalidResource }
            }
        }
    }

    static func fault(_ changes: [String: String?]) -> PolicyError? {
        MalformedTests.fault(changing: changes.merging(["Resource": #""arn:aws:s3:::data/*""#]) { a, _ in a }, BucketRules())
    }

    @Test func actionsAndResourcesOfTheService() {
        #expect(Self.fault([:]) == nil)
        #expect(Self.fault(["Action": #""sqs:SendMessage""#]) == .invalidAction)
        #expect(Self.fault(["Action": #""s3:Foo""#]) == .invalidAction)
        #expect(Self.fault(["Action": #""s3:Get*""#]) == nil)
        #expect(Self.fault(["Resource": #""arn:aws:s3:::other/*""#]) == .invalidResource)
        #expect(Self.fault(["Resource": #"["arn:aws:s3:::data", "arn:aws:s3:::data/x"]"#]) == nil)
        #expect(Self.fault(["Resource": #"["arn:aws:s3:::data", "arn:aws:s3:::database/x"]"#]) == .invalidResource)
        #expect(Self.fault(["Resource": #""arn:aws:s3:::*""#]) == nil)
        #expect(Self.fault(["Resource": #""arn:aws:s3:::data/${aws:username}/*""#]) == nil)
    }

    @Test func principalsOfTheService() {
        #expect(Self.fault(["Principal": #"{"AWS": "arn:aws:iam::tenant:root"}"#]) == nil)
        #expect(Self.fault(["Principal": #"{"AWS": "tenant"}"#]) == nil)
        #expect(Self.fault(["Principal": #"{"AWS": "111122223333"}"#]) == .invalidPrincipal)
        #expect(Self.fault(["Principal": #"{"AWS": "arn:aws:iam::tenant:user/somebody"}"#]) == nil)
        #expect(Self.fault(["Principal": #"{"AWS": "arn:aws:iam::tenant:user/nobody"}"#]) == .invalidPrincipal)
    }

    @Test func keysOfTheServiceHaveNumbers() throws {
        #expect(Self.fault(["Condition": #"{"StringEquals": {"s3:unknown": "a"}}"#]) == .invalidConditionKey)
        let text = MalformedTests.statement([
            "Resource": #""arn:aws:s3:::data/*""#,
            "Condition": #"{"StringEquals": {"s3:Prefix": "a", "s3:ExistingObjectTag/Team": "${aws:username}"}}"#,
        ])
        let policy = try PolicyDocument(parsing: statements(text).utf8, rules: BucketRules())
        #expect(policy.statements[0].conditions.map(\.key.number) == [1, 2])
        #expect(policy.statements[0].conditions.map(\.key.tag) == [nil, "Team"])
        struct Numbered: PolicyContext {
            func values(of key: ConditionKey) -> ConditionValues {
                switch key.number {
                case 1: .text("a")
                case 2, 3: .text("blue")
                default: .absent
                }
            }
        }
        #expect(policy.evaluate(get(), Numbered()) == .allow(statement: 0, .everyone))
    }
}
