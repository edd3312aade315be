import Bytes
import Envelope
import Model
import ModelLedger
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Testing

/// Whoever can change what is stored gets errors, never other bytes.
@Suite struct EncryptionTamperTests {
    private func stored(_ fixture: Fixture, _ key: String) throws -> (key: [UInt8], value: [UInt8]) {
        let suffix = Array(key.utf8)
        return try #require(fixture.ledger.contents.first { $0.key[0] == 0x21 && $0.key.dropFirst(9).elementsEqual(suffix) })
    }

    @Test func recordsOfTwoObjectsChangePlaces() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("a", text(100, seed: 1), .managed)
        try await fixture.put("b", text(100, seed: 2), .managed)
        let (a, b) = (try stored(fixture, "a"), try stored(fixture, "b"))
        _ = try await fixture.ledger.commit { transaction in
            transaction.put(a.key, b.value)
            transaction.put(b.key, a.value)
        }
        for key in ["a", "b"] {
            guard case .encryption(.unreadable) = await failure({ try await fixture.get(key) }) else {
                Issue.record("\(key) was read")
                continue
            }
        }
    }

    @Test func anOlderRecordComesBack() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("a", text(100, seed: 1), .managed)
        let old = try stored(fixture, "a")
        try await fixture.put("a", text(100, seed: 2), .managed)
        let new = try stored(fixture, "a")
        // The new version's head with the old one's key and payload.
        let mixed = Array(new.value[..<48]) + Array(old.value[48...])
        _ = try await fixture.ledger.commit { transaction in transaction.put(old.key, mixed) }
        #expect(await failure { try await fixture.get("a") } != nil)
    }

    @Test func aMarkIsTakenAway() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("a", text(100), .managed)
        var entry = try stored(fixture, "a")
        entry.value[1] &= 0x0F
        _ = try await fixture.ledger.commit { [entry] transaction in transaction.put(entry.key, entry.value) }
        #expect(await failure { try await fixture.get("a") } != nil)
    }

    @Test(arguments: [100, 65_520 * 3, 400_000])
    func storedBytesChange(size: Int) async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("a", text(size), .managed)
        let extent = try #require(fixture.blobs.extents.first)
        let bytes = try #require(fixture.blobs.bytes(of: extent))
        let random = SimRandom(seed: UInt64(size))
        for _ in 0..<20 {
            var changed = bytes
            changed[random.int(in: 0...bytes.count - 1)] ^= 1 << UInt8(random.int(in: 0...7))
            fixture.blobs.replace(extent, with: changed)
            guard case .blobs(.damaged) = await failure({ try await fixture.get("a") }) else {
                Issue.record("changed bytes were read")
                continue
            }
        }
        guard size > 2 * 65_520 else { return }
        let chunk = 65_536
        fixture.blobs.replace(extent, with: Array(bytes[chunk..<2 * chunk] + bytes[..<chunk] + bytes[(2 * chunk)...]))
        guard case .blobs(.damaged) = await failure({ try await fixture.get("a") }) else {
            Issue.record("swapped chunks were read")
            return
        }
        guard case .blobs(.damaged) = await failure({ try await fixture.get("a", 0..<10) }) else {
            Issue.record("a swapped chunk was read")
            return
        }
    }

    /// Shorter by a whole chunk, in the record and in the store.
    @Test func aPayloadIsCut() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("a", text(65_520 * 2), .managed)
        var entry = try stored(fixture, "a")
        let size = withUnsafeBytes(of: UInt64(65_520).littleEndian) { Array($0) }
        entry.value.replaceSubrange(8..<16, with: size)
        let extent = try #require(fixture.blobs.extents.first)
        let bytes = try #require(fixture.blobs.bytes(of: extent))
        let cut = try await fixture.ledger.commit { transaction in
            try transaction.stage(fixture.blobs.small(.init(bytes: bytes[..<65_536])))
        }.value
        entry.value.replaceSubrange(56..<64, with: withUnsafeBytes(of: cut.offset.littleEndian) { Array($0) })
        _ = try await fixture.ledger.commit { [entry] transaction in transaction.put(entry.key, entry.value) }
        guard case .blobs(.damaged) = await failure({ try await fixture.get("a") }) else {
            Issue.record("a cut payload was read")
            return
        }
    }

    @Test func rotationWrapsAgainAndLeavesBytesAlone() async throws {
        let fixture = try await Fixture.encrypted(.ring(1))
        let count = Objects.rewrapStepEntries + 30
        for number in 0..<count {
            try await fixture.put("k\(number)", text(20, seed: UInt64(number)), number % 3 == 0 ? .unspecified : .managed)
        }
        var request = UploadRequest(bucket: fixture.bucket, key: ObjectKey("m")!, context: fixture.alice)
        request.encryption = .managed
        let upload = try await fixture.objects.createUpload(request).value
        let payloads = fixture.blobs.extents

        let both = fixture.restarted(.ring(2, older: [1]))
        let first = try await both.rewrapStep()
        #expect(!first.isDone && first.rewrappedCount > 0)
        // As after a stop: another process goes on where this one was.
        let again = fixture.restarted(.ring(2, older: [1]))
        let second = try await again.rewrapStep()
        #expect(second.isDone && second.unreadableCount == 0)
        #expect(first.rewrappedCount + second.rewrappedCount == count - (count + 2) / 3 + 1)
        #expect(fixture.blobs.extents == payloads)
        #expect(!fixture.ledger.contents.contains { $0.key == [0x2C] })

        let after = fixture.restarted(.ring(2))
        for number in [1, 2, count - 1] {
            #expect(try await fixture.get("k\(number)", from: after) == text(20, seed: UInt64(number)))
        }
        let info = try await after.upload(fixture.bucket, upload.key, upload.id)
        // The upload's key too is opened by the new master key.
        _ = try await after.seal(part: 1, of: info, in: fixture.bucket, nil)
        #expect(await failure { try await fixture.get("k1", from: fixture.restarted(.ring(1))) } != nil)
        #expect(try await fixture.ledger.read { try $0.notedMasterKeys().count } == 2)
    }

    /// A version that moves from before the walk to behind it escapes that walk; only a look at one moment tells that nothing did.
    @Test func whatEscapesAWalkIsFound() async throws {
        let fixture = try await Fixture.encrypted(.ring(1))
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await fixture.put("a", text(20), .managed)
        try await fixture.put("a", text(20, seed: 2), .managed)
        for number in 0..<Objects.rewrapStepEntries { try await fixture.put("k\(number)", text(2), .unspecified) }
        let both = fixture.restarted(.ring(2, older: [1]))
        let first = try await both.rewrapStep()
        #expect(!first.isDone && first.rewrappedCount == 1)
        let newest = try #require(try await both.lookup(fixture.bucket, ObjectKey("a")!).info.version)
        _ = try await both.delete(fixture.bucket, ObjectKey("a")!, version: newest, context: fixture.alice)
        #expect(try await both.rewrapStep().isDone)
        #expect(try await both.outdatedWraps() == 1)
        while try await !both.rewrapStep().isDone {}
        #expect(try await both.outdatedWraps() == 0)
        #expect(try await fixture.get("a", from: fixture.restarted(.ring(2))) == text(20))
    }
}
