import Bytes
import HTTPTypes
import Model
import Objects
import S3
import Testing

@Suite struct TaggingTests {
    static func document(_ tags: [(String, String)]) -> String {
        "<Tagging><TagSet>" + tags.map { "<Tag><Key>\($0.0)</Key><Value>\($0.1)</Value></Tag>" }.joined() + "</TagSet></Tagging>"
    }

    static func put(_ bench: Bench, _ path: String, _ document: String) async -> Reply {
        await bench.put(path, document, BadInputTests.digest(document), query: "tagging")
    }

    static func tags(_ bench: Bench, _ path: String) async -> [String] {
        let reply = await bench.get(path, "tagging")
        return zip(reply.all("Key"), reply.all("Value")).map { "\($0)=\($1)" }
    }

    @Test func objectTagsComeAndGo() async {
        let bench = await ObjectTests.bench()
        let put = await bench.put("/photos/a", "hello", [("x-amz-tagging", "colour=red&na%20me=a+b&flag")])
        #expect(put.status == 200)
        #expect(await Self.tags(bench, "/photos/a") == ["colour=red", "flag=", "na me=a b"])
        let before = await bench.head("/photos/a")
        #expect(before["x-amz-tagging-count"] == "3")
        let replaced = await Self.put(bench, "/photos/a", Self.document([("z", "1"), ("b", "ü")]))
        #expect(replaced.status == 200 && replaced["x-roost-lsn"] == "3")
        #expect(await Self.tags(bench, "/photos/a") == ["b=ü", "z=1"])
        let after = await bench.get("/photos/a")
        #expect(after.text == "hello" && after["ETag"] == before["ETag"] && after["x-amz-tagging-count"] == "2")
        #expect(await bench.delete("/photos/a", "tagging").status == 204)
        #expect(await bench.get("/photos/a", "tagging").text.contains("<TagSet></TagSet>"))
        #expect(await bench.head("/photos/a")["x-amz-tagging-count"] == nil)
        #expect(await bench.put("/photos/a", "hello").status == 200)
        #expect(await Self.tags(bench, "/photos/a").isEmpty)
    }

    @Test func whatHasNoTags() async {
        let bench = await ObjectTests.bench()
        let missing = await bench.get("/photos/none", "tagging")
        #expect(missing.code == "NoSuchKey" && missing.xml("Key") == "photos/none")
        let deleted = await bench.delete("/photos/none", "tagging")
        #expect(deleted.code == "NoSuchKey" && deleted.xml("Key") == "none")
        #expect(await Self.put(bench, "/photos/none", Self.document([])).code == "NoSuchKey")
        #expect(await bench.get("/photos", "tagging").code == "NoSuchTagSet")
        #expect(await Self.put(bench, "/nowhere", Self.document([("a", "b")])).code == "NoSuchBucket")
    }

    @Test func bucketTagsComeAndGo() async {
        let bench = await ObjectTests.bench()
        let many = (0..<50).map { ("key\($0)", "value") }
        #expect(await Self.put(bench, "/photos", Self.document(many)).status == 204)
        #expect(await Self.tags(bench, "/photos").count == 50)
        let excess = await Self.put(bench, "/photos", Self.document(many + [("more", "")]))
        #expect(excess.code == "BadRequest" && excess.status == 400)
        #expect(await Self.put(bench, "/photos", Self.document([("a", "b")])).status == 204)
        #expect(await Self.tags(bench, "/photos") == ["a=b"])
        #expect(await bench.delete("/photos", "tagging").status == 204)
        #expect(await bench.get("/photos", "tagging").code == "NoSuchTagSet")
        #expect(await bench.delete("/photos", "tagging").status == 204, "removing what is not there succeeds")
    }

