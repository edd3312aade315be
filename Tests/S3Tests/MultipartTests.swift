import AWSWire
import Bytes
import HTTPTypes
import S3
import Testing

@Suite struct MultipartTests {
    static let partBytes = 5 << 20

    struct Upload {
        let bench: Bench
        let id: String

        init(_ headers: [(String, String)] = []) async {
            bench = await ObjectTests.bench()
            id = await bench.post("/photos/big", "uploads", "", headers).xml("UploadId") ?? ""
        }

        func part(_ number: Int, _ byte: UInt8, count: Int, _ headers: [(String, String)] = []) async -> Reply {
            await bench.send(
                Bench.Call(
                    method: .put, path: "/photos/big", query: "partNumber=\(number)&uploadId=\(id)", headers: headers,
                    body: [UInt8](repeating: byte, count: count), signing: .unsignedPayload))
        }

        func complete(_ parts: [(Int, String)], _ headers: [(String, String)] = []) async -> Reply {
            let list = parts.map { "<Part><PartNumber>\($0.0)</PartNumber><ETag>\($0.1)</ETag></Part>" }.joined()
            return await bench.post("/photos/big", "uploadId=\(id)", "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>", headers)
        }
    }

    @Test func wholeStory() async {
        let upload = await Upload([("Content-Type", "video/mp4"), ("x-amz-meta-a", "1")])
        let first = await upload.part(1, 1, count: Self.partBytes)
        let second = await upload.part(3, 2, count: 10)
        #expect(first.status == 200 && second.status == 200)
        let listed = await upload.bench.get("/photos/big", "uploadId=\(upload.id)")
        #expect(listed.all("PartNumber") == ["1", "3"] && listed.all("Size") == ["5242880", "10"] && listed.xml("IsTruncated") == "false")
        let page = await upload.bench.get("/photos/big", "uploadId=\(upload.id)&max-parts=1")
        #expect(page.all("PartNumber") == ["1"] && page.xml("NextPartNumberMarker") == "1" && page.xml("IsTruncated") == "true")
        let uploads = await upload.bench.get("/photos", "uploads")
        #expect(uploads.all("Key") == ["big"] && uploads.all("UploadId") == [upload.id])
        #expect(await upload.bench.head("/photos/big").status == 404)

        let done = await upload.complete([(1, first["ETag"] ?? ""), (3, second["ETag"] ?? "")])
        #expect(done.status == 200 && done.xml("Bucket") == "photos" && done.xml("Key") == "big" && done["x-roost-lsn"] != nil)
        #expect(
            done.xml("ETag")?.contains("-2") == true && done.xml("ChecksumType") == "FULL_OBJECT" && done.xml("ChecksumCRC64NVME") != nil)
        #expect(done.xml("Location") == "http://127.0.0.1:9000/photos/big")
        let again = await upload.complete([(1, first["ETag"] ?? ""), (3, second["ETag"] ?? "")])
        #expect(again.status == 200 && again.xml("ETag") == done.xml("ETag"))

