import AWSWire
import Bytes
import S3
import Testing

/// What is told of versions, delete markers and locks.
@Suite struct VersionTests {
    static func versioning(_ status: String, _ bench: Bench) async {
        let document = "<VersioningConfiguration><Status>\(status)</Status></VersioningConfiguration>"
        let reply = await bench.put("/photos", document, BadInputTests.digest(document), query: "versioning")
        #expect(reply.status == 200)
    }

    static func bench(_ status: String = "Enabled") async -> Bench {
        let bench = await ObjectTests.bench()
        await versioning(status, bench)
        return bench
    }

    private static let tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"

    @Test func aCopyTellsItsVersionAndItsSources() async {
        let bench = await ObjectTests.bench()
        func copy(_ source: String) async -> Reply {
            await bench.put("/photos/b", "", [("x-amz-copy-source", "photos/\(source)")])
        }
        _ = await bench.put("/photos/a", "1")
        #expect(await copy("a")["x-amz-version-id"] == nil)
        await Self.versioning("Enabled", bench)
        let ofNull = await copy("a")
        #expect(ofNull["x-amz-copy-source-version-id"] == nil && ofNull["x-amz-version-id"]?.utf8.count == 32)
        let version = await bench.put("/photos/a", "2")["x-amz-version-id"]
        await Self.versioning("Suspended", bench)
        let suspended = await copy("a")
        #expect(suspended["x-amz-copy-source-version-id"] == version && suspended["x-amz-version-id"] == "null")
        #expect(await bench.put("/photos/c", "2")["x-amz-version-id"] == nil, "but a put does not tell")
        let id = await bench.post("/photos/d", "uploads").xml("UploadId") ?? ""
        let part = await bench.put("/photos/d", "", [("x-amz-copy-source", "photos/c")], query: "partNumber=1&uploadId=\(id)")
        #expect(part.status == 200 && part["x-amz-copy-source-version-id"] == nil)
    }

