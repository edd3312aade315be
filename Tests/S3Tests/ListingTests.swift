import AWSWire
import S3
import Testing

@Suite struct ListingTests {
    static func bench(_ keys: [String]) async -> Bench {
        let bench = await ObjectTests.bench()
        for key in keys { _ = await bench.put("/photos/\(key)", "x") }
        return bench
    }

    static let tree = ["a", "b/1", "b/2", "c/1", "d"]

    @Test func firstForm() async {
        let bench = await Self.bench(Self.tree)
        let all = await bench.get("/photos")
        #expect(all.all("Key") == Self.tree && all.xml("IsTruncated") == "false" && all.xml("MaxKeys") == "1000")
        #expect(all.xml("NextMarker") == nil && all.text.contains("<Owner>") && all.text.contains("<Marker></Marker>"))
        let grouped = await bench.get("/photos", "delimiter=/&max-keys=2")
        #expect(grouped.all("Key") == ["a"] && grouped.all("Prefix") == ["", "b/"] && grouped.xml("NextMarker") == "b/")
        #expect(grouped.xml("IsTruncated") == "true" && grouped.xml("Delimiter") == "/")
        let rest = await bench.get("/photos", "delimiter=/&marker=b/")
        #expect(rest.all("Key") == ["d"] && rest.all("Prefix") == ["", "c/"] && rest.xml("Marker") == "b/")
    }

    @Test func secondForm() async {
        let bench = await Self.bench(Self.tree)
        var keys: [String] = []
        var query = "list-type=2&max-keys=2"
        var pages = 0
        while true {
            let page = await bench.get("/photos", query)
            keys += page.all("Key")
            pages += 1
            guard let token = page.xml("NextContinuationToken") else { break }
            #expect(page.xml("KeyCount") == "2" && page.xml("IsTruncated") == "true")
            query = "list-type=2&max-keys=2&continuation-token=" + token.replacing("=", with: "%3D")
        }
        #expect(keys == Self.tree && pages == 3)
        let after = await bench.get("/photos", "list-type=2&start-after=b/2&fetch-owner=true")
        #expect(after.all("Key") == ["c/1", "d"] && after.xml("StartAfter") == "b/2" && after.text.contains("<Owner>"))
        let plain = await bench.get("/photos", "list-type=2&prefix=b/&delimiter=/")
        #expect(plain.all("Key") == ["b/1", "b/2"] && plain.xml("Prefix") == "b/" && !plain.text.contains("<Owner>"))
        #expect(plain.xml("ETag")?.contains("9dd4e461268c8034f5c8564e155c67a6") == true && plain.xml("Size") == "1")
        #expect(plain.xml("LastModified") == "2026-01-01T00:00:00.000Z" && plain.xml("StorageClass") == "STANDARD")
    }

    @Test(arguments: [
        ("max-keys=-1", "InvalidArgument"), ("max-keys=abc", "InvalidArgument"), ("max-keys=99999999999", "InvalidArgument"),
        ("list-type=2&continuation-token=%21", "InvalidArgument"),
        ("encoding-type=base64", "InvalidArgument"), ("prefix=%ff", "InvalidURI"),
    ])
    func refusals(_ query: String, _ code: String) async {
        let reply = await Self.bench([]).get("/photos", query)
        #expect(reply.status == 400 && reply.code == code)
    }

    @Test func tokensOfListings() async {
        let bench = await Self.bench(["a", "b"])
        let empty = await bench.get("/photos", "list-type=2&continuation-token=")
        #expect(empty.status == 400 && empty.code == "InvalidArgument" && empty.xml("ArgumentName") == "continuation-token")
        let first = await bench.get("/photos", "list-type=2&max-keys=1&start-after=0")
        #expect(first.all("Key") == ["a"] && first.xml("StartAfter") == "0")
        let token = (first.xml("NextContinuationToken") ?? "").replacing("=", with: "%3D")
        let second = await bench.get("/photos", "list-type=2&start-after=0&continuation-token=\(token)")
        #expect(second.all("Key") == ["b"] && second.xml("StartAfter") == nil)
        let ceph = await CephDialectTests.bench(.ceph)
        #expect(await ceph.get("/photos", "list-type=2&continuation-token=").all("Key") == ["a"])
    }

