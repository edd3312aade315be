import HTTPTypes
import Identity
import Model
import S3
import Testing

/// Renames, appends and batches need what the operations need that they stand for.
@Suite struct CarriedAccessTests {
    static func statement(_ actions: [String], _ resource: String = "box/*", _ rest: String = "", effect: String = "Allow") -> String {
        let list = actions.map { "\"s3:\($0)\"" }.joined(separator: ",")
        return #"{"Effect":"\#(effect)","Action":[\#(list)],"Resource":"arn:aws:s3:::\#(resource)"\#(rest)}"#
    }

    static func batch(_ bench: AccessBench, _ caller: AccessBench.Caller, _ changes: String, _ headers: [(String, String)] = []) async
        -> Reply
    {
        await bench.send(caller, .post, "/box", "roost-batch", headers, body: #"{"changes":[\#(changes)]}"#)
    }

    static func rename(_ bench: AccessBench, _ caller: AccessBench.Caller, _ source: String, _ key: String) async -> Int {
        await bench.status(caller, .put, "/box/\(key)", "renameObject", [("x-amz-rename-source", source)], body: "")
    }

    static let renaming = ["PutObject", "GetObject", "DeleteObject"]

    @Test func aRenameTakesTagsOnlyWithLeave() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        _ = await bench.send(.main, .put, "/box/tagged", "", [("x-amz-tagging", "a=b")], body: "x")
        let user = try await bench.makeUser("ann", Self.statement(Self.renaming))
        #expect(await Self.rename(bench, user, "key", "plain") == 200)
        #expect(await Self.rename(bench, user, "tagged", "moved") == 403)
        #expect(await Self.batch(bench, user, #"{"op":"rename","key":"moved","source":"tagged"}"#).status == 403)
        #expect(await bench.status(.main, .get, "/box/tagged") == 200, "it stayed")
        let half = try await bench.makeUser("bob", Self.statement(Self.renaming + ["GetObjectTagging"]))
        #expect(await Self.rename(bench, half, "tagged", "moved") == 403)
        let whole = try await bench.makeUser("eve", Self.statement(Self.renaming + ["GetObjectTagging", "PutObjectTagging"]))
        #expect(await Self.rename(bench, whole, "tagged", "moved") == 200)
        #expect(await bench.send(.main, .get, "/box/moved", "tagging").xml("Value") == "b")
    }

    @Test func aRenameIsACopyToConditions() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser(
            "ann", Self.statement(["GetObject", "DeleteObject"]),
            Self.statement(["PutObject"], "box/*", #","Condition":{"StringLike":{"s3:x-amz-copy-source":"box/draft/*"}}"#))
        _ = await bench.send(.main, .put, "/box/draft/a", body: "x")
        #expect(await Self.rename(bench, user, "key", "b") == 403)
        #expect(await Self.rename(bench, user, "draft/a", "b") == 200)
    }

    /// Where lists count an object stays its owner's, with its list; whoever may not change the list cannot carry it elsewhere.
    @Test(arguments: [false, true]) func aRenameKeepsOwnersAndGrants(isVersioned: Bool) async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(acl: "public-read-write")
        if isVersioned {
            let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            #expect(await bench.status(.main, .put, "/box", "versioning", [("Content-MD5", MD5Text.of(enabled))], body: enabled) == 200)
        }
        _ = await bench.send(.alt, .put, "/box/theirs", body: "x")
        _ = await bench.send(.alt, .put, "/box/open", "", [("x-amz-acl", "public-read")], body: "x")
        #expect(await Self.rename(bench, .main, "theirs", "mine") == 403, "main may not read it")
        #expect(await Self.rename(bench, .main, "open", "mine") == 403, "nor give away what alt's list grants")
        #expect(await Self.batch(bench, .main, #"{"op":"rename","key":"mine","source":"open"}"#).status == 403)
        #expect(await Self.rename(bench, .alt, "open", "moved") == 200)
        #expect(await bench.send(.main, .get, "/box/moved", "acl").status == 403)
        #expect(await bench.send(.alt, .get, "/box/moved", "acl").all("Permission") == ["READ", "FULL_CONTROL"])
        #expect(await bench.send(.nobody, .get, "/box/moved").text == "x")
        #expect(await Self.rename(bench, .alt, "theirs", "still-theirs") == 200)
        #expect(await bench.send(.alt, .get, "/box/still-theirs", "acl").xml("ID") == bench.alt.canonicalID)
        #expect(await bench.status(.main, .get, "/box/still-theirs") == 403)
    }