    @Test func deleteMarkersRefuseByTheRequestsMethod() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "1")
        let marker = await bench.delete("/photos/a")["x-amz-version-id"] ?? ""
        let acl = [("x-amz-acl", "private")]
        let replies = [
            ("PUT", await bench.put("/photos/a", Self.tagging, BadInputTests.digest(Self.tagging), query: "tagging")),
            ("GET", await bench.get("/photos/a", "tagging")), ("DELETE", await bench.delete("/photos/a", "tagging")),
            ("PUT", await bench.put("/photos/a", "", acl, query: "acl")),
            ("PUT", await bench.put("/photos/a", "", acl, query: "acl&versionId=\(marker)")),
            ("GET", await bench.get("/photos/a", "acl&versionId=\(marker)")), ("GET", await bench.get("/photos/a", "versionId=\(marker)")),
        ]
        for (method, reply) in replies {
            #expect(reply.status == 405 && reply.code == "MethodNotAllowed" && reply.xml("Method") == method, "\(reply.text)")
            #expect(reply.xml("ResourceType") == "DeleteMarker" && reply["x-amz-delete-marker"] == "true")
        }
        let read = await bench.get("/photos/a", "acl")
        #expect(read.status == 404 && read.code == "NoSuchKey")
        #expect(await bench.get("/photos/a").code == "NoSuchKey")
    }

    @Test(arguments: [true, false])
    func versionsThatWereNeverMade(hasVersions: Bool) async {
        let bench = hasVersions ? await Self.bench() : await ObjectTests.bench()
        _ = await bench.put("/photos/a", "1")
        let id = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"
        let one = await bench.delete("/photos/a", "versionId=\(id)")
        #expect(one.status == 400 && one.code == "InvalidArgument" && one.xml("ArgumentValue") == id)
        let document = "<Delete><Object><Key>a</Key><VersionId>\(id)</VersionId></Object></Delete>"
        let many = await bench.post("/photos", "delete", document, BadInputTests.digest(document))
        #expect(many.status == 200 && many.all("Code") == ["NoSuchVersion"] && many.all("VersionId") == [id])
        #expect(await bench.get("/photos/a").text == "1")
    }

    /// But for DeleteObjects, with which tools that empty buckets always send it.
    @Test func aBypassNeedsALock() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "1")
        for value in ["true", "false"] {
            let reply = await bench.delete("/photos/a", "", [("x-amz-bypass-governance-retention", value)])
            #expect(reply.status == 400 && reply.code == "InvalidArgument", "\(reply.text)")
            #expect(reply.xml("ArgumentName") == "x-amz-bypass-governance-retention")
        }
        #expect(await bench.get("/photos/a").text == "1")
        let document = "<Delete><Object><Key>a</Key></Object></Delete>"
        let header = BadInputTests.digest(document) + [("x-amz-bypass-governance-retention", "true")]
        #expect(await bench.post("/photos", "delete", document, header).status == 200)
        #expect(await bench.get("/photos/a").status == 404)
        _ = await bench.put("/locked", "", [("x-amz-bucket-object-lock-enabled", "true")])
        #expect(await bench.delete("/locked/a", "", [("x-amz-bypass-governance-retention", "true")]).status == 204)
    }

    @Test func aRetentionInThePastIsRefusedFirst() async {
        let bench = Bench()
        _ = await bench.put("/photos", "", [("x-amz-bucket-object-lock-enabled", "true")])
        let lock = [("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z")]
        #expect(await bench.put("/photos/a", "x", lock + BadInputTests.digest("x")).status == 200)
        func retain(until date: String) async -> Reply {
            let document = "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>\(date)</RetainUntilDate></Retention>"
            return await bench.put("/photos/a", document, BadInputTests.digest(document), query: "retention")
        }
        let past = await retain(until: "2020-01-01T00:00:00Z")
        #expect(past.status == 400 && past.code == "InvalidArgument" && past.xml("ArgumentName") == "RetainUntilDate")
        #expect(past.xml("ArgumentValue") == "Wed Jan 01 00:00:00 GMT 2020")
        #expect(await retain(until: "2029-01-01T00:00:00Z").code == "AccessDenied")
    }

    @Test func anExpirationIsOfTheKey() async {
        let bench = await Self.bench()
        let document =
            "<LifecycleConfiguration><Rule><ID>r</ID><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
            + "</LifecycleConfiguration>"
        #expect(await bench.put("/photos", document, BadInputTests.digest(document), query: "lifecycle").status == 200)
        let version = await bench.put("/photos/a", "1")["x-amz-version-id"] ?? ""
        #expect(await bench.get("/photos/a")["x-amz-expiration"] != nil)
        for reply in [await bench.get("/photos/a", "versionId=\(version)"), await bench.head("/photos/a", query: "versionId=\(version)")] {
            #expect(reply.status == 200 && reply["x-amz-expiration"] == nil)
        }
    }

    @Test func aBucketWithVersionsIsNotEmpty() async {
        let bench = await Self.bench()
        _ = await bench.delete("/photos/a")
        let reply = await bench.delete("/photos")
        #expect(reply.code == "BucketNotEmpty" && reply.xml("Message")?.hasSuffix("You must delete all versions in the bucket.") == true)
    }

    /// MinIO's exclusions: an excluded key has one version, the null one, while others keep theirs.
    @Test func excludedKeysKeepNoVersions() async {
        let bench = await ObjectTests.bench()
        func put(_ inner: String, _ bucket: String = "/photos") async -> Reply {
            let document = "<VersioningConfiguration>\(inner)</VersioningConfiguration>"
            return await bench.put(bucket, document, BadInputTests.digest(document), query: "versioning")
        }
        let exclusions =
            "<ExcludedPrefixes><Prefix>tmp/</Prefix></ExcludedPrefixes><ExcludedPrefixes><Prefix>log</Prefix></ExcludedPrefixes>"
            + "<ExcludeFolders>true</ExcludeFolders>"
        #expect(await put("<Status>Enabled</Status>" + exclusions).status == 200)
        #expect(await bench.get("/photos", "versioning").text.contains("<Status>Enabled</Status>" + exclusions))
        for key in ["tmp/a", "logs", "folder/", "kept"] {
            let isKept = key == "kept"
            for body in ["1", "2"] {
                let id = await bench.put("/photos/\(key)", body)["x-amz-version-id"]
                #expect((id != nil) == isKept, "\(key)")
            }
            let versions = await bench.get("/photos", "versions&prefix=\(key)").all("VersionId")
            #expect(versions.count == (isKept ? 2 : 1) && versions.contains("null") == !isKept, "\(key): \(versions)")
            let marker = await bench.delete("/photos/\(key)")
            #expect(marker["x-amz-delete-marker"] == "true" && (marker["x-amz-version-id"] == "null") == !isKept, "\(key)")
            #expect(await bench.get("/photos", "versions&prefix=\(key)").all("VersionId").count == (isKept ? 3 : 1))
        }
        #expect(await put("<Status>Suspended</Status>" + exclusions).code == "IllegalVersioningConfigurationException")
        let many = String(repeating: "<ExcludedPrefixes><Prefix>p</Prefix></ExcludedPrefixes>", count: 11)
        #expect(await put("<Status>Enabled</Status>" + many).code == "IllegalVersioningConfigurationException")
        for malformed in ["<ExcludedPrefixes/>", "<ExcludedPrefixes><Prefix/></ExcludedPrefixes>", "<ExcludeFolders>yes</ExcludeFolders>"] {
            #expect(await put("<Status>Enabled</Status>" + malformed).code == "MalformedXML", "\(malformed)")
        }
        let lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
        #expect(await bench.put("/photos", lock, BadInputTests.digest(lock), query: "object-lock").code == "InvalidBucketState")
        #expect(await put("<Status>Enabled</Status>").status == 200)
        #expect(await bench.get("/photos", "versioning").text.contains("Exclude") == false)
        #expect(await bench.put("/photos", lock, BadInputTests.digest(lock), query: "object-lock").status == 200)
        #expect(await put("<Status>Enabled</Status>" + exclusions).code == "InvalidBucketState")
        #expect(await bench.put("/photos/tmp/a", "3", BadInputTests.digest("3"))["x-amz-version-id"] != nil)
    }
}