    @Test func pageSizes() async {
        let bench = await Self.bench(["a"])
        let none = await bench.get("/photos", "list-type=2&max-keys=0")
        #expect(none.xml("KeyCount") == "0" && none.xml("IsTruncated") == "false" && none.xml("MaxKeys") == "0")
        #expect(await bench.get("/photos", "max-keys=5000").xml("MaxKeys") == "1000")
        #expect(await bench.get("/photos", "max-keys=").xml("MaxKeys") == "1000")
        #expect(await bench.get("/photos", "delimiter=").xml("Delimiter") == nil)
    }

    @Test func encodedNames() async {
        let bench = await Self.bench(["a%20b", "c%0Ad", "e%2Bf", "%C3%A9", "x/y"])
        let encoded = await bench.get("/photos", "list-type=2&encoding-type=url")
        #expect(encoded.all("Key") == ["a%20b", "c%0Ad", "e%2Bf", "x/y", "%C3%A9"] && encoded.xml("EncodingType") == "url")
        let plain = await bench.get("/photos", "list-type=2")
        #expect(plain.all("Key").contains("a b") && plain.all("Key").contains("é"))
    }

    @Test func versionsOfAnUnversionedBucket() async {
        let bench = await Self.bench(["a", "b"])
        let first = await bench.get("/photos", "versions&max-keys=1")
        #expect(first.all("Key") == ["a"] && first.all("VersionId") == ["null"] && first.xml("IsLatest") == "true")
        #expect(first.xml("NextKeyMarker") == "a" && first.xml("NextVersionIdMarker") == "null")
        let second = await bench.get("/photos", "versions&key-marker=a&version-id-marker=null")
        #expect(second.all("Key") == ["b"] && second.xml("IsTruncated") == "false")
        #expect(await bench.delete("/photos/a", "versionId=null").status == 204)
        #expect(await bench.head("/photos/a").status == 404)
    }

    private func delete(_ bench: Bench, _ body: String) async -> Reply {
        await bench.post("/photos", "delete", body, BadInputTests.digest(body))
    }

    @Test func deletesMany() async {
        let bench = await Self.bench(["a", "b", "c"])
        let reply = await delete(
            bench,
            "<Delete><Object><Key>a</Key></Object><Object><Key>none</Key></Object><Object><Key>b</Key><VersionId>x</VersionId></Object></Delete>"
        )
        #expect(reply.status == 200 && reply.all("Key") == ["a", "none", "b"] && reply["x-roost-lsn"] != nil)
        #expect(reply.all("Code") == ["InvalidArgument"])
        let quiet = await delete(bench, "<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>")
        #expect(quiet.status == 200 && quiet.all("Key").isEmpty)
        #expect(await bench.get("/photos").all("Key") == ["c"])
        let tagged = await delete(bench, "<Delete><Object><Key>c</Key><ETag>\"x\"</ETag></Object></Delete>")
        #expect(tagged.all("Code") == ["PreconditionFailed"])
    }

    @Test func refusedDeletions() async {
        let bench = await Self.bench([])
        let thousand = String(repeating: "<Object><Key>k</Key></Object>", count: 1000)
        #expect(await delete(bench, "<Delete>\(thousand)</Delete>").status == 200)
        #expect(await delete(bench, "<Delete>\(thousand)<Object><Key>k</Key></Object></Delete>").code == "MalformedXML")
        #expect(await delete(bench, "<Delete></Delete>").code == "MalformedXML")
        #expect(await delete(bench, "<Delete><Object></Object></Delete>").code == "MalformedXML")
        #expect(await delete(bench, "<Delete><Object><Key></Key></Object></Delete>").code == "UserKeyMustBeSpecified")
        #expect(await bench.post("/photos", "delete", "<Delete/>").code == "InvalidRequest", "a digest is demanded")
        #expect(await delete(bench, "").code == "MissingRequestBodyError")
        let long = String(repeating: "k", count: 1025)
        #expect(await delete(bench, "<Delete><Object><Key>\(long)</Key></Object></Delete>").code == "KeyTooLongError")
    }
}
