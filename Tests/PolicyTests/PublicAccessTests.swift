import Policy
import Testing

/// Amazon S3 User Guide, "The meaning of 'public'", and its examples.
@Suite struct PublicAccessTests {
    static func isPublic(_ condition: String? = nil, principal: String = #""*""#, effect: String = "Allow") throws -> Bool {
        let end = condition.map { #", "Condition": {\#($0)}"# } ?? ""
        let policy = try bucketPolicy(
            statements(#""Effect": "\#(effect)", "Principal": \#(principal), "Action": "s3:GetObject", "Resource": "*""# + end))
        #expect(policy.isPublic == (policy.firstPublicStatement == 0))
        return policy.isPublic
    }

    @Test(arguments: [
        (#""*""#, true), (#"{"AWS": "*"}"#, true), (#"{"AWS": ["111122223333", "*"]}"#, true), (#"{"AWS": "111122223333"}"#, false),
        (#"{"AWS": "arn:aws:iam::111122223333:user/alice"}"#, false), (#"{"Service": "logging.s3.amazonaws.com"}"#, false),
        (#"{"Federated": "accounts.google.com"}"#, false),
    ]) func principals(_ principal: String, _ expected: Bool) throws {
        #expect(try Self.isPublic(principal: principal) == expected)
        #expect(try !Self.isPublic(principal: principal, effect: "Deny"))
    }

    @Test(arguments: [
        (#""StringEquals": {"aws:SourceVpc": "vpc-91237329"}"#, false), (#""StringLike": {"aws:SourceVpc": "vpc-*"}"#, true),
        (#""StringLike": {"aws:SourceVpc": "vpc-91237329"}"#, false), (#""StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}"#, false),
        (#""StringLike": {"aws:SourceVpce": ["vpce-1", "vpce-?"]}"#, true), (#""StringNotEquals": {"aws:SourceVpc": "vpc-1"}"#, true),
        (#""StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}"#, true), (#""ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}"#, true),
        (#""ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-1"}"#, false),
        (#""StringEquals": {"aws:SourceAccount": "111122223333"}"#, false),
        (#""StringEquals": {"AWS:SOURCEACCOUNT": "111122223333"}"#, false),
        (#""StringEquals": {"aws:SourceOwner": "111122223333"}"#, false), (#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#, false),
        (#""StringEquals": {"aws:PrincipalAccount": "111122223333"}"#, false), (#""StringEquals": {"aws:userid": "AIDA1"}"#, false),
        (#""StringLike": {"aws:userid": "AROA1:*"}"#, true), (#""StringEquals": {"aws:userid": "${aws:userid}"}"#, true),
        (#""ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t"}"#, false),
        (#""ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:*"}"#, true),
        (#""ArnNotLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t"}"#, true),
        (#""ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}"#, false),
        (#""StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}"#, false),
        (#""StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:*:accesspoint/a"}"#, true),
        (#""StringEquals": {"s3:DataAccessPointAccount": "111122223333"}"#, false),
        (#""StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:111122223333:key/1"}"#, false),
        (#""StringEquals": {"s3:ExistingObjectTag/security": "public"}"#, true), (#""StringLike": {"aws:Referer": "http://a/*"}"#, true),
        (#""StringEquals": {"aws:UserAgent": "me"}"#, true), (#""Bool": {"aws:SecureTransport": "true"}"#, true),
        (#""DateLessThan": {"aws:CurrentTime": "2026-01-01"}"#, true), (#""Null": {"aws:SourceVpc": "false"}"#, true),
    ]) func conditions(_ condition: String, _ expected: Bool) throws {
        #expect(try Self.isPublic(condition) == expected)
    }

    @Test(arguments: [
        ("10.0.0.0/32", false), ("203.0.113.0/24", false), ("54.0.0.0/8", false), ("54.0.0.0/7", true), ("0.0.0.0/0", true),
        ("0.0.0.0/1", true), ("10.0.0.0/8", false), ("2001:db8::/32", false), ("2001:db8::/31", true), ("::/0", true), ("::1", false),
    ]) func addresses(_ range: String, _ expected: Bool) throws {
        #expect(try Self.isPublic(#""IpAddress": {"aws:SourceIp": "\#(range)"}"#) == expected)
        #expect(try Self.isPublic(#""IpAddress": {"aws:SourceIp": ["198.51.100.1", "\#(range)"]}"#) == expected)
        #expect(try Self.isPublic(#""NotIpAddress": {"aws:SourceIp": "\#(range)"}"#))
        #expect(try Self.isPublic(#""IpAddress": {"aws:Other": "\#(range)"}"#))
    }

    @Test func oneRestrictionOfSeveralConditionsSuffices() throws {
        #expect(try !Self.isPublic(#""Bool": {"aws:SecureTransport": true}, "StringEquals": {"aws:SourceVpc": "vpc-1"}"#))
    }

    @Test func oneStatementMakesAPolicyPublic() throws {
        let fixed = #""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "*""#
        let deny = #""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*""#
        #expect(try !bucketPolicy(statements(fixed, deny)).isPublic)
        #expect(try bucketPolicy(statements(fixed, deny, everything)).firstPublicStatement == 2)
    }
}
