import AWSWire
import Bytes
import HTTPTypes
import Model
import Objects
import SimulationKit
import Testing

/// Objects of the archive classes: kept as any other, and read only once they were restored.
@Suite struct RestoreTests {
    static func bench(_ storageClass: String = "GLACIER") async -> Bench {
        let bench = Bench()
        _ = await bench.put("/photos")
        _ = await bench.put("/photos/a", "hello", [("x-amz-storage-class", storageClass)])
        return bench
    }

    static func request(days: Int = 2, _ more: String = "") -> String { "<RestoreRequest><Days>\(days)</Days>\(more)</RestoreRequest>" }

    static func restore(_ bench: Bench, _ document: String = request(), _ path: String = "/photos/a") async -> Reply {
        await bench.post(path, "restore", document)
    }

    static let copy = [("x-amz-copy-source", "/photos/a")]

    @Test(arguments: ["GLACIER", "DEEP_ARCHIVE"]) func anArchivedObjectIsNotRead(_ storageClass: String) async {
        let bench = await Self.bench(storageClass)
        for headers in [[], [("Range", "bytes=0-1")]] {
            let refused = await bench.get("/photos/a", "", headers)
            #expect(refused.status == 403 && refused.code == "InvalidObjectState" && refused.xml("StorageClass") == storageClass)
        }
        let head = await bench.head("/photos/a")
        #expect(head.status == 200 && head["x-amz-storage-class"] == storageClass && head["x-amz-restore"] == nil)
        #expect(await bench.get("/photos/a", "", [("If-None-Match", head["etag"] ?? "")]).status == 304)
        let copied = await bench.put("/photos/b", "", Self.copy)
        #expect(copied.status == 403 && copied.code == "InvalidObjectState")
        let upload = await bench.post("/photos/c", "uploads").xml("UploadId") ?? ""
        #expect(await bench.put("/photos/c", "", Self.copy, query: "partNumber=1&uploadId=\(upload)").code == "InvalidObjectState")
        #expect(await bench.get("/photos").all("StorageClass") == [storageClass])
        #expect(await bench.delete("/photos/a").status == 204)
    }

    @Test func aRestoredObjectIsReadForAWhile() async {
        let bench = await Self.bench()
        let before = await bench.head("/photos/a")
        #expect(await Self.restore(bench).status == 202)
        // The midnight that follows the second day.
        let until = Timestamp(seconds: (bench.clock.now().seconds / 86_400 + 3) * 86_400)
        let head = await bench.head("/photos/a")
        #expect(head["x-amz-restore"] == "ongoing-request=\"false\", expiry-date=\"\(HTTPDate.format(until))\"")
        #expect(head["x-amz-storage-class"] == "GLACIER")
        #expect(head["etag"] == before["etag"] && head["last-modified"] == before["last-modified"])
        #expect(await bench.get("/photos/a").text == "hello")
        #expect(await bench.put("/photos/b", "", Self.copy).status == 200)
        #expect(await bench.head("/photos/b")["x-amz-storage-class"] == nil)

        #expect(await Self.restore(bench, Self.request(days: 3)).status == 200, "it was restored already")
        bench.clock.set(to: until)
        #expect(await bench.get("/photos/a").text == "hello")
        bench.clock.set(to: until + .seconds(86_400))
        #expect(await bench.get("/photos/a").code == "InvalidObjectState")
        #expect(await bench.head("/photos/a")["x-amz-restore"] == nil)
        #expect(await Self.restore(bench).status == 202)
    }

    @Test func versionsAreRestoredOneByOne() async {
        let bench = await Self.bench()
        _ = await bench.put(
            "/photos", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", query: "versioning")
        _ = await bench.put("/photos/a", "newer", [("x-amz-storage-class", "GLACIER")])
        let restored = await bench.post("/photos/a", "restore&versionId=null", Self.request())
        #expect(restored.status == 202 && restored["x-amz-version-id"] == "null")
        #expect(await bench.get("/photos/a", "versionId=null").text == "hello")
        #expect(await bench.get("/photos/a").code == "InvalidObjectState")
        _ = await bench.delete("/photos/a")
        #expect(await Self.restore(bench).status == 404)
    }

    @Test(arguments: [false, true]) func aRenameKeepsTheRestoreACopyDoesNot(_ hasVersions: Bool) async {
        let bench = await Self.bench()
        if hasVersions {
            _ = await bench.put(
                "/photos", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", query: "versioning")
        }
        #expect(await bench.put("/photos/early", "", [("x-amz-rename-source", "a")], query: "renameObject").status == 200)
        #expect(await bench.get("/photos/early").code == "InvalidObjectState")
        #expect(await Self.restore(bench, Self.request(), "/photos/early").status == 202)
        let restored = await bench.head("/photos/early")["x-amz-restore"]
        let copied = await bench.put(
            "/photos/copy", "", [("x-amz-copy-source", "/photos/early"), ("x-amz-storage-class", "GLACIER")])
        #expect(copied.status == 200)
        #expect(await bench.get("/photos/copy").code == "InvalidObjectState")
        #expect(await bench.put("/photos/late", "", [("x-amz-rename-source", "early")], query: "renameObject").status == 200)
        #expect(await bench.get("/photos/late").text == "hello")
        let head = await bench.head("/photos/late")
        #expect(restored != nil && head["x-amz-restore"] == restored && head["x-amz-storage-class"] == "GLACIER")
    }

    @Test(arguments: [
        ("/photos/a", "", 400, "MalformedXML"), ("/photos/a", "<RestoreRequest/>", 400, "MalformedXML"),
        ("/photos/a", request(days: 0), 400, "MalformedXML"), ("/photos/a", request(days: 1, "<Other/>"), 400, "MalformedXML"),
        ("/photos/a", request(days: 1, "<Tier>Slow</Tier>"), 400, "MalformedXML"), ("/photos/a", "<Restore/>", 400, "MalformedXML"),
        ("/photos/a", request(days: 99_999_999_999), 400, "MalformedXML"),
        ("/photos/a", request(days: 1, "<Type>SELECT</Type>"), 501, "NotImplemented"),
        (
            "/photos/a", request(days: 1, "<GlacierJobParameters><Tier>Expedited</Tier></GlacierJobParameters>"), 400, "InvalidArgument"
        ),
        ("/photos/plain", request(), 403, "InvalidObjectState"), ("/photos/nothing", request(), 404, "NoSuchKey"),
    ])
    func refusals(_ path: String, _ document: String, _ status: Int, _ code: String) async {
        let bench = await Self.bench("DEEP_ARCHIVE")
        _ = await bench.put("/photos/plain", "hello")
        let reply = await Self.restore(bench, document, path)
        #expect(reply.status == status && reply.code == code)
        #expect(await bench.head("/photos/a")["x-amz-restore"] == nil)
    }
}
