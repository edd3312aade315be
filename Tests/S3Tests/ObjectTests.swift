import Bytes
import Crypto
import HTTPTypes
import S3
import Testing

@Suite struct ObjectTests {
    static func bench() async -> Bench {
        let bench = Bench()
        _ = await bench.put("/photos")
        return bench
    }

    @Test func roundTrip() async {
        let bench = await Self.bench()
        let put = await bench.put(
            "/photos/a%20b", "hello",
            [
                ("Content-Type", "text/plain"), ("x-amz-meta-Colour", "red"), ("Cache-Control", "no-cache"),
                ("x-amz-storage-class", "STANDARD_IA"),
            ])
        #expect(put.status == 200 && put["ETag"] == "\"5d41402abc4b2a76b9719d911017c592\"")
        #expect(put["x-roost-lsn"] == "2" && put["x-amz-checksum-type"] == "FULL_OBJECT" && put["x-amz-checksum-crc64nvme"] != nil)
        let get = await bench.get("/photos/a%20b")
        #expect(get.status == 200 && get.text == "hello" && get["Content-Length"] == "5" && get["Accept-Ranges"] == "bytes")
        #expect(get["Content-Type"] == "text/plain" && get["x-amz-meta-colour"] == "red" && get["Cache-Control"] == "no-cache")
        #expect(get["x-amz-storage-class"] == "STANDARD_IA" && get["Last-Modified"] == "Thu, 01 Jan 2026 00:00:00 GMT")
        #expect(get["x-amz-checksum-crc64nvme"] == nil, "checksums are shown on demand")
        let head = await bench.head("/photos/a%20b", [("x-amz-checksum-mode", "ENABLED")])
        #expect(head.status == 200 && head.body.isEmpty && head["Content-Length"] == "5" && head["x-amz-checksum-crc64nvme"] != nil)
        #expect(await bench.delete("/photos/a%20b").status == 204)
        #expect(await bench.delete("/photos/a%20b").status == 204)
        let gone = await bench.get("/photos/a%20b")
        #expect(gone.status == 404 && gone.code == "NoSuchKey" && gone.xml("Key") == "a b" && gone.xml("RequestId") != nil)
        #expect(await bench.head("/photos/a%20b").body.isEmpty)
    }