    @Test func anAppendMakesWhatAPutMakes() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(acl: "public-read-write")
        let offset = ("x-amz-write-offset-bytes", "0")
        #expect(await bench.status(.alt, .put, "/box/log", "", [offset, ("x-amz-acl", "public-read")], body: "x") == 200)
        #expect(await bench.send(.alt, .get, "/box/log", "acl").all("Permission") == ["READ", "FULL_CONTROL"])
        #expect(await bench.send(.alt, .get, "/box/log", "acl").xml("ID") == bench.alt.canonicalID)
        let user = try await bench.makeUser("ann", Self.statement(["PutObject"]))
        #expect(await bench.status(user, .put, "/box/a", "", [offset, ("x-amz-tagging", "a=b")], body: "x") == 403)
        #expect(await bench.status(user, .put, "/box/a", "", [offset, ("x-amz-acl", "public-read")], body: "x") == 403)
        #expect(await bench.status(user, .put, "/box/a", "", [offset], body: "x") == 200)
        let enforced = try await AccessBench(.aws)
        await enforced.makeBucket()
        let refused = await enforced.send(.main, .put, "/box/a", "", [offset, ("x-amz-acl", "public-read")], body: "x")
        #expect(refused.code == "AccessControlListNotSupported")
    }

    @Test func aBatchsChangesAreTheirWriters() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(acl: "public-read-write", objectACL: "public-read")
        let made = await Self.batch(
            bench, .alt,
            #"{"op":"put","key":"a","content":"x"},{"op":"copy","key":"b","source":"box/key"},"#
                + #"{"op":"put","key":"c","content":"x","headers":{"x-amz-acl":"public-read","X-Amz-Tagging":"a=b","Cache-Control":"no-cache"}}"#
        )
        #expect(made.status == 200, "\(made.text)")
        for key in ["a", "b", "c"] {
            #expect(await bench.send(.alt, .get, "/box/\(key)", "acl").xml("ID") == bench.alt.canonicalID, "\(key)")
            #expect(await bench.status(.main, .get, "/box/\(key)") == (key == "c" ? 200 : 403), "\(key)")
        }
        #expect(await bench.send(.nobody, .get, "/box/c")["Cache-Control"] == "no-cache")
        #expect(await bench.send(.alt, .get, "/box/c", "tagging").xml("Value") == "b")
    }

    /// What a whole batch's headers say, none of its changes says.
    @Test func conditionsLookAtTheChange() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let encrypted = #","Condition":{"StringEquals":{"s3:x-amz-storage-class":"STANDARD_IA"}}"#
        let user = try await bench.makeUser(
            "ann", Self.statement(["PutObject"], "box/*", encrypted), Self.statement(["GetObject"], "box/key"))
        let header = [("x-amz-storage-class", "STANDARD_IA")]
        #expect(await Self.batch(bench, user, #"{"op":"put","key":"a","content":"x"}"#, header).status == 403)
        #expect(await Self.batch(bench, user, #"{"op":"copy","key":"a","source":"box/key"}"#, header).status == 403)
        #expect(
            await Self.batch(bench, user, #"{"op":"put","key":"a","content":"x","headers":{"x-amz-storage-class":"STANDARD_IA"}}"#).status
                == 200)
        #expect(
            await Self.batch(bench, user, #"{"op":"copy","key":"b","source":"box/key","headers":{"x-amz-storage-class":"STANDARD_IA"}}"#)
                .status == 200)
        #expect(await bench.send(.main, .get, "/box/b")["x-amz-storage-class"] == "STANDARD_IA")
    }

    @Test func aBatchNeedsWhatItsChangesNeed() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        _ = await bench.send(.main, .put, "/box/tagged", "", [("x-amz-tagging", "a=b")], body: "x")
        let user = try await bench.makeUser("ann", Self.statement(Self.renaming))
        #expect(await Self.batch(bench, user, #"{"op":"copy","key":"c","source":"box/tagged"}"#).status == 403)
        #expect(await Self.batch(bench, user, #"{"op":"put","key":"c","content":"x","headers":{"x-amz-tagging":"a=b"}}"#).status == 403)
        #expect(await Self.batch(bench, user, #"{"op":"put","key":"c","content":"x"}"#).status == 200)
        #expect(await Self.batch(bench, user, #"{"op":"delete","key":"c","versionId":"null"}"#).status == 403, "s3:DeleteObjectVersion")
        #expect(await Self.batch(bench, user, #"{"op":"delete","key":"c"}"#).status == 200)
    }

    @Test(arguments: [
        #"{"op":"put","key":"a","content":"x","headers":{"x-amz-copy-source":"b/c"}}"#,
        #"{"op":"put","key":"a","content":"x","headers":[]}"#,
        #"{"op":"put","key":"a","content":"x","headers":{"x-amz-acl":"private","X-Amz-Acl":"private"}}"#,
        #"{"op":"put","key":"a","content":"x","headers":{"x-amz-tagging":"a\nb"}}"#,
        #"{"op":"put","key":"a","content":"x","metadata":{"a b":"c"}}"#, #"{"op":"put","key":"a","content":"x","metadata":{"a":"b\r\nc"}}"#,
        #"{"op":"delete","key":"a","bypassGovernance":"yes"}"#, #"{"op":"put","key":"a","upload":"u","headers":{}}"#,
    ])
    func malformedChanges(_ change: String) async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let reply = await Self.batch(bench, .main, change)
        #expect(reply.status == 400 && reply.text.contains("MalformedBatch"), "\(reply.text)")
    }

    /// Who may not list does not learn what is missing.
    @Test func whatIsMissingIsHidden() async throws {
        let bench = try await AccessBench(.aws)
        await bench.makeBucket()
        let user = try await bench.makeUser("ann", Self.statement(Self.renaming))
        let lister = try await bench.makeUser("bob", Self.statement(Self.renaming), Self.statement(["ListBucket"], "box"))
        for (caller, status) in [(user, 403), (lister, 404)] {
            #expect(await Self.rename(bench, caller, "none", "a") == status)
            #expect(await Self.batch(bench, caller, #"{"op":"rename","key":"a","source":"none"}"#).status == status)
            #expect(await Self.batch(bench, caller, #"{"op":"copy","key":"a","source":"box/none"}"#).status == status)
        }
    }

    static let lock = [("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z")]

    static func locked() async throws -> AccessBench {
        let bench = try await AccessBench(.aws)
        _ = await bench.send(.main, .put, "/box", "", [("x-amz-bucket-object-lock-enabled", "true")], body: "")
        return bench
    }

    static func putLocked(_ bench: AccessBench, _ caller: AccessBench.Caller, _ key: String) async -> Reply {
        await bench.send(caller, .put, "/box/\(key)", "", lock + [("Content-MD5", MD5Text.of("x"))], body: "x")
    }

    /// Whether a retention may be passed over is asked of each key.
    @Test func bypassingIsAskedOfEachKey() async throws {
        let bench = try await Self.locked()
        let user = try await bench.makeUser(
            "ann", Self.statement(["DeleteObjectVersion"]), Self.statement(["BypassGovernanceRetention"], "box/free*"))
        var objects = ""
        for key in ["free", "kept"] {
            let version = await Self.putLocked(bench, .main, key)["x-amz-version-id"] ?? ""
            objects += "<Object><Key>\(key)</Key><VersionId>\(version)</VersionId></Object>"
        }
        let document = "<Delete>\(objects)</Delete>"
        let reply = await bench.send(
            user, .post, "/box", "delete", [("Content-MD5", MD5Text.of(document)), ("x-amz-bypass-governance-retention", "true")],
            body: document)
        #expect(reply.status == 200 && reply.all("Code") == ["AccessDenied"])
        #expect(await bench.status(.main, .get, "/box/free") == 404)
        #expect(await bench.status(.main, .get, "/box/kept") == 200)
        // A Deny on the objects holds for the bucket owner's root, too.
        _ = await bench.putPolicy(
            #"{"Effect":"Deny","Principal":"*","Action":"s3:BypassGovernanceRetention","Resource":"arn:aws:s3:::box/*"}"#)
        let again = await bench.send(
            .main, .post, "/box", "delete", [("Content-MD5", MD5Text.of(document)), ("x-amz-bypass-governance-retention", "true")],
            body: document)
        #expect(again.all("Code") == ["AccessDenied"])
    }

    @Test func aBatchBypassesWithLeave() async throws {
        let bench = try await Self.locked()
        let version = await Self.putLocked(bench, .main, "a")["x-amz-version-id"] ?? ""
        let user = try await bench.makeUser("ann", Self.statement(["DeleteObjectVersion"]))
        let change = #"{"op":"delete","key":"a","versionId":"\#(version)","bypassGovernance":true}"#
        #expect(await Self.batch(bench, user, change).status == 403)
        #expect(await Self.batch(bench, .main, #"{"op":"delete","key":"a","versionId":"\#(version)"}"#).status == 403)
        #expect(await Self.batch(bench, .main, change).status == 200)
    }

    @Test func aLockNeedsAPermissionOfItsOwn() async throws {
        let bench = try await Self.locked()
        let user = try await bench.makeUser("ann", Self.statement(["PutObject"]))
        #expect(await Self.putLocked(bench, user, "a").code == "AccessDenied")
        let allowed = try await bench.makeUser("bob", Self.statement(["PutObject", "PutObjectRetention"]))
        #expect(await Self.putLocked(bench, allowed, "a").status == 200)
        let hold = [("x-amz-object-lock-legal-hold", "ON"), ("Content-MD5", MD5Text.of("x"))]
        #expect(await bench.status(allowed, .put, "/box/b", "", hold, body: "x") == 403)
    }

    @Test func listingsNameTheObjectsOwner() async throws {
        let bench = try await AccessBench()
        await bench.makeBucket(acl: "public-read-write")
        _ = await bench.send(.alt, .put, "/box/theirs", body: "x")
        let owners = [bench.mainID, bench.alt.canonicalID]
        #expect(await bench.send(.main, .get, "/box").all("ID") == owners)
        #expect(await bench.send(.main, .get, "/box", "list-type=2&fetch-owner=true").all("ID") == owners)
        #expect(await bench.send(.main, .get, "/box", "list-type=2").all("ID") == [])
        #expect(await bench.send(.main, .get, "/box", "versions").all("ID") == owners)
        #expect(await bench.send(.main, .get, "/box", "prefix=t").all("ID") == [bench.alt.canonicalID])
        let enforced = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"
        #expect(await bench.status(.main, .put, "/box", "acl", [("x-amz-acl", "private")], body: "") == 200)
        #expect(await bench.status(.main, .put, "/box", "ownershipControls", body: enforced) == 200)
        #expect(await bench.send(.main, .get, "/box").all("ID") == [bench.mainID, bench.mainID], "all is the bucket owner's")
    }
}
