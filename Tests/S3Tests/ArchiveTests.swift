import HTTPTypes
import NIOCore
import S3
import SimulationKit
import Testing

@Suite struct ArchiveTests {
    /// A header block and the content behind it, filled up.
    static func entry(_ name: String, _ content: [UInt8] = [], type: Character = "0", size: String? = nil, prefix: String = "") -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func set(_ text: String, at offset: Int) { block.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8) }
        let octal = String(content.count, radix: 8)
        set(name, at: 0)
        set(size ?? String(repeating: "0", count: 11 - octal.count) + octal, at: 124)
        set(String(type), at: 156)
        set("ustar", at: 257)
        set("00", at: 263)
        set(prefix, at: 345)
        set("        ", at: 148)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        set(String(repeating: "0", count: 6 - sum.count) + sum, at: 148)
        block[154] = 0
        return block + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    static func pax(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while "\(length)\(rest)".utf8.count != length { length += 1 }
        return entry("pax", Array("\(length)\(rest)".utf8), type: "x")
    }

    static let end = [UInt8](repeating: 0, count: 1024)

    /// Names with their contents; folders have none.
    static func read(_ bytes: [UInt8], pieces: Int) throws -> [String: [UInt8]?] {
        var reader = TarReader()
        var (found, name, content): ([String: [UInt8]?], String, [UInt8]) = ([:], "", [])
        func take(_ event: TarReader.Event) {
            switch event {
            case .folder(let folder): found[String(decoding: folder, as: UTF8.self)] = .some(nil)
            case .file(let file, _):
                name = String(decoding: file, as: UTF8.self)
                content = []
            case .bytes(let bytes): content += Array(bytes.readableBytesView)
            case .endOfFile: found[name] = content
            }
        }
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            reader.feed(ByteBuffer(bytes: bytes[start..<min(start + pieces, bytes.count)]))
            while let event = try reader.next() { take(event) }
        }
        try reader.finish()
        return found
    }

    static let content = [UInt8]((0..<1500).map { UInt8(truncatingIfNeeded: $0) })

    @Test(arguments: [1, 7, 511, 512, 513, 100_000])
    func allFormsOfNamesInPiecesOfAnySize(_ pieces: Int) throws {
        let long = String(repeating: "l", count: 300)
        let archive =
            Self.entry("a", [1, 2, 3]) + Self.entry("empty") + Self.entry("folder/", type: "5")
            + Self.entry("b", Self.content, prefix: "some/where") + Self.pax("path", "ü/\(long)") + Self.entry("short", [4])
            + Self.entry("././@LongLink", Array(long.utf8) + [0], type: "L") + Self.entry("cut", [5])
            + Self.entry("pax_global_header", Array("30 comment=0123456789abcdefgh\n".utf8), type: "g") + Self.entry("last", [6], type: "7")
        let wanted: [String: [UInt8]?] = [
            "a": [1, 2, 3], "empty": [], "folder/": nil as [UInt8]?, "some/where/b": Self.content, "ü/\(long)": [4], long: [5], "last": [6],
        ]
        #expect(try Self.read(archive + Self.end, pieces: pieces) == wanted)
        #expect(try Self.read(archive, pieces: pieces) == wanted, "without the zeros at its end")
        #expect(try Self.read(archive + Self.end + [9, 9, 9], pieces: pieces) == wanted, "what comes after them is nothing")
    }

    @Test(
        arguments: [
            (Array("not a tar archive".utf8), TarError.noHeader), ([UInt8](repeating: 7, count: 512), .noHeader),
            (Array(entry("a", content).dropLast(513)), .cutOff), (pax("path", "x"), .cutOff),
            (entry("x", [0x39, 0x20, 0x41], type: "x"), .malformedExtension),
            (entry("l", type: "2"), .unsupported(name: Array("l".utf8))), (entry("d", type: "3"), .unsupported(name: Array("d".utf8))),
            (pax("GNU.sparse.major", "1") + entry("s"), .unsupported(name: [])),
            (entry("a", type: "x", size: "77777777777"), .malformedExtension), (entry("a", size: "7777x777777"), .noHeader),
            (pax("size", "-1") + entry("a"), .malformedExtension),
        ] as [([UInt8], TarError)])
    func whatIsNoArchive(_ bytes: [UInt8], _ error: TarError) {
        #expect(throws: error) { try Self.read(bytes, pieces: 100) }
    }

    /// A header whose sum is right may still lie: nothing of it traps.
    @Test(arguments: 0..<300) func damagedArchivesEnd(_ seed: Int) {
        let random = SimRandom(seed: UInt64(seed))
        var bytes = Self.pax("path", "p") + Self.entry("a", Self.content) + Self.entry("b", [1]) + Self.end
        for _ in 0..<(1 + seed % 4) { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
        let found = try? Self.read(bytes, pieces: 1 + seed)
        #expect(found?.count ?? 0 <= 3)
    }

    static let header = ("x-amz-meta-snowball-auto-extract", "true")

    static func put(_ bench: Bench, _ archive: [UInt8], _ headers: [(String, String)] = []) async -> Reply {
        await bench.send(Bench.Call(method: .put, path: "/photos/all.tar", headers: [header] + headers, body: archive))
    }

    static func bench() async -> Bench {
        let bench = Bench()
        _ = await bench.put("/photos")
        return bench
    }

    @Test func filesBecomeObjectsInOneCommit() async {
        let bench = await Self.bench()
        let archive =
            Self.entry("./", type: "5") + Self.entry("./a/b", Array("hello".utf8)) + Self.entry("/c/", type: "5") + Self.entry("d")
        let reply = await Self.put(bench, archive + Self.end, [("x-amz-meta-from", "cam"), ("Content-Type", "application/x-tar")])
        #expect(reply.status == 200 && reply["ETag"] != nil)
        #expect(await bench.get("/photos").all("Key") == ["a/b", "c/", "d"])
        let object = await bench.get("/photos/a/b")
        #expect(object.text == "hello" && object["x-amz-meta-from"] == "cam" && object["x-amz-meta-snowball-auto-extract"] == nil)
        #expect(object["Content-Type"] == "binary/octet-stream" && object["ETag"] == "\"5d41402abc4b2a76b9719d911017c592\"")
        #expect(reply["x-roost-lsn"] == "2", "the bucket, then all of them")
        #expect(await bench.head("/photos/all.tar").status == 404)
    }

    static let one = entry("a", [1])
    static let tooMany = (0...1000).flatMap { entry("f\($0)") }
    static let tooLong = one + pax("path", String(repeating: "k", count: 1025)) + entry("x")

    static let refusals: [([UInt8], [(String, String)], Int, String)] = [
        (one + entry("l", type: "2"), [], 400, "InvalidRequest"), (one + [1, 2, 3], [], 400, "InvalidRequest"),
        (one + entry("a", [2]), [], 400, "RepeatedKey"), (end, [], 400, "InvalidRequest"), (tooMany, [], 400, "InvalidRequest"),
        (tooLong, [], 400, "InvalidRequest"), (one, [("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")], 400, "BadDigest"),
        (one + entry("there", [2]), [("If-None-Match", "*")], 412, "PreconditionFailed"),
        (one, [("x-amz-meta-minio-snowball-prefix", "p")], 501, "NotImplemented"),
    ]

    @Test(arguments: refusals)
    func allOrNothing(_ archive: [UInt8], _ headers: [(String, String)], _ status: Int, _ code: String) async {
        let bench = await Self.bench()
        _ = await bench.put("/photos/there", "before")
        let reply = await Self.put(bench, archive, headers)
        #expect(reply.status == status && reply.code == code, "\(reply.text)")
        #expect(await bench.get("/photos").all("Key") == ["there"])
        #expect(await bench.get("/photos/there").text == "before")
    }

    @Test func otherValuesAreMetadataAndUploadsInPartsAreRefused() async {
        let bench = await Self.bench()
        let archive = Self.entry("a", [1]) + Self.end
        _ = await bench.send(
            Bench.Call(method: .put, path: "/photos/all.tar", headers: [(Self.header.0, "false")], body: archive))
        #expect(await bench.get("/photos").all("Key") == ["all.tar"])
        #expect(await bench.post("/photos/all.tar", "uploads", "", [Self.header]).code == "NotImplemented")
    }
}
