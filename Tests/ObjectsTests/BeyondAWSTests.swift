import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

/// Rename, append and batch: what they keep, and that no extent is lost or given up twice.
@Suite struct BeyondAWSTests {
    static let sizes = [0, 10, 300_000]

    static func rename(_ fixture: Fixture, _ source: String, _ key: String, token: String? = nil) async throws -> LSN {
        try await fixture.objects.rename(
            RenameRequest(
                bucket: fixture.bucket, source: ObjectKey(source)!, key: ObjectKey(key)!, token: token, context: fixture.alice))
    }

    static func append(_ fixture: Fixture, _ key: String, _ bytes: [UInt8], at offset: Int64) async throws -> AppendedObject {
        try await fixture.append(key, bytes, at: offset).value
    }

    @Test(arguments: sizes, [false, true]) func aRenameKeepsTheBytes(size: Int, isVersioned: Bool) async throws {
        let fixture = try await Fixture.withBucket()
        if isVersioned { _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice) }
        let bytes = text(size)
        try await fixture.put("a", bytes)
        try await fixture.put("b", text(300_001, seed: 3))
        _ = try await Self.rename(fixture, "a", "b")
        #expect(try await fixture.names() == ["b"])
        #expect(try await fixture.get("b") == bytes)
        ExtentAudit.check(fixture)
        _ = try await Self.rename(fixture, "b", "c")
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("c")!, context: fixture.alice)
        #expect(try await fixture.names() == [])
        ExtentAudit.check(fixture)
    }

    @Test func aRenameToItselfOrOfNothingIsRefused() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a")
        #expect(await failure { try await Self.rename(fixture, "a", "a") } == .renameToItself)
        #expect(await failure { try await Self.rename(fixture, "x", "a") } == .noSuchKey(fixture.bucket, ObjectKey("x")!))
    }

    /// The token's bytes: docs/FORMAT.md.
    @Test func aRenameToken() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a")
        let lsn = try await Self.rename(fixture, "a", "b", token: "t")
        #expect(try await Self.rename(fixture, "a", "b", token: "t") == lsn)
        #expect(await failure { try await Self.rename(fixture, "b", "c", token: "t") } == .tokenMismatch)
        let entry = try #require(fixture.ledger.contents.first { $0.key[0] == 0x2E })
        #expect(entry.key.count == 25 && entry.key[1...8] == [0, 0, 0, 0, 0, 0, 0, 1])
        let time = StorageKeys.bigEndian(UInt64(fixture.clock.now().milliseconds))
        #expect(entry.value.count == 32 && Array(entry.value.prefix(16)) == StorageKeys.bigEndian(lsn.rawValue) + time)
        fixture.clock.advance(by: ObjectsLimits.renameTokenKept + .seconds(1))
        #expect(await failure { try await Self.rename(fixture, "a", "b", token: "t") } == .noSuchKey(fixture.bucket, ObjectKey("a")!))
    }

    @Test(arguments: sizes) func anAppendAddsToWhatIsThere(size: Int) async throws {
        let fixture = try await Fixture.withBucket()
        var whole = text(size)
        try await fixture.put("log", whole, checksum: .crc32c)
        for (index, more) in [1, 300_000, 5, 0].enumerated() {
            let bytes = text(more, seed: UInt64(index))
            let appended = try await fixture.append("log", bytes, at: Int64(whole.count))
            whole += bytes
            #expect(appended.value.size == Int64(whole.count))
            let expected = try await fixture.payload(whole, digests: [.crc32c]).checksums[.crc32c]
            #expect(appended.value.checksum?.checksum == expected)
            #expect(try await fixture.get("log") == whole)
        }
        #expect(await failure { try await Self.append(fixture, "log", [1], at: 1) } == .wrongOffset(size: Int64(whole.count)))
        ExtentAudit.check(fixture)
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("log")!, context: fixture.alice)
        ExtentAudit.check(fixture)
    }

    @Test func aBatchIsAllOrNothing() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", text(300_000))
        try await fixture.put("b", text(10))
        func key(_ text: String) -> ObjectKey { ObjectKey(text)! }
        func put(_ name: String, _ condition: WriteCondition = .none) async throws -> BatchChange {
            .put(
                PutRequest(
                    bucket: fixture.bucket, key: key(name), payload: try await fixture.payload(text(20)), condition: condition,
                    context: fixture.alice))
        }
        let copy = BatchChange.copy(CopyTests.request(fixture, "a", "copy"))
        let rename = BatchChange.rename(
            RenameRequest(bucket: fixture.bucket, source: key("b"), key: key("renamed"), context: fixture.alice))
        let before = fixture.ledger.contents.map(\.key)
        let refused = await failure {
            try await fixture.objects.batch(
                [try await put("new"), copy, rename, try await put("x", WriteCondition(ifMatch: .any))], context: fixture.alice)
        }
        #expect(refused == .batchRefused([BatchFailure(index: 3, error: .noSuchKey(fixture.bucket, key("x")))]))
        #expect(fixture.ledger.contents.map(\.key) == before)
        let records = fixture.ledger.allRecords.count
        let made = try await fixture.objects.batch(
            [try await put("new"), copy, rename, .delete(fixture.bucket, KeyDeletion(key: key("gone")))], context: fixture.alice)
        #expect(fixture.ledger.allRecords.count == records + 1 && made.value.count == 4)
        #expect(try await fixture.names() == ["a", "copy", "new", "renamed"])
        #expect(try await fixture.get("renamed") == text(10))
        ExtentAudit.check(fixture)
        let twice = await failure { try await fixture.objects.batch([try await put("q"), try await put("q")], context: fixture.alice) }
        #expect(twice == .batchRefused([BatchFailure(index: 1, error: .repeatedKey)]))
    }
}