    @Test func largeObject() async {
        let bench = await Self.bench()
        let body = [UInt8]((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        #expect(await bench.send(Bench.Call(method: .put, path: "/photos/big", body: body)).status == 200)
        let whole = await bench.get("/photos/big")
        #expect(whole.body == body && !whole.isBroken)
        let part = await bench.get("/photos/big", "", [("Range", "bytes=300000-699999")])
        #expect(part.status == 206 && part.body == Array(body[300_000..<700_000]))
        #expect(part["Content-Range"] == "bytes 300000-699999/1000000" && part["Content-Length"] == "400000")
    }

    @Test(
        arguments: [
            ("bytes=1-3", 206, "ell", "bytes 1-3/5"), ("bytes=-2", 206, "lo", "bytes 3-4/5"), ("bytes=3-", 206, "lo", "bytes 3-4/5"),
            ("bytes=0-1,3-4", 200, "hello", nil), ("bytes=9-", 416, nil, "bytes */5"), ("lines=1-2", 200, "hello", nil),
        ] as [(String, Int, String?, String?)])
    func ranges(_ range: String, _ status: Int, _ text: String?, _ contentRange: String?) async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "hello")
        let reply = await bench.get("/photos/a", "", [("Range", range)])
        #expect(reply.status == status && reply["Content-Range"] == contentRange)
        if let text { #expect(reply.text == text) }
        if status == 416 {
            #expect(reply.code == "InvalidRange" && reply.xml("ActualObjectSize") == "5" && reply.xml("RangeRequested") == range)
        }
        let head = await bench.head("/photos/a", [("Range", range)])
        #expect(head.status == status && head.body.isEmpty)
    }

    static let etag = "\"5d41402abc4b2a76b9719d911017c592\""
    static let past = "Wed, 31 Dec 2025 00:00:00 GMT"
    static let now = "Thu, 01 Jan 2026 00:00:00 GMT"
    static let future = "Fri, 02 Jan 2026 00:00:00 GMT"

    @Test(
        arguments: [
            ([("If-Match", etag)], 200), ([("If-Match", "*")], 200), ([("If-Match", "5d41402abc4b2a76b9719d911017c592")], 200),
            ([("If-Match", "\"x\"")], 412), ([("If-Match", "\"x\", \(etag)")], 200), ([("If-None-Match", etag)], 304),
            ([("If-None-Match", "*")], 304), ([("If-None-Match", "\"x\"")], 200), ([("If-Modified-Since", past)], 200),
            ([("If-Modified-Since", now)], 304), ([("If-Modified-Since", future)], 200), ([("If-Unmodified-Since", past)], 412),
            ([("If-None-Match", "\"x\""), ("If-Modified-Since", now)], 200), ([("If-Unmodified-Since", future)], 200),
            ([("If-Match", etag), ("If-Unmodified-Since", past)], 200), ([("If-None-Match", etag), ("If-Modified-Since", past)], 304),
            ([("If-None-Match", "\"x\""), ("If-Modified-Since", future)], 200), ([("If-Modified-Since", "yesterday")], 200),
        ] as [([(String, String)], Int)])
    func readConditions(_ headers: [(String, String)], _ status: Int) async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "hello", [("Cache-Control", "max-age=3")])
        let reply = await bench.get("/photos/a", "", headers)
        #expect(reply.status == status)
        #expect(await bench.head("/photos/a", headers).status == status)
        switch status {
        case 304: #expect(reply.body.isEmpty && reply["ETag"] == Self.etag && reply["Cache-Control"] == "max-age=3")
        case 412: #expect(reply.code == "PreconditionFailed" && reply.xml("Condition") == headers[0].0)
        default: #expect(reply.text == "hello")
        }
    }

    @Test func writeConditions() async {
        let bench = await Self.bench()
        #expect(await bench.put("/photos/a", "1", [("If-Match", "\"x\"")]).status == 404)
        #expect(await bench.put("/photos/a", "1", [("If-None-Match", "*")]).status == 200)
        let second = await bench.put("/photos/a", "2", [("If-None-Match", "*")])
        #expect(second.status == 412 && second.code == "PreconditionFailed" && second.xml("Condition") == "If-None-Match")
        #expect(await bench.put("/photos/a", "2", [("If-Match", "\"x\"")]).status == 412)
        #expect(await bench.put("/photos/a", "2", [("If-Match", "\"c4ca4238a0b923820dcc509a6f75849b\"")]).status == 200)
        let byTag = await bench.put("/photos/a", "3", [("If-None-Match", "\"x\"")])
        #expect(byTag.status == 501 && byTag.code == "NotImplemented" && byTag.xml("Header") == "If-None-Match")
        #expect(await bench.get("/photos/a").text == "2")
        #expect(await bench.delete("/photos/a", "", [("If-Match", "\"x\"")]).status == 412)
        #expect(await bench.delete("/photos/a", "", [("If-Match", "\"c81e728d9d4c2f636f067f89cc14862c\"")]).status == 204)
    }

    @Test func overridesNeedNoHeader() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "hello", [("Content-Type", "text/plain")])
        let query =
            "response-content-type=image%2Fpng&response-content-disposition=attachment%3B%20filename%3D%22a%20b%22"
            + "&response-expires=x&response-cache-control=y&response-content-language=de&response-content-encoding=gzip"
        let reply = await bench.send(Bench.Call(method: .get, path: "/photos/a", query: query, signing: .presigned))
        #expect(
            reply.status == 200 && reply["Content-Type"] == "image/png" && reply["Content-Disposition"] == "attachment; filename=\"a b\"")
        #expect(reply["Expires"] == "x" && reply["Cache-Control"] == "y" && reply["Content-Language"] == "de")
        #expect(reply["Content-Encoding"] == "gzip")
    }

    @Test func unicodeMetadata() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "x", [("x-amz-meta-a", "plain"), ("x-amz-meta-b", "Hello Wörld"), ("x-amz-meta-c", "日本語")])
        let reply = await bench.head("/photos/a")
        #expect(reply["x-amz-meta-a"] == "plain")
        #expect(reply["x-amz-meta-b"] == "=?UTF-8?Q?Hello_W=C3=B6rld?=")
        #expect(reply["x-amz-meta-c"] == "=?UTF-8?B?5pel5pys6Kqe?=")
    }

    @Test func copies() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "hello", [("x-amz-meta-x", "1"), ("Content-Type", "text/plain")])
        let copy = await bench.put("/photos/b", "", [("x-amz-copy-source", "/photos/a")])
        #expect(copy.status == 200 && copy.xml("ETag")?.contains("5d41402abc4b2a76b9719d911017c592") == true && copy["x-roost-lsn"] != nil)
        let kept = await bench.get("/photos/b")
        #expect(kept.text == "hello" && kept["x-amz-meta-x"] == "1" && kept["Content-Type"] == "text/plain")
        let replaced = [("x-amz-copy-source", "photos/a"), ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-y", "2")]
        #expect(await bench.put("/photos/a", "", replaced).status == 200)
        let now = await bench.head("/photos/a")
        #expect(now["x-amz-meta-y"] == "2" && now["x-amz-meta-x"] == nil)
        #expect(await bench.put("/photos/a", "", [("x-amz-copy-source", "photos/a")]).code == "InvalidRequest")
        #expect(await bench.put("/photos/c", "", [("x-amz-copy-source", "photos/none")]).code == "NoSuchKey")
        #expect(await bench.put("/photos/c", "", [("x-amz-copy-source", "nowhere/a")]).code == "NoSuchBucket")
        let failing = [("x-amz-copy-source", "photos/a"), ("x-amz-copy-source-if-none-match", Self.etag)]
        #expect(await bench.put("/photos/c", "", failing).status == 412)
        #expect(
            await bench.put("/photos/c", "", [("x-amz-copy-source", "photos/a"), ("x-amz-metadata-directive", "X")]).code
                == "InvalidArgument")
        let since = [("x-amz-copy-source", "photos/a"), ("x-amz-copy-source-if-modified-since", Self.now)]
        #expect(await bench.put("/photos/c", "", since).status == 412)
        let later = [("x-amz-copy-source", "photos/a"), ("x-amz-copy-source-if-modified-since", Self.future)]
        #expect(await bench.put("/photos/c", "", later).status == 200)
        #expect(await bench.put("/photos/c", "", [("x-amz-copy-source", "http://127.0.0.1:9000/photos/a")]).status == 200)
        #expect(await bench.put("/photos/c", "", [("x-amz-copy-source", "http://elsewhere/photos/a")]).code == "InvalidBucketName")
    }

    @Test func objectSettings() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "hello")
        #expect(await bench.get("/photos/a", "acl").text.contains("FULL_CONTROL"))
        #expect(await bench.get("/photos/a", "versionId=null").text == "hello")
        #expect(await bench.get("/photos/a", "versionId=").code == "InvalidArgument")
        #expect(await bench.get("/photos/a", "versionId=abc").code == "InvalidArgument")
        #expect(await bench.get("/photos/a", "versionId=0123456789abcdef0123456789ABCDEF").code == "InvalidArgument")
    }

    @Test func attributes() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "hello")
        let reply = await bench.get(
            "/photos/a", "attributes", [("x-amz-object-attributes", "ETag,ObjectSize,StorageClass,Checksum,ObjectParts")])
        #expect(reply.xml("ETag") == "5d41402abc4b2a76b9719d911017c592" && reply.xml("ObjectSize") == "5")
        #expect(reply.xml("StorageClass") == "STANDARD" && reply.xml("ChecksumType") == "FULL_OBJECT" && reply.xml("ObjectParts") == nil)
        #expect(await bench.get("/photos/a", "attributes").code == "InvalidRequest")
        #expect(await bench.get("/photos/a", "attributes", [("x-amz-object-attributes", "Nonsense")]).code == "InvalidArgument")
    }

    @Test func waitsForPositions() async {
        let bench = await Self.bench()
        let lsn = await bench.put("/photos/a", "hello")["x-roost-lsn"] ?? ""
        #expect(await bench.get("/photos/a", "", [("x-roost-wait-lsn", lsn)]).status == 200)
        let early = await bench.get("/photos/a", "", [("x-roost-wait-lsn", "1000"), ("x-roost-wait-timeout", "20")])
        #expect(early.status == 503 && early.code == "SlowDown" && early.xml("RequestedLSN") == "1000")
        #expect(await bench.get("/photos/a", "", [("x-roost-wait-lsn", "soon")]).code == "InvalidArgument")
    }
}
