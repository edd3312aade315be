import HTTPTypes
import Identity
import Model
import S3
import Testing

@Suite struct AccessTests {
    /// `private` is what clients send unasked, so that it is refused only where somebody chose that lists do not count.
    @Test(arguments: [(nil, 200), ("BucketOwnerEnforced", 400), ("ObjectWriter", 200)] as [(String?, Int)])
    func privateObjectsWhereListsDoNotCount(_ ownership: String?, _ status: Int) async throws {
        let access = try await AccessBench(.aws)
        await access.makeBucket(ownership: ownership)
        let put = await access.send(.main, .put, "/box/other", "", [("x-amz-acl", "private")], body: "value")
        #expect(put.status == status && (status == 200 || put.code == "AccessControlListNotSupported"))
    }

    /// Who may do what under each canned list of a bucket, where lists count: read, write, read the list, write the list.
    @Test(arguments: [
        ("private", [403, 403, 403, 403], [403, 403, 403, 403]),
        ("public-read", [200, 403, 403, 403], [200, 403, 403, 403]),
        ("public-read-write", [200, 200, 403, 403], [200, 200, 403, 403]),
        ("authenticated-read", [200, 403, 403, 403], [403, 403, 403, 403]),
    ])
    func listsOfBuckets(_ acl: String, _ alt: [Int], _ nobody: [Int]) async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(acl: acl)
        for (caller, expected) in [(AccessBench.Caller.alt, alt), (.nobody, nobody), (.main, [200, 200, 200, 200])] {
            #expect(await bench.status(caller, .get, "/box") == expected[0])
            #expect(await bench.status(caller, .put, "/box/other", body: "x") == expected[1])
            #expect(await bench.status(caller, .get, "/box", "acl") == expected[2])
            #expect(await bench.status(caller, .put, "/box", "acl", [("x-amz-acl", acl)], body: "") == expected[3])
        }
    }

    /// As AWS: owners are told to those who sign.
    @Test func nobodySeesNoOwners() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(acl: "public-read")
        #expect(await bench.send(.alt, .get, "/box").text.contains("<Owner>"))
        let list = await bench.send(.nobody, .get, "/box")
        #expect(list.all("Key") == ["key"] && !list.text.contains("<Owner>"))
    }

    @Test(arguments: [
        ("private", 403, 403), ("public-read", 200, 200), ("public-read-write", 200, 200), ("authenticated-read", 200, 403),
    ])
    func listsOfObjects(_ acl: String, _ alt: Int, _ nobody: Int) async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(objectACL: acl)
        #expect(await bench.status(.main, .get, "/box/key") == 200)
        #expect(await bench.status(.alt, .get, "/box/key") == alt)
        #expect(await bench.status(.nobody, .get, "/box/key") == nobody)
        #expect(await bench.status(.alt, .put, "/box/key", body: "x") == 403)
        #expect(await bench.status(.alt, .get, "/box/key", "acl") == 403)
    }

    /// As AWS: lists are off and nothing can be made public, until the owner says otherwise.
    @Test func newBucketsArePrivate() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        #expect(await bench.send(.main, .get, "/box", "ownershipControls").xml("ObjectOwnership") == "BucketOwnerEnforced")
        #expect(await bench.send(.main, .get, "/box", "publicAccessBlock").xml("RestrictPublicBuckets") == "true")
        let list = await bench.send(.main, .put, "/box", "acl", [("x-amz-acl", "public-read")], body: "")
        #expect(list.status == 400 && list.code == "AccessControlListNotSupported")
        let object = await bench.send(.main, .put, "/box/b", "", [("x-amz-acl", "public-read")], body: "x")
        #expect(object.status == 400 && object.code == "AccessControlListNotSupported")
        #expect(await bench.status(.main, .put, "/box/b", "", [("x-amz-acl", "bucket-owner-full-control")], body: "x") == 200)
        let everybody = #"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::box/*"}"#
        let policy = await bench.putPolicy(everybody)
        #expect(policy.status == 403 && policy.code == "AccessDenied")
        #expect(await bench.send(.main, .get, "/box", "policy").code == "NoSuchBucketPolicy")
        #expect(await bench.send(.main, .get, "/box", "policyStatus").code == "NoSuchBucketPolicy")

        #expect(await bench.status(.main, .delete, "/box", "publicAccessBlock") == 204)
        #expect(await bench.send(.main, .get, "/box", "publicAccessBlock").code == "NoSuchPublicAccessBlockConfiguration")
        #expect(await bench.putPolicy(everybody).status == 204)
        #expect(await bench.send(.main, .get, "/box", "policyStatus").xml("IsPublic") == "true")
        #expect(await bench.send(.nobody, .get, "/box/key").text == "value")
    }

    @Test func creatingWithLists() async throws {
        let bench = try await AccessBench(.aws)
        let enforced = await bench.send(.main, .put, "/box", "", [("x-amz-acl", "public-read")], body: "")
        #expect(enforced.status == 400 && enforced.code == "InvalidBucketAclWithObjectOwnership")
        let headers = [("x-amz-acl", "public-read"), ("x-amz-object-ownership", "ObjectWriter")]
        #expect(await bench.send(.main, .put, "/box", "", headers, body: "").code == "InvalidBucketAclWithBlockPublicAccessError")
        let wrong = await bench.send(.main, .put, "/box", "", [("x-amz-object-ownership", "Mine")], body: "")
        #expect(wrong.status == 400 && wrong.code == "InvalidArgument")
    }

    @Test func policies() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        let reply = await bench.putPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::box/*"},"#
                + #"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::box/secret*"}"#)
        #expect(reply.status == 204, "\(reply.text)")
        #expect(await bench.status(.alt, .get, "/box/key") == 200)
        #expect(await bench.status(.nobody, .get, "/box/key") == 403)
        #expect(await bench.status(.alt, .put, "/box/key", body: "x") == 403)
        #expect(await bench.status(.main, .put, "/box/secret", body: "x") == 403, "a deny binds the owner's root too")
        #expect(await bench.status(.alt, .get, "/box/missing") == 403, "who may not list does not learn what is missing")
        #expect(await bench.status(.main, .get, "/box/missing") == 404)
        #expect(await bench.status(.main, .delete, "/box", "policy") == 204)
        #expect(await bench.status(.alt, .get, "/box/key") == 403)
    }

    /// No policy locks the owner's root out of the policy itself.
    @Test func theRootKeepsItsPolicy() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        let deny = #"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::box","arn:aws:s3:::box/*"]}"#
        #expect(await bench.putPolicy(deny).status == 204)
        #expect(await bench.status(.main, .get, "/box") == 403)
        #expect(await bench.status(.main, .get, "/box", "policy") == 200)
        #expect(await bench.putPolicy(deny).status == 204)
        #expect(await bench.status(.main, .delete, "/box", "policy") == 204)
    }

    @Test func ownersOfObjects() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(acl: "public-read-write")
        #expect(await bench.status(.alt, .put, "/box/theirs", body: "x") == 200)
        #expect(await bench.status(.main, .get, "/box/theirs") == 403, "the object is its writer's")
        #expect(await bench.send(.alt, .get, "/box/theirs", "acl").xml("ID") == bench.alt.canonicalID)
        let shared = [("x-amz-acl", "bucket-owner-full-control")]
        #expect(await bench.status(.alt, .put, "/box/shared", "", shared, body: "x") == 200)
        #expect(await bench.status(.main, .get, "/box/shared") == 200)
        let preferred = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>"
        #expect(await bench.status(.main, .put, "/box", "ownershipControls", body: preferred) == 200)
        #expect(await bench.status(.alt, .put, "/box/given", "", shared, body: "x") == 200)
        #expect(await bench.send(.main, .get, "/box/given", "acl").xml("ID") == bench.mainID)
        #expect(await bench.status(.main, .delete, "/box/theirs") == 204, "the bucket's owner may delete whatever is in it")
    }

    @Test func grantsByHeaderAndDocument() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        let header = [("x-amz-grant-read", "id=\"\(bench.alt.canonicalID)\"")]
        #expect(await bench.status(.main, .put, "/box/key", "acl", header, body: "") == 200)
        #expect(await bench.status(.alt, .get, "/box/key") == 200)
        let byEmail = [("x-amz-grant-read-acp", "emailAddress=\(AccessBench.altEmail)")]
        #expect(await bench.status(.main, .put, "/box", "acl", byEmail, body: "") == 200)
        #expect(await bench.send(.alt, .get, "/box", "acl").all("Permission") == ["READ_ACP"])
        #expect(await bench.status(.alt, .get, "/box") == 403)
    }

    @Test(arguments: [
        ("x-amz-grant-read", "id=nobody", "InvalidArgument"), ("x-amz-grant-read", "nonsense", "InvalidArgument"),
        ("x-amz-grant-read", "uri=http://example.com/all", "InvalidArgument"),
        ("x-amz-grant-read", "emailAddress=nobody@example.com", "UnresolvableGrantByEmailAddress"),
        ("x-amz-acl", "everything", "InvalidArgument"),
    ])
    func malformedGrants(_ name: String, _ value: String, _ code: String) async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        let reply = await bench.send(.main, .put, "/box", "acl", [(name, value)], body: "")
        #expect(reply.status == 400 && reply.code == code)
    }

    @Test(arguments: [
        "<AccessControlPolicy/>", "<Nothing/>", "no xml",
        "<AccessControlPolicy><AccessControlList><Grant><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
    ])
    func malformedLists(_ document: String) async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        let reply = await bench.send(.main, .put, "/box", "acl", body: document)
        #expect(reply.status == 400 && reply.code == "MalformedACLError")
    }

    static func list(owner: String, _ grantee: String, permission: String = "READ") -> String {
        "<AccessControlPolicy>\(owner)<AccessControlList><Grant><Grantee>\(grantee)</Grantee><Permission>\(permission)</Permission>"
            + "</Grant></AccessControlList></AccessControlPolicy>"
    }

    /// The argument is named as the request names it.
    @Test func namesOfWrongGrantees() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket(ownership: "ObjectWriter")
        let owner = "<Owner><ID>\(bench.mainID)</ID><DisplayName>me</DisplayName></Owner>"
        let everybody = "<URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI>"
        let log = "<URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI>"
        for path in ["/box", "/box/key"] {
            func refusal(_ document: String) async -> [String?] {
                let reply = await bench.send(.main, .put, path, "acl", body: document)
                return [reply.code, reply.xml("ArgumentName"), reply.xml("ArgumentValue")]
            }
            #expect(await refusal(Self.list(owner: "", log)) == ["MalformedACLError", nil, nil])
            #expect(await refusal(Self.list(owner: "<Owner/>", log)) == ["MalformedACLError", nil, nil])
            #expect(await refusal(Self.list(owner: owner, log, permission: "WRONG")) == ["MalformedACLError", nil, nil])
            let nobody = await refusal(Self.list(owner: "<Owner><ID>wrong-id</ID></Owner>", log))
            #expect(nobody == ["InvalidArgument", "CanonicalUser/ID", "wrong-id"])
            let another = await refusal(Self.list(owner: "<Owner><ID>\(bench.alt.canonicalID)</ID></Owner>", log))
            #expect(another == ["AccessDenied", nil, nil])
            #expect(await refusal(Self.list(owner: owner, "<URI>http://x</URI>")) == ["InvalidArgument", "Group/URI", "http://x"])
            #expect(await refusal(Self.list(owner: owner, "<ID>no</ID>")) == ["InvalidArgument", "CanonicalUser/ID", "no"])
            #expect(await refusal(Self.list(owner: owner, everybody)) == ["AccessDenied", nil, nil], "what is public is blocked")
            #expect(await bench.status(.main, .put, path, "acl", body: Self.list(owner: owner, log)) == 200)
            for (value, name) in [("uri=http://x", "uri"), ("id=no", "id")] {
                let reply = await bench.send(.main, .put, path, "acl", [("x-amz-grant-read", value)], body: "")
                #expect(reply.code == "InvalidArgument" && reply.xml("ArgumentName") == name)
            }
        }
    }

    /// AWS shows ids alone, but for who began an upload; Ceph names too.
    @Test(arguments: [S3Dialect.aws, .ceph])
    func namesOfOwners(_ dialect: S3Dialect) async throws {
        let bench = try await AccessBench(dialect)
        await bench.makeBucket(ownership: "ObjectWriter")
        _ = await bench.send(
            .main, .put, "/box", "versioning", body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        let id = await bench.send(.main, .post, "/box/up", "uploads", body: "").xml("UploadId") ?? ""
        let owners = [
            ("/", ""), ("/box", ""), ("/box", "list-type=2&fetch-owner=true"), ("/box", "versions"), ("/box", "acl"), ("/box/key", "acl"),
        ]
        for (path, query) in owners {
            let reply = await bench.send(.main, .get, path, query)
            #expect(reply.xml("ID") == bench.mainID)
            #expect((reply.xml("DisplayName") != nil) == (dialect == .ceph), "\(path)?\(query)")
        }
        for (path, query) in [("/box", "uploads"), ("/box/up", "uploadId=\(id)")] {
            let reply = await bench.send(.main, .get, path, query)
            #expect(reply.text.contains("</DisplayName></Initiator>"))
            #expect(reply.text.contains("</DisplayName></Owner>") == (dialect == .ceph))
        }
    }

    /// A grant to write lets others make objects, and delete what is theirs.
    @Test(arguments: [S3Dialect.aws, .ceph])
    func writersDeleteTheirOwn(_ dialect: S3Dialect) async throws {
        let bench = try await AccessBench(dialect)
        await bench.makeBucket(ownership: "ObjectWriter")
        _ = await bench.send(.main, .delete, "/box", "publicAccessBlock")
        #expect(await bench.status(.main, .put, "/box", "acl", [("x-amz-acl", "public-read-write")], body: "") == 200)
        #expect(await bench.status(.alt, .put, "/box/alts", body: "x") == 200)
        #expect(await bench.status(.nobody, .put, "/box/nobodys", body: "x") == 200)
        #expect(await bench.status(.alt, .delete, "/box/key") == 403)
        #expect(await bench.status(.nobody, .delete, "/box/alts") == 403)
        #expect(await bench.status(.alt, .delete, "/box/missing") == 204)
        let document = "<Delete><Object><Key>key</Key></Object><Object><Key>nobodys</Key></Object></Delete>"
        let many = await bench.send(.nobody, .post, "/box", "delete", [("Content-MD5", MD5Text.of(document))], body: document)
        // With Ceph nobody owns what nobody signed for: it is the bucket owner's.
        #expect(many.all("Code") == (dialect == .aws ? ["AccessDenied"] : ["AccessDenied", "AccessDenied"]))
        #expect(await bench.status(.alt, .delete, "/box/alts") == 204)
        #expect(await bench.status(.main, .get, "/box/key") == 200)
    }

    @Test(arguments: ["", "[]", "{", #"{"Version":"2012-10-17"}"#, "nonsense"])
    func malformedPolicies(_ text: String) async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        let reply = await bench.send(.main, .put, "/box", "policy", body: text)
        #expect(reply.status == 400 && reply.code == "MalformedPolicy")
    }

    @Test(arguments: [
        (#""Action":"s3:GetObject","Resource":"arn:aws:s3:::another/*""#, "Policy has invalid resource"),
        (#""Action":"s3:Frobnicate","Resource":"arn:aws:s3:::box/*""#, "Policy has invalid action"),
        (#""Action":"s3:GetObject","Resource":"arn:aws:s3:::box""#, "Action does not apply to any resource(s) in statement"),
    ])
    func policiesOfSomethingElse(_ rest: String, _ message: String) async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let reply = await bench.putPolicy(#"{"Effect":"Deny","Principal":"*",\#(rest)}"#)
        #expect(reply.code == "MalformedPolicy" && reply.xml("Message") == message)
    }

    @Test func deletingManyJudgesEachKey() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        _ = await bench.send(.main, .put, "/box/free", body: "x")
        _ = await bench.putPolicy(
            #"{"Effect":"Allow","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::box/free"}"#)
        let document = "<Delete><Object><Key>key</Key></Object><Object><Key>free</Key></Object></Delete>"
        let reply = await bench.send(.alt, .post, "/box", "delete", [("Content-MD5", MD5Text.of(document))], body: document)
        #expect(reply.status == 200 && reply.all("Code") == ["AccessDenied"])
        #expect(await bench.status(.main, .get, "/box/free") == 404)
        #expect(await bench.status(.main, .get, "/box/key") == 200)
    }

    @Test func requestersPay() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(objectACL: "public-read")
        let document = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"
        #expect(await bench.status(.main, .put, "/box", "requestPayment", body: document) == 200)
        #expect(await bench.send(.main, .get, "/box", "requestPayment").xml("Payer") == "Requester")
        #expect(await bench.status(.alt, .get, "/box/key") == 403)
        #expect(await bench.status(.nobody, .get, "/box/key", "", [("x-amz-request-payer", "requester")]) == 403)
        let paid = await bench.send(.alt, .get, "/box/key", "", [("x-amz-request-payer", "requester")])
        #expect(paid.status == 200 && paid["x-amz-request-charged"] == "requester")
        #expect(await bench.status(.main, .get, "/box/key") == 200)
    }

    @Test func refusalsAreKeptAndExplained() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket()
        _ = await bench.putPolicy(
            #"{"Sid":"NoWrites","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::box/*","#
                + #""Condition":{"StringEquals":{"aws:SourceIp":"127.0.0.1"}}}"#)
        let reply = await bench.send(.alt, .put, "/box/key", body: "x")
        let id = try #require(reply["x-amz-request-id"])
        let record = try #require(bench.bench.door.decisions.records(of: id).last)
        #expect(!record.isAllowed && record.action == "s3:PutObject" && record.resource == "arn:aws:s3:::box/key")
        #expect(record.principal == "arn:aws:iam::111111111111:root")
        #expect(record.reason == "statement 1 of the bucket's policy denies it")
        #expect(record.details.joined().contains("NoWrites") && record.details.joined().contains("127.0.0.1"))
        #expect(bench.bench.door.decisions.records(of: "0000000000000000").isEmpty)
    }
}