    @Test func noTagSetIsAnEmptyOne() async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x", [("x-amz-tagging", "a=1")])
        _ = await Self.put(bench, "/photos", Self.document([("a", "b")]))
        #expect(await Self.put(bench, "/photos/a", "<Tagging/>").status == 200)
        #expect(await Self.tags(bench, "/photos/a").isEmpty)
        #expect(await Self.put(bench, "/photos", "<Tagging/>").status == 204)
        #expect(await bench.get("/photos", "tagging").code == "NoSuchTagSet")
    }

    @Test(
        arguments: [
            ([("a", "1"), ("a", "2")], "InvalidTag", "Cannot provide multiple Tags with the same key"),
            ([("aws:a", "1")], "InvalidTag", "Your TagKey cannot be prefixed with aws:"),
            ([("", "1")], "InvalidTag", "The TagKey you have provided is invalid"),
            ([("a*", "1")], "InvalidTag", "The TagKey you have provided is invalid"),
            ([("a", "{}")], "InvalidTag", "The TagValue you have provided is invalid"),
            ([(String(repeating: "k", count: 129), "1")], "InvalidTag", "The TagKey you have provided is invalid"),
            ([("a", String(repeating: "v", count: 257))], "InvalidTag", "The TagValue you have provided is invalid"),
            ((0..<11).map { ("\($0)", "") }, "BadRequest", "Object tags cannot be greater than 10"),
        ] as [([(String, String)], String, String)])
    func refusedTags(_ tags: [(String, String)], _ code: String, _ message: String) async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x", [("x-amz-tagging", "kept=1")])
        let reply = await Self.put(bench, "/photos/a", Self.document(tags))
        #expect(reply.status == 400 && reply.code == code && reply.xml("Message") == message)
        #expect(await Self.tags(bench, "/photos/a") == ["kept=1"])
    }

    @Test func largestTags() async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x")
        let tags = (0..<10).map { (String(repeating: "ü", count: 127) + "\($0)", String(repeating: "字", count: 256)) }
        #expect(await Self.put(bench, "/photos/a", Self.document(tags)).status == 200)
        #expect(await Self.tags(bench, "/photos/a").count == 10)
    }

    @Test(arguments: [
        "<Tagging><TagSet/><TagSet/></Tagging>", "<Tagging><Other/></Tagging>",
        "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        "<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>", "<Tagging><TagSet><Other/></TagSet></Tagging>", "<TagSet/>",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value><Value>c</Value></Tag></TagSet></Tagging>", "", "<",
    ])
    func malformedDocuments(_ document: String) async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x")
        #expect(await Self.put(bench, "/photos/a", document).code == "MalformedXML")
        #expect(await bench.put("/photos/a", "<Tagging><TagSet/></Tagging>", query: "tagging").code == "InvalidRequest", "no digest")
    }

    @Test(arguments: [
        ("a=1&a=2", "InvalidArgument"), ("%zz=1", "InvalidArgument"), ("=1", "InvalidArgument"),
        ("a=%2A", "InvalidArgument"), ("key1=val1,key2=val2", "InvalidArgument"), ("aws:a=1", "InvalidTag"),
    ])
    func malformedHeaders(_ text: String, _ code: String) async {
        let bench = await ObjectTests.bench()
        let reply = await bench.put("/photos/a", "x", [("x-amz-tagging", text)])
        #expect(reply.status == 400 && reply.code == code)
        #expect(await bench.post("/photos/a", "uploads", "", [("x-amz-tagging", text)]).code == code)
    }

    @Test func copiesKeepOrReplaceTags() async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x", [("x-amz-tagging", "a=1")])
        #expect(await bench.put("/photos/b", "", [("x-amz-copy-source", "photos/a"), ("x-amz-tagging", "ignored=1")]).status == 200)
        #expect(await Self.tags(bench, "/photos/b") == ["a=1"])
        let replacing = [("x-amz-copy-source", "photos/a"), ("x-amz-tagging-directive", "REPLACE"), ("x-amz-tagging", "b=2")]
        #expect(await bench.put("/photos/b", "", replacing).status == 200)
        #expect(await Self.tags(bench, "/photos/b") == ["b=2"])
        #expect(await bench.put("/photos/b", "", Array(replacing.dropLast())).status == 200)
        #expect(await Self.tags(bench, "/photos/b").isEmpty)
        let metadataOnly = [("x-amz-copy-source", "photos/a"), ("x-amz-metadata-directive", "REPLACE")]
        #expect(await bench.put("/photos/b", "", metadataOnly).status == 200)
        #expect(await Self.tags(bench, "/photos/b") == ["a=1"], "each directive speaks for itself")
        let unknown = await bench.put("/photos/b", "", [("x-amz-copy-source", "photos/a"), ("x-amz-tagging-directive", "KEEP")])
        #expect(unknown.code == "InvalidArgument")
    }

    @Test func uploadsKeepTheirTags() async {
        let bench = await ObjectTests.bench()
        let id = await bench.post("/photos/a", "uploads", "", [("x-amz-tagging", "a=1")]).xml("UploadId") ?? ""
        let part = await bench.put("/photos/a", "hello", query: "partNumber=1&uploadId=\(id)")
        let list =
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(part["ETag"] ?? "")</ETag></Part></CompleteMultipartUpload>"
        #expect(await bench.post("/photos/a", "uploadId=\(id)", list).status == 200)
        #expect(await Self.tags(bench, "/photos/a") == ["a=1"])
        #expect(await bench.head("/photos/a")["x-amz-tagging-count"] == "1")
    }
}
