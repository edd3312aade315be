import Policy
import Testing

/// Bucket policies as teams write them, each with requests that it must let through and others that it must not.
@Suite struct BucketPolicyExamplesTests {
    static let object = "arn:aws:s3:::data/public/foo"

    /// `{"AWS": "*"}` for one action on a bucket's objects, with conditions.
    static func policy(_ action: String, _ condition: String? = nil, effect: String = "Allow", principal: String = #"{"AWS": "*"}"#)
        -> String
    {
        let end = condition.map { #", "Condition": {\#($0)}"# } ?? ""
        return #""Action": "\#(action)", "Principal": \#(principal), "Effect": "\#(effect)", "Resource": "arn:aws:s3:::data/*""# + end
    }

    static func decide(
        _ texts: [String], _ action: String, _ context: [String: ConditionValues], caller: PolicyPrincipal = root(of: other)
    ) throws -> Bool {
        let text = #"{"Version": "2012-10-17", "Statement": [\#(texts.map { "{\($0)}" }.joined(separator: ","))]}"#
        let set = PolicySet(owner: owner, resourcePolicy: try bucketPolicy(text))
        return set.decide(get(object, by: caller, action: action), FixedPolicyContext(context)).isAllowed
    }

    @Test(arguments: [
        (#""StringEquals": {"s3:ExistingObjectTag/security": "public"}"#, "s3:ExistingObjectTag/security", "public", "private"),
        (#""StringEquals": {"s3:RequestObjectTag/security": "public"}"#, "s3:RequestObjectTag/security", "public", "private"),
        (#""StringLike": {"s3:x-amz-copy-source": "data/public/*"}"#, "s3:x-amz-copy-source", "data/public/foo", "data/private/foo"),
        (#""StringEquals": {"s3:x-amz-metadata-directive": "COPY"}"#, "s3:x-amz-metadata-directive", "COPY", "REPLACE"),
        (#""StringEquals": {"s3:x-amz-grant-full-control": "id=main"}"#, "s3:x-amz-grant-full-control", "id=main", "id=alt"),
        (#""StringEquals": {"s3:x-amz-acl": ["bucket-owner-full-control"]}"#, "s3:x-amz-acl", "bucket-owner-full-control", "private"),
        (#""StringEquals": {"s3:prefix": ["", "home/"]}"#, "s3:prefix", "home/", "other/"),
        (#""NumericLessThanEquals": {"s3:max-keys": "10"}"#, "s3:max-keys", "10", "11"),
        (#""NumericLessThan": {"s3:signatureAge": 600000}"#, "s3:signatureage", "1000", "600000"),
        (#""StringEquals": {"s3:TlsVersion": ["1.2", "1.3"]}"#, "s3:tlsversion", "1.3", "1.0"),
    ]) func allowsUnderAKey(_ condition: String, _ key: String, _ good: String, _ bad: String) throws {
        let statements = [Self.policy("s3:PutObject", condition)]
        #expect(try Self.decide(statements, "s3:PutObject", [key: .text(good)]))
        #expect(try !Self.decide(statements, "s3:PutObject", [key: .text(bad)]))
        #expect(try !Self.decide(statements, "s3:PutObject", [:]))
        #expect(try !Self.decide(statements, "s3:GetObject", [key: .text(good)]))
    }

    /// Uploads must be encrypted, and with one algorithm.
    @Test func denyUnencryptedUploads() throws {
        let key = "s3:x-amz-server-side-encryption"
        let missing = Self.policy("s3:PutObject", #""Null": {"\#(key)": "true"}"#, effect: "Deny")
        let wrong = Self.policy("s3:PutObject", #""StringNotEquals": {"\#(key)": "AES256"}"#, effect: "Deny")
        for statements in [[missing, wrong], [wrong]] {
            #expect(try Self.decide(statements, "s3:PutObject", [key: .text("AES256")], caller: root()))
            #expect(try !Self.decide(statements, "s3:PutObject", [key: .text("aws:kms")], caller: root()))
            #expect(try !Self.decide(statements, "s3:PutObject", [:], caller: root()))
            #expect(try Self.decide(statements, "s3:GetObject", [:], caller: root()))
        }
        #expect(try Self.decide([missing], "s3:PutObject", [key: .text("aws:kms")], caller: root()))
    }

    @Test func denyPublicACLs() throws {
        let statements = [
            Self.policy("s3:PutObject"), Self.policy("s3:PutObject", #""StringLike": {"s3:x-amz-acl": "public*"}"#, effect: "Deny"),
        ]
        #expect(try Self.decide(statements, "s3:PutObject", [:]))
        #expect(try Self.decide(statements, "s3:PutObject", ["s3:x-amz-acl": .text("private")]))
        #expect(try !Self.decide(statements, "s3:PutObject", ["s3:x-amz-acl": .text("public-read")]))
    }

    @Test func refererThatMayBeMissing() throws {
        let statements = [
            Self.policy("s3:GetObject", #""StringLikeIfExists": {"aws:Referer": "http://www.example.com/*"}"#, principal: #""*""#)
        ]
        #expect(try Self.decide(statements, "s3:GetObject", ["aws:Referer": .text("http://www.example.com/index.html")], caller: anonymous))
        #expect(try Self.decide(statements, "s3:GetObject", [:], caller: anonymous))
        #expect(try !Self.decide(statements, "s3:GetObject", ["aws:Referer": .text("http://example.com")], caller: anonymous))
    }

    /// Tags may be chosen from a list, and one of them must be given.
    @Test func tagKeys() throws {
        let condition = """
            "ForAllValues:StringLike": {"s3:RequestObjectTagKeys": ["Team", "Cost*"]}, \
            "Null": {"s3:RequestObjectTagKeys": "false"}
            """
        let statements = [Self.policy("s3:PutObjectTagging", condition)]
        let key = "s3:requestobjecttagkeys"
        #expect(try Self.decide(statements, "s3:PutObjectTagging", [key: .texts(["Team", "CostCentre"])]))
        #expect(try !Self.decide(statements, "s3:PutObjectTagging", [key: .texts(["Team", "Owner"])]))
        #expect(try !Self.decide(statements, "s3:PutObjectTagging", [:]))
    }

    /// A bucket that gets logs: the service, for one source only.
    @Test func logDelivery() throws {
        let logs = """
            "Sid": "S3ServerAccessLogsPolicy", "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, \
            "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::data/public/*", \
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"}, "StringLike": {"aws:SourceAccount": "\(owner)"}}
            """
        let service = PolicyPrincipal(kind: .service, account: "", arn: "logging.s3.amazonaws.com")
        func decide(_ source: String, _ account: String, _ caller: PolicyPrincipal) throws -> Bool {
            let context: [String: ConditionValues] = [
                "aws:SourceArn": .text("arn:aws:s3:::" + source), "aws:SourceAccount": .text(account),
            ]
            return try Self.decide([logs, logs], "s3:PutObject", context, caller: caller)
        }
        #expect(try decide("source", owner, service))
        #expect(try !decide("kaboom", owner, service))
        #expect(try !decide("source", other, service))
        #expect(try !decide("source", owner, anonymous))
    }

    /// Everybody keeps to the folder of their own name.
    @Test func homeFolders() throws {
        let home = #""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/home/${aws:username}/*""#
        let list = """
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data", \
            "Condition": {"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}}
            """
        let set = PolicySet(owner: owner, resourcePolicy: nil, identityPolicies: [try identityPolicy(statements(home, list))])
        func decide(_ action: String, _ resource: String, prefix: String = "") -> Bool {
            let context = FixedPolicyContext(["aws:username": .text("alice"), "s3:prefix": .text(prefix)])
            return set.decide(get("arn:aws:s3:::" + resource, action: action), context).isAllowed
        }
        #expect(decide("s3:GetObject", "data/home/alice/a"))
        #expect(!decide("s3:GetObject", "data/home/bob/a"))
        #expect(!decide("s3:GetObject", "data/home/*/a"))
        #expect(decide("s3:ListBucket", "data", prefix: "home/alice/x"))
        #expect(!decide("s3:ListBucket", "data", prefix: "home/bob/"))
    }
}