        let whole = await upload.bench.get("/photos/big")
        #expect(whole.body.count == Self.partBytes + 10 && whole["Content-Type"] == "video/mp4" && whole["x-amz-meta-a"] == "1")
        let part = await upload.bench.get("/photos/big", "partNumber=2")
        #expect(part.status == 206 && part.body == [UInt8](repeating: 2, count: 10) && part["x-amz-mp-parts-count"] == "2")
        #expect(part["Content-Range"] == "bytes 5242880-5242889/5242890")
        #expect(await upload.bench.head("/photos/big", query: "partNumber=1")["Content-Length"] == "5242880")
        let beyond = await upload.bench.get("/photos/big", "partNumber=3")
        #expect(beyond.status == 416 && beyond.code == "InvalidPartNumber")
        #expect(await upload.bench.get("/photos/big", "partNumber=1", [("Range", "bytes=0-1")]).code == "InvalidRequest")
        let attributes = await upload.bench.get("/photos/big", "attributes", [("x-amz-object-attributes", "ObjectParts")])
        #expect(attributes.xml("PartsCount") == "2")
    }

    @Test func refusals() async {
        let upload = await Upload()
        let small = await upload.part(1, 1, count: 10)
        let last = await upload.part(2, 2, count: 10)
        let tags = [(1, small["ETag"] ?? ""), (2, last["ETag"] ?? "")]
        let tooSmall = await upload.complete(tags)
        #expect(tooSmall.status == 400 && tooSmall.code == "EntityTooSmall" && tooSmall.xml("PartNumber") == "1")
        #expect(await upload.complete(tags.reversed()).code == "InvalidPartOrder")
        #expect(await upload.complete([(1, "\"nonsense\"")]).code == "InvalidPart")
        #expect(await upload.complete([(9, tags[0].1)]).code == "InvalidPart")
        let none = await upload.complete([])
        #expect(none.code == "InvalidRequest" && none.xml("Message") == "You must specify at least one part")
        let wrong = await upload.complete([(1, "\"nonsense\"")])
        #expect(wrong.xml("UploadId") == upload.id && wrong.xml("PartNumber") == "1" && wrong.xml("ETag") == "nonsense")
        #expect(await upload.complete(tags.reversed()).xml("UploadId") == upload.id)
        #expect(await upload.bench.post("/photos/big", "uploadId=\(upload.id)", "<Complete").code == "MalformedXML")
        #expect(await upload.bench.post("/photos/big", "uploadId=\(upload.id)").code == "InvalidRequest")
        #expect(await upload.complete([(2, tags[1].1)], [("If-Match", "\"x\"")]).status == 404)
        #expect(await upload.complete([(2, tags[1].1)], [("x-amz-mp-object-size", "11")]).code == "InvalidRequest")
        #expect(await upload.complete([(2, tags[1].1)]).status == 200)
    }

    @Test func aPartListedTwice() async {
        let upload = await Upload()
        let first = await upload.part(1, 1, count: 10)
        let again = await upload.part(1, 2, count: 10)
        let tags = [(1, first["ETag"] ?? ""), (1, again["ETag"] ?? "")]
        #expect(await upload.complete(tags.reversed()).code == "InvalidPart", "the later one counts, and it is replaced")
        #expect(await upload.complete(tags).status == 200)
        #expect(await upload.bench.get("/photos/big").body == [UInt8](repeating: 2, count: 10))
    }

    @Test func aborting() async {
        let upload = await Upload()
        _ = await upload.part(1, 1, count: 10)
        #expect(await upload.bench.delete("/photos/big", "uploadId=\(upload.id)").status == 204)
        #expect(await upload.part(1, 1, count: 10).code == "NoSuchUpload")
        #expect(await upload.bench.get("/photos/big", "uploadId=\(upload.id)").code == "NoSuchUpload")
        #expect(await upload.bench.delete("/photos/big", "uploadId=nonsense").code == "NoSuchUpload")
        #expect(await upload.complete([(1, "\"x\"")]).code == "NoSuchUpload")
    }

    @Test func compositeChecksums() async {
        let upload = await Upload([("x-amz-checksum-algorithm", "CRC32")])
        let crc = CRC32.checksum([UInt8](repeating: 1, count: 10))
        let text = Base64.encode(withUnsafeBytes(of: crc.bigEndian) { Array($0) })
        let part = await upload.part(1, 1, count: 10, [("x-amz-checksum-crc32", text)])
        #expect(part.status == 200 && part["x-amz-checksum-crc32"] == text)
        #expect(await upload.part(1, 1, count: 10, [("x-amz-checksum-sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")]).code == "InvalidRequest")
        let sha = "<ChecksumSHA256>\(Base64.encode([UInt8](repeating: 1, count: 32)))</ChecksumSHA256>"
        let foreign = await upload.bench.post(
            "/photos/big", "uploadId=\(upload.id)",
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(part["ETag"] ?? "")</ETag>\(sha)</Part></CompleteMultipartUpload>"
        )
        #expect(foreign.status == 400 && foreign.code == "BadDigest")
        #expect(foreign.xml("Message") == "The sha256 you specified for part 1 did not match what we received.")
        let missing = await upload.complete([(1, part["ETag"] ?? "")])
        #expect(missing.status == 400 && missing.code == "InvalidRequest" && missing.xml("Message")?.contains("part 1") == true)
        let body =
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\(part["ETag"] ?? "")</ETag>"
            + "<ChecksumCRC32>\(text)</ChecksumCRC32></Part></CompleteMultipartUpload>"
        let done = await upload.bench.post("/photos/big", "uploadId=\(upload.id)", body)
        #expect(done.status == 200 && done.xml("ChecksumCRC32")?.hasSuffix("-1") == true && done.xml("ChecksumType") == "COMPOSITE")
        let head = await upload.bench.head("/photos/big", [("x-amz-checksum-mode", "ENABLED")])
        #expect(head["x-amz-checksum-crc32"]?.hasSuffix("-1") == true && head["x-amz-checksum-type"] == "COMPOSITE")
    }

    @Test func fullObjectChecksums() async {
        let upload = await Upload([("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "FULL_OBJECT")])
        let crc = CRC32.checksum([UInt8](repeating: 1, count: 10))
        let text = Base64.encode(withUnsafeBytes(of: crc.bigEndian) { Array($0) })
        let part = await upload.part(1, 1, count: 10)
        #expect(part.status == 200 && part["x-amz-checksum-crc32"] == text)
        let other = Base64.encode([UInt8](repeating: 0, count: 8))
        for headers in [
            [("x-amz-checksum-crc32", "AAAAAA==")], [("x-amz-checksum-crc32", text)], [("x-amz-checksum-crc32", text + "-1")],
            [("x-amz-checksum-crc64nvme", other)], [("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-checksum-type", "FULL_OBJECT")],
            [("x-amz-checksum-crc64nvme", other), ("x-amz-checksum-type", "FULL_OBJECT")],
        ] {
            let wrong = await upload.complete([(1, part["ETag"] ?? "")], headers)
            #expect(wrong.status == 400 && wrong.code == "BadDigest", "\(headers)")
            #expect(wrong.xml("Message") == "The crc32 you specified did not match the calculated checksum.", "\(headers)")
        }
        let composite = await upload.complete([(1, part["ETag"] ?? "")], [("x-amz-checksum-type", "COMPOSITE")])
        #expect(composite.code == "InvalidRequest" && composite.xml("Message")?.contains("the FULL_OBJECT checksum mode.") == true)
        let headers = [("x-amz-checksum-crc32", text), ("x-amz-checksum-type", "FULL_OBJECT"), ("x-amz-mp-object-size", "10")]
        let done = await upload.complete([(1, part["ETag"] ?? "")], headers)
        #expect(done.status == 200 && done.xml("ChecksumCRC32") == text && done.xml("ChecksumType") == "FULL_OBJECT")
    }

    @Test func checksumChoices() async {
        let bench = await ObjectTests.bench()
        let created = await bench.post("/photos/a", "uploads", "", [("x-amz-checksum-algorithm", "SHA256")])
        #expect(created["x-amz-checksum-algorithm"] == "SHA256" && created["x-amz-checksum-type"] == "COMPOSITE")
        let wrong = [("x-amz-checksum-algorithm", "SHA256"), ("x-amz-checksum-type", "FULL_OBJECT")]
        #expect(await bench.post("/photos/a", "uploads", "", wrong).code == "InvalidRequest")
        #expect(await bench.post("/photos/a", "uploads", "", [("x-amz-checksum-algorithm", "MD5")]).code == "InvalidRequest")
        #expect(await bench.post("/photos/a", "uploads", "", [("x-amz-checksum-type", "COMPOSITE")]).code == "InvalidRequest")
    }

    /// What the client did not choose is shown of the object, not of the upload.
    @Test func aChecksumThatNobodyChose() async {
        let upload = await Upload()
        let part = await upload.part(1, 1, count: 10)
        _ = await upload.bench.put("/photos/source", "0123456789")
        let copied = await upload.bench.put(
            "/photos/big", "", [("x-amz-copy-source", "photos/source")], query: "partNumber=2&uploadId=\(upload.id)")
        #expect(copied.status == 200 && !copied.text.contains("Checksum"))
        #expect(await !upload.bench.get("/photos", "uploads").text.contains("Checksum"))
        #expect(await !upload.bench.get("/photos/big", "uploadId=\(upload.id)").text.contains("Checksum"))
        for type in ["FULL_OBJECT", "COMPOSITE"] {
            let refused = await upload.complete([(1, part["ETag"] ?? "")], [("x-amz-checksum-type", type)])
            #expect(refused.code == "InvalidRequest" && refused.xml("Message")?.contains("the null checksum mode.") == true)
        }
        #expect(await upload.complete([(1, part["ETag"] ?? "")]).xml("ChecksumCRC64NVME") != nil)
    }

    @Test func whatIsShownOfChecksums() async {
        let mode = [("x-amz-checksum-mode", "ENABLED")]
        let wanted = [("x-amz-object-attributes", "ObjectParts,Checksum")]
        let whole = await Upload()
        let tags = [await whole.part(1, 1, count: Self.partBytes), await whole.part(2, 2, count: 10)].map { $0["ETag"] ?? "" }
        #expect(await whole.complete([(1, tags[0]), (2, tags[1])]).status == 200)
        #expect(await whole.bench.get("/photos/big", "partNumber=2", mode)["x-amz-checksum-type"] == nil)
        #expect(await whole.bench.get("/photos/big", "", mode + [("Range", "bytes=0-5242879")])["x-amz-checksum-type"] == nil)
        let all = await whole.bench.get("/photos/big", "", mode + [("Range", "bytes=0-99999999")])
        #expect(all.status == 206 && all["x-amz-checksum-type"] == "FULL_OBJECT" && all["x-amz-checksum-crc64nvme"] != nil)
        let counted = await whole.bench.get("/photos/big", "attributes", wanted)
        #expect(counted.xml("PartsCount") == "2" && counted.all("PartNumber").isEmpty && counted.xml("MaxParts") == nil)

        let composite = await Upload([("x-amz-checksum-algorithm", "CRC32")])
        let part = await composite.part(1, 1, count: 10)
        let list =
            "<Part><PartNumber>1</PartNumber><ETag>\(part["ETag"] ?? "")</ETag>"
            + "<ChecksumCRC32>\(part["x-amz-checksum-crc32"] ?? "")</ChecksumCRC32></Part>"
        let body = "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>"
        let done = await composite.bench.post("/photos/big", "uploadId=\(composite.id)", body)
        #expect(done.xml("ChecksumCRC32")?.hasSuffix("-1") == true)
        let read = await composite.bench.get("/photos/big", "partNumber=1", mode)
        #expect(read["x-amz-checksum-crc32"] == part["x-amz-checksum-crc32"] && read["x-amz-checksum-type"] == "COMPOSITE")
        let shown = await composite.bench.get("/photos/big", "attributes", wanted)
        #expect(shown.all("PartNumber") == ["1"] && shown.xml("NextPartNumberMarker") == "1")
        #expect(shown.xml("ChecksumCRC32").map { $0 + "-1" } == done.xml("ChecksumCRC32"), "without the number of parts")
        let beyond = await composite.bench.get("/photos/big", "attributes", wanted + [("x-amz-part-number-marker", "10")])
        #expect(beyond.all("PartNumber").isEmpty && beyond.xml("NextPartNumberMarker") == "0")
    }

    @Test func aDisturbedUpload() async {
        let upload = await Upload()
        let part = await upload.part(1, 1, count: 10)
        _ = await upload.bench.put("/photos/big", "1")
        _ = await upload.bench.delete("/photos/big")
        let refused = await upload.complete([(1, part["ETag"] ?? "")], [("If-None-Match", "*")])
        #expect(refused.status == 409 && refused.code == "ConditionalRequestConflict")
        #expect(refused.xml("Condition") == "If-None-Match" && refused.xml("Key") == "big")
        #expect(await upload.complete([(1, part["ETag"] ?? "")]).status == 200)
    }

    @Test func markersOfTheUploads() async {
        let upload = await Upload()
        let bench = upload.bench
        let all = await bench.get("/photos", "uploads")
        #expect(all.xml("NextKeyMarker") == "big" && all.xml("NextUploadIdMarker") == upload.id && all.xml("Prefix") == nil)
        let none = await bench.get("/photos", "uploads&key-marker=z")
        #expect(none.xml("NextKeyMarker") == "" && none.xml("NextUploadIdMarker") == "")
        #expect(await bench.get("/photos", "uploads&upload-id-marker=nonsense").xml("UploadIdMarker") == "", "ignored without a key")
        _ = await bench.post("/photos/c/d", "uploads")
        let grouped = await bench.get("/photos", "uploads&delimiter=/")
        #expect(grouped.all("Key") == ["big"] && grouped.xml("NextKeyMarker") == "" && grouped.xml("IsTruncated") == "false")
    }

    @Test func copiedParts() async {
        let upload = await Upload()
        _ = await upload.bench.put("/photos/source", "0123456789")
        func copy(_ range: String?) async -> Reply {
            var headers = [("x-amz-copy-source", "photos/source")]
            if let range { headers.append(("x-amz-copy-source-range", range)) }
            return await upload.bench.put("/photos/big", "", headers, query: "partNumber=1&uploadId=\(upload.id)")
        }
        let past = await copy("bytes=0-21")
        #expect(past.code == "InvalidArgument" && past.xml("ArgumentName") == "x-amz-copy-source-range")
        #expect(past.xml("ArgumentValue") == "bytes=0-21")
        let behind = await copy("bytes=10-21")
        #expect(behind.code == "InvalidRequest")
        #expect(behind.xml("Message") == "The specified copy range is invalid for the source object size")
        #expect(await copy("bytes=5-").code == "InvalidArgument")
        let copied = await copy("bytes=2-4")
        #expect(copied.status == 200)
        let etag = (copied.xml("ETag") ?? "").replacing("&quot;", with: "\"")
        #expect(await upload.complete([(1, etag)]).status == 200)
        #expect(await upload.bench.get("/photos/big").text == "234")
    }
}
