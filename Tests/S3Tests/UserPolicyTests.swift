import HTTPTypes
import Identity
import Model
import S3
import Testing

/// What policies of users say at the door: nobody but a root has rights that no policy gives.
@Suite struct UserPolicyTests {
    static let box = #""Resource":["arn:aws:s3:::box","arn:aws:s3:::box/*"]"#
    static func allow(_ action: String, _ rest: String = box) -> String { #"{"Effect":"Allow","Action":"\#(action)",\#(rest)}"# }
    static func deny(_ action: String, _ rest: String = box) -> String { #"{"Effect":"Deny","Action":"\#(action)",\#(rest)}"# }

    @Test func withoutAPolicyNothing() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser("ann")
        for (method, path, query) in [
            (HTTPRequest.Method.get, "/box/key", ""), (.get, "/box", ""), (.get, "/", ""), (.delete, "/box/key", ""),
        ] {
            #expect(await bench.send(user, method, path, query).code == "AccessDenied", "\(method) \(path)")
        }
        #expect(await bench.status(user, .put, "/box/key", body: "x") == 403)
        #expect(await bench.status(user, .put, "/new", body: "") == 403)
        #expect(await bench.send(.main, .get, "/box/key").text == "value")
    }

    @Test func anAllowAllowsJustThat() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser(
            "ann", Self.allow("s3:GetObject"), Self.allow("s3:CreateBucket", #""Resource":"arn:aws:s3:::new*""#))
        #expect(await bench.send(user, .get, "/box/key").text == "value")
        #expect(await bench.status(user, .put, "/box/key", body: "x") == 403)
        #expect(await bench.send(user, .get, "/box/none").status == 403, "who may not list does not learn what is missing")
        #expect(await bench.status(user, .put, "/new1", body: "") == 200)
        #expect(await bench.status(user, .put, "/other", body: "") == 403)
        #expect(await bench.status(.main, .get, "/new1") == 200, "what a user makes is its account's")
        try await bench.setPolicy("p0", of: "ann", to: nil)
        #expect(await bench.status(user, .get, "/box/key") == 403)
    }

    @Test func aDenyWins() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser(
            "ann", Self.allow("s3:*"), Self.deny("s3:DeleteObject"), Self.deny("s3:*", #""Resource":"arn:aws:s3:::box/secret*""#))
        #expect(await bench.status(user, .put, "/box/a", body: "x") == 200)
        #expect(await bench.status(user, .delete, "/box/a") == 403)
        #expect(await bench.status(user, .put, "/box/secret", body: "x") == 403)
        _ = await bench.putPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::box/*"}"#
        )
        #expect(await bench.status(user, .delete, "/box/a") == 403, "an allow of the bucket does not undo the user's deny")
        let id = try #require(await bench.send(user, .delete, "/box/a")["x-amz-request-id"])
        let record = try #require(bench.bench.door.decisions.records(of: id).last)
        #expect(record.reason == "statement 1 of the user's policy p1 denies it")
    }

    @Test func conditions() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser(
            "ann",
            Self.allow("s3:ListBucket", #""Resource":"arn:aws:s3:::box","Condition":{"StringLike":{"s3:prefix":"${aws:username}/*"}}"#),
            Self.allow("s3:PutObject", Self.box + #","Condition":{"StringEquals":{"s3:x-amz-server-side-encryption":"AES256"}}"#),
            Self.allow("s3:GetObject", Self.box + #","Condition":{"StringEquals":{"s3:ExistingObjectTag/open":"yes"}}"#))
        #expect(await bench.status(user, .get, "/box", "prefix=ann/x") == 200)
        #expect(await bench.status(user, .get, "/box", "prefix=bob/") == 403)
        #expect(await bench.status(user, .get, "/box") == 403)
        #expect(await bench.status(user, .put, "/box/a", body: "x") == 403)
        #expect(await bench.status(user, .get, "/box/key") == 403)
        _ = await bench.send(.main, .put, "/box/key", "", [("x-amz-tagging", "open=yes")], body: "value")
        #expect(await bench.status(user, .get, "/box/key") == 200, "the tags are looked up where only a user's policy asks for them")
    }

    /// Between accounts both sides have to agree.
    @Test func otherAccountsNeedBothSides() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let allowed = try await bench.makeUser("bob", of: bench.alt.id, Self.allow("s3:*"))
        let silent = try await bench.makeUser("eve", of: bench.alt.id)
        let denied = try await bench.makeUser("dan", of: bench.alt.id, Self.allow("s3:*"), Self.deny("s3:GetObject"))
        for user in [allowed, silent, denied] { #expect(await bench.status(user, .get, "/box/key") == 403) }
        _ = await bench.putPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::box/*"}"#
        )
        #expect(await bench.status(allowed, .get, "/box/key") == 200)
        #expect(await bench.status(allowed, .delete, "/box/key") == 403)
        #expect(await bench.status(silent, .get, "/box/key") == 403)
        #expect(await bench.status(denied, .get, "/box/key") == 403)
        #expect(await bench.status(.alt, .get, "/box/key") == 200, "the account's root needs nobody's leave in it")
        // Named itself, a user of another account needs its own account's leave all the same.
        _ = await bench.putPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/eve"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::box/*"}"#
        )
        #expect(await bench.status(silent, .get, "/box/key") == 403)
    }

    /// Within its account a user that the bucket's policy names needs no policy of its own; one of which the account is named does.
    @Test func theBucketsPolicyMayBeEnough() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser("ann")
        func allow(_ principal: String) async {
            _ = await bench.putPolicy(
                #"{"Effect":"Allow","Principal":{"AWS":"\#(principal)"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::box/*"}"#)
        }
        await allow("000000000000")
        #expect(await bench.status(user, .get, "/box/key") == 403)
        await allow("arn:aws:iam::000000000000:user/ann")
        #expect(await bench.status(user, .get, "/box/key") == 200)
    }

    /// It may have been meant to forbid something.
    @Test func whatIsNoPolicyForbidsEverything() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser("ann", Self.allow("s3:*"))
        #expect(await bench.status(user, .get, "/box/key") == 200)
        try await bench.setPolicy("broken", of: "ann", to: #"{"Statement":[{"Effect":"Perhaps"}]}"#)
        #expect(await bench.status(user, .get, "/box/key") == 403)
    }

    /// A presigned URL with nothing but its signature in the query has an age too.
    @Test func theAgeOfASignature() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        _ = await bench.putPolicy(
            #"{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::box/*","Condition":{"NumericLessThan":{"s3:signatureAge":600000}}}"#
        )
        let presigned = await bench.bench.send(Bench.Call(method: .get, path: "/box/key", signing: .presigned))
        #expect(presigned.status == 403)
        #expect(await bench.status(.main, .get, "/box/key") == 403)
    }
}
