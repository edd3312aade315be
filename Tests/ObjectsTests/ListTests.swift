import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

@Suite struct ListTests {
    static func filled(_ keys: [String]) async throws -> Fixture {
        let fixture = try await Fixture.withBucket()
        for key in keys { try await fixture.put(key, Array(key.utf8)) }
        return fixture
    }

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// All names, page by page, as `name` or `prefix*`.
    static func walk(_ fixture: Fixture, prefix: String = "", delimiter: String = "", countMax: Int) async throws -> [String] {
        var query = ListQuery(prefix: bytes(prefix), delimiter: bytes(delimiter), countMax: countMax)
        var names: [String] = []
        repeat {
            let page = try await fixture.objects.list(fixture.bucket, query)
            #expect(page.entries.count + page.commonPrefixes.count <= countMax)
            let prefixes = page.commonPrefixes.map { String(decoding: $0, as: UTF8.self) + "*" }
            names += (page.entries.map(\.key.string) + prefixes).sorted { bytes($0).lexicographicallyPrecedes(bytes($1)) }
            query.after = page.next
        } while query.after != nil
        return names
    }

    @Test(arguments: [1, 2, 3, 1_000])
    func delimitersGroupNames(countMax: Int) async throws {
        let fixture = try await Self.filled(["a", "b/1", "b/2", "b/3/x", "b/3/y", "b0", "c/", "c/d", "é/1"])
        #expect(try await Self.walk(fixture, delimiter: "/", countMax: countMax) == ["a", "b/*", "b0", "c/*", "é/*"])
        #expect(try await Self.walk(fixture, prefix: "b/", delimiter: "/", countMax: countMax) == ["b/1", "b/2", "b/3/*"])
        #expect(try await Self.walk(fixture, prefix: "b", delimiter: "/", countMax: countMax) == ["b/*", "b0"])
        #expect(try await Self.walk(fixture, prefix: "b/3/", countMax: countMax) == ["b/3/x", "b/3/y"])
        #expect(try await Self.walk(fixture, prefix: "zz", delimiter: "/", countMax: countMax) == [])
    }

    @Test func delimitersMayBeLong() async throws {
        let fixture = try await Self.filled(["a--b", "a--c", "a-d", "x-", "x--"])
        #expect(try await Self.walk(fixture, delimiter: "--", countMax: 2) == ["a--*", "a-d", "x-", "x--*"])
    }

    @Test func aMarkerInsideACommonPrefixPassesAllOfIt() async throws {
        let fixture = try await Self.filled(["a", "b/1", "b/2", "c"])
        var query = ListQuery(delimiter: Self.bytes("/"), after: Self.bytes("b/1"))
        #expect(try await fixture.names(query) == ["c"])
        #expect(try await fixture.objects.list(fixture.bucket, query).commonPrefixes == [])
        query.after = Self.bytes("b")
        #expect(try await fixture.objects.list(fixture.bucket, query).commonPrefixes == [Self.bytes("b/")])
    }

    @Test func aMarkerNeedNotExistNorMatchThePrefix() async throws {
        let fixture = try await Self.filled(["b1", "b2", "b3"])
        #expect(try await fixture.names(ListQuery(after: Self.bytes("b2"))) == ["b3"])
        #expect(try await fixture.names(ListQuery(prefix: Self.bytes("b"), after: Self.bytes("a"))) == ["b1", "b2", "b3"])
        #expect(try await fixture.names(ListQuery(prefix: Self.bytes("b"), after: Self.bytes("b11"))) == ["b2", "b3"])
        #expect(try await fixture.names(ListQuery(prefix: Self.bytes("b"), after: Self.bytes("c"))) == [])
        #expect(try await fixture.names(ListQuery(countMax: 0)) == [])
    }

    @Test func truncationIsExact() async throws {
        let fixture = try await Self.filled(["a", "b", "c/1", "c/2"])
        let slash = Self.bytes("/")
        #expect(try await fixture.objects.list(fixture.bucket, ListQuery(delimiter: slash, countMax: 3)).isTruncated == false)
        let page = try await fixture.objects.list(fixture.bucket, ListQuery(delimiter: slash, countMax: 2))
        #expect(page.next == Self.bytes("b"))
        #expect(try await fixture.objects.list(fixture.bucket, ListQuery(countMax: 4)).next == nil)
        #expect(try await fixture.objects.list(fixture.bucket, ListQuery(countMax: 3)).next == Self.bytes("c/1"))
    }

    @Test func entriesShowWhatTheObjectIs() async throws {
        let fixture = try await Fixture.withBucket()
        var attributes = ObjectAttributes()
        attributes.storageClass = .onezoneIA
        let info = try await fixture.put("a", text(1_000), attributes: attributes, checksum: .crc32c).value
        let entry = try #require(try await fixture.objects.list(fixture.bucket, ListQuery()).entries.first)
        #expect(entry.size == 1_000 && entry.etag == info.etag && entry.lastModified == info.lastModified)
        #expect(entry.storageClass == .onezoneIA && entry.checksumAlgorithm == .crc32c && entry.checksumType == .fullObject)
    }
}
