import Envelope
import Model
import ModelLedger
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Testing

/// Rename, append and batch of encrypted objects: bytes stay sealed as they are, and the key is bound to the new place.
@Suite struct EncryptedMovesTests {
    static let sizes = [0, 1, 70_000, 300_000]

    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let choice: EncryptionChoice
        var key: CustomerKey?

        var testDescription: String { name }
    }

    static let kinds = [
        Kind(name: "managed", choice: .managed),
        Kind(name: "service", choice: .service(key: "k", context: ["who": "me"], usesBucketKey: nil)),
        Kind(name: "bucket key", choice: .service(key: "k", context: [:], usesBucketKey: true)),
        Kind(name: "customer", choice: .customer(.filled(3)), key: .filled(3)),
    ]

    static func rename(_ fixture: Fixture, _ source: String, _ key: String, _ customerKey: CustomerKey?) async throws {
        _ = try await fixture.objects.rename(
            RenameRequest(
                bucket: fixture.bucket, source: ObjectKey(source)!, key: ObjectKey(key)!, customerKey: customerKey, context: fixture.alice))
    }

    private static func bytes(_ fixture: Fixture, _ key: String, _ kind: Kind) async throws -> [UInt8] {
        let (object, reader) = try await fixture.objects.open(fixture.bucket, ObjectKey(key)!, customerKey: kind.key) {
            object throws(ObjectsError) in object.info.size > 0 ? 0..<object.info.size : nil
        }
        #expect(object.info.encryption != nil)
        guard let reader else { return [] }
        return try await Fixture.all(reader)
    }

    @Test(arguments: kinds, [false, true]) func aRenameBindsTheKeyAnew(kind: Kind, isVersioned: Bool) async throws {
        for size in Self.sizes {
            let fixture = try await Fixture.encrypted()
            if isVersioned { _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice) }
            let bytes = text(size)
            let etag = try await fixture.put("a", bytes, kind.choice).value.etag
            try await fixture.put("b", text(20), .managed)
            let extents = fixture.blobs.extents.count
            try await Self.rename(fixture, "a", "b", kind.key)
            #expect(try await Self.bytes(fixture, "b", kind) == bytes)
            #expect(try await fixture.objects.lookup(fixture.bucket, ObjectKey("b")!).info.etag == etag)
            // Nothing is written anew but what lies in packs beside its older version.
            #expect(fixture.blobs.extents.count <= extents + (isVersioned && size > 0 && size < 200_000 ? 1 : 0))
            try await Self.rename(fixture, "b", "c", kind.key)
            #expect(try await Self.bytes(fixture, "c", kind) == bytes)
            ExtentAudit.check(fixture)
        }
    }

    /// The record of the object before is no record of the renamed one: its wrapped key names the old place.
    @Test func theOldBindingOpensNothing() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("a", text(300_000), .managed)
        let before = try #require(fixture.ledger.contents.first { $0.key[0] == 0x21 })
        try await Self.rename(fixture, "a", "b", nil)
        let after = try #require(fixture.ledger.contents.first { $0.key[0] == 0x21 })
        #expect(before.value.count == after.value.count && before.value[48..<64] == after.value[48..<64])
        _ = try await fixture.ledger.commit { transaction in transaction.put(after.key, before.value) }
        guard case .encryption(.unreadable) = await failure({ try await fixture.get("b") }) else {
            Issue.record("an old binding was taken for the new one")
            return
        }
    }

    @Test(arguments: kinds, [false, true]) func partsAreRenamedToo(kind: Kind, isVersioned: Bool) async throws {
        let fixture = try await Fixture.encrypted()
        if isVersioned { _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice) }
        let parts = [text(5 << 20, seed: 1), text(70_000, seed: 2)]
        try await fixture.multipart("m", zip([3, 7], parts), kind)
        try await Self.rename(fixture, "m", "n", kind.key)
        #expect(try await Self.bytes(fixture, "n", kind) == parts.flatMap(\.self))
        ExtentAudit.check(fixture)
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("n")!, context: fixture.alice)
        if isVersioned {
            let versions = try await fixture.objects.listVersions(fixture.bucket, VersionListQuery()).entries
            let old = try #require(versions.first { $0.key.string == "m" && !$0.isDeleteMarker })
            let (object, reader) = try await fixture.objects.open(
                fixture.bucket, ObjectKey("m")!, .version(old.version), customerKey: kind.key
            ) { object throws(ObjectsError) in 0..<object.info.size }
            #expect(try await Fixture.all(try #require(reader)) == parts.flatMap(\.self) && object.parts.count == 2)
        }
        ExtentAudit.check(fixture)
    }

    /// The numbers are those of a multipart upload's parts; none: put whole.
    @Test(arguments: [[], [4], [3, 7]], [false, true]) func aCopyBySSES3KeepsTheSealedBytes(numbers: [Int], isBatch: Bool) async throws {
        let fixture = try await Fixture.encrypted()
        let parts = numbers.isEmpty ? [text(300_000)] : zip(numbers, 1...).map { text(5 << 20, seed: $1) }
        let whole = parts.flatMap(\.self)
        if numbers.isEmpty {
            try await fixture.put("a", whole, .managed)
        } else {
            try await fixture.multipart("a", zip(numbers, parts), Self.kinds[0])
        }
        let extents = fixture.blobs.extents.count
        var request = CopyRequest(
            source: CopySource(bucket: fixture.bucket, key: ObjectKey("a")!), bucket: fixture.bucket, key: ObjectKey("b")!,
            context: fixture.alice)
        request.encryption = .managed
        request.checksum = .sha256
        if isBatch {
            _ = try await fixture.objects.batch([.copy(request)], context: fixture.alice)
        } else {
            _ = try await fixture.objects.copy(request)
        }
        #expect(fixture.blobs.extents.count == extents)
        let copied = try await fixture.objects.lookup(fixture.bucket, ObjectKey("b")!).info
        let known = try await fixture.payload(whole, digests: [.sha256])
        #expect(copied.partCount == 0 && copied.etag == known.md5.etag(partCount: 0))
        #expect(copied.checksum?.checksum == known.checksums[.sha256])
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        ExtentAudit.check(fixture)
        #expect(try await Self.bytes(fixture, "b", Self.kinds[0]) == whole)
        try await fixture.append("b", [1, 2, 3], at: Int64(whole.count), .managed)
        try await Self.rename(fixture, "b", "c", nil)
        #expect(try await Self.bytes(fixture, "c", Self.kinds[0]) == whole + [1, 2, 3])
        ExtentAudit.check(fixture)
    }

    @Test(arguments: kinds, sizes) func anAppendIsSealedByTheObjectsKey(kind: Kind, size: Int) async throws {
        let fixture = try await Fixture.encrypted()
        var whole = text(size)
        try await fixture.put("log", whole, kind.choice)
        for (index, more) in [10, 0, 300_000, 66_000].enumerated() {
            let bytes = text(more, seed: UInt64(index + 40))
            // A customer's key comes with every append; the others need not be asked for again.
            try await fixture.append("log", bytes, at: Int64(whole.count), kind.key == nil && index > 1 ? .unspecified : kind.choice)
            whole += bytes
            #expect(try await Self.bytes(fixture, "log", kind) == whole)
        }
        try await Self.rename(fixture, "log", "renamed", kind.key)
        try await fixture.append("renamed", [1, 2, 3], at: Int64(whole.count), kind.choice)
        #expect(try await Self.bytes(fixture, "renamed", kind) == whole + [1, 2, 3])
        ExtentAudit.check(fixture)
        let stored = fixture.blobs.extents.compactMap { fixture.blobs.bytes(of: $0) } + fixture.ledger.contents.map(\.value)
        let run = Array(text(300_000, seed: 42)[100_000..<100_016])
        #expect(!stored.contains { $0.firstRange(of: run) != nil })
    }

    @Test(arguments: kinds) func anAppendMakesAnObject(kind: Kind) async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.append("log", text(100), at: 0, kind.choice)
        try await fixture.append("log", text(50), at: 100, kind.choice)
        #expect(try await Self.bytes(fixture, "log", kind) == text(100) + text(50))
        // Bytes behind an object tell as little of themselves as those of a whole one.
        let clear = try await Fixture.encrypted()
        try await clear.append("log", text(100), at: 0)
        try await clear.append("log", text(50), at: 100)
        let etags = (
            try await fixture.objects.lookup(fixture.bucket, ObjectKey("log")!).info.etag,
            try await clear.objects.lookup(clear.bucket, ObjectKey("log")!).info.etag
        )
        #expect((etags.0 == etags.1) == (kind.name == "managed"))
    }

    @Test func whatDoesNotFitIsRefused() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("c", text(10), .customer(.filled(1)))
        try await fixture.put("m", text(10), .managed)
        try await fixture.put("clear", text(10), .unspecified)
        #expect(await failure { try await Self.rename(fixture, "c", "d", nil) } == .encryption(.customerKeyRequired))
        #expect(await failure { try await Self.rename(fixture, "c", "d", .filled(2)) } == .encryption(.customerKeyMismatch))
        #expect(await failure { try await Self.rename(fixture, "m", "d", .filled(2)) } == .encryption(.notApplicable))
        #expect(await failure { try await Self.rename(fixture, "clear", "d", .filled(2)) } == .encryption(.notApplicable))
        #expect(await failure { try await fixture.append("c", [1], at: 10) } == .encryption(.customerKeyRequired))
        #expect(await failure { try await fixture.append("c", [1], at: 10, .customer(.filled(2))) } == .encryption(.customerKeyMismatch))
        for choice in [EncryptionChoice.customer(.filled(1)), .service(key: nil, context: [:], usesBucketKey: nil)] {
            #expect(await failure { try await fixture.append("m", [1], at: 10, choice) } == .encryption(.notApplicable))
            #expect(await failure { try await fixture.append("clear", [1], at: 10, choice) } == .encryption(.notApplicable))
        }
        _ = try await fixture.objects.set(BucketEncryption(mode: .managed), of: fixture.bucket, context: fixture.alice)
        #expect(await failure { try await fixture.append("clear", [1], at: 10) } == .encryption(.keptInTheClear))
    }

    /// What was sealed for an object that is no longer there does not get behind another one.
    @Test func anAppendHoldsForTheObjectThatItFound() async throws {
        let fixture = try await Fixture.encrypted()
        let log = ObjectKey("log")!
        try await fixture.put("log", text(10), .managed)
        let target = try await fixture.objects.appending(to: fixture.bucket, log, .unspecified)
        try await fixture.put("log", text(10, seed: 2), .managed)
        let payload = try await fixture.payload([1], seal: target.seal)
        let put = PutRequest(bucket: fixture.bucket, key: log, payload: payload, context: fixture.alice)
        let request = AppendRequest(put: put, offset: 10, target: target)
        #expect(await failure { try await fixture.objects.append(request) } == .conflict)
        #expect(try await fixture.get("log") == text(10, seed: 2))
    }

    @Test func aBatchRenamesEncryptedObjects() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("a", text(300_000), .managed)
        try await fixture.put("b", text(10), .service(key: "k", context: [:], usesBucketKey: nil))
        try await fixture.put("c", text(10), .customer(.filled(1)))
        func rename(_ name: String) -> BatchChange {
            .rename(
                RenameRequest(
                    bucket: fixture.bucket, source: ObjectKey(name)!, key: ObjectKey("new-\(name)")!, context: fixture.alice))
        }
        #expect(
            await failure { try await fixture.objects.batch([rename("a"), rename("c")], context: fixture.alice) }
                == .batchRefused([BatchFailure(index: 1, error: .encryption(.customerKeyRequired))]))
        _ = try await fixture.objects.batch([rename("a"), rename("b")], context: fixture.alice)
        #expect(try await fixture.get("new-a") == text(300_000))
        #expect(try await fixture.get("new-b") == text(10))
        ExtentAudit.check(fixture)
    }

    @Test func aRenameWrapsByTheCurrentMasterKey() async throws {
        let fixture = try await Fixture.encrypted(.ring(1))
        try await fixture.put("a", text(100), .managed)
        let both = fixture.restarted(.ring(2, older: [1]))
        #expect(try await both.outdatedWraps() == 1)
        _ = try await both.rename(
            RenameRequest(bucket: fixture.bucket, source: ObjectKey("a")!, key: ObjectKey("b")!, context: fixture.alice))
        #expect(try await both.outdatedWraps() == 0)
        #expect(try await fixture.ledger.read { try $0.notedMasterKeys().count } == 2)
        #expect(try await fixture.get("b", from: fixture.restarted(.ring(2))) == text(100))
    }
}

extension Fixture {
    func multipart(_ key: String, _ parts: some Sequence<(Int, [UInt8])>, _ kind: EncryptedMovesTests.Kind) async throws {
        var request = UploadRequest(bucket: bucket, key: ObjectKey(key)!, context: alice)
        request.encryption = kind.choice
        let upload = try await objects.createUpload(request).value
        var listed: [ListedPart] = []
        for (number, bytes) in parts {
            let seal = try await objects.seal(part: number, of: upload, in: bucket, kind.key)
            let part = PartRequest(
                bucket: bucket, key: upload.key, upload: upload.id, number: number, payload: try await payload(bytes, seal: seal),
                context: alice)
            listed.append(ListedPart(number: number, etag: try await objects.uploadPart(part).value.etag))
        }
        _ = try await complete(upload, listed)
    }
}
