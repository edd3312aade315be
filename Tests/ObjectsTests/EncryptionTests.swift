import Bytes
import Envelope
import Model
import ModelLedger
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Testing

@Suite struct EncryptionTests {
    static let sizes = [0, 1, 65_519, 65_520, 65_521, 262_080, 262_081, 700_000]

    private static let service = EncryptionChoice.service(key: "k", context: ["who": "me"], usesBucketKey: nil)

    @Test(arguments: sizes)
    func whatIsPutIsRead(size: Int) async throws {
        let fixture = try await Fixture.encrypted()
        let bytes = text(size)
        for (key, choice, customerKey) in [
            ("managed", .managed, nil), ("service", Self.service, nil), ("customer", .customer(.filled(3)), CustomerKey.filled(3)),
        ] as [(String, EncryptionChoice, CustomerKey?)] {
            try await fixture.put(key, bytes, choice)
            guard size > 0 else { continue }
            #expect(try await fixture.get(key, customerKey: customerKey) == bytes)
            for range in [0..<1, size / 2..<size, size - 1..<size, max(0, 65_519)..<65_521, 65_520..<131_041, 1..<size] {
                let range = min(range.lowerBound, size - 1)..<min(range.upperBound, size)
                guard !range.isEmpty else { continue }
                #expect(
                    try await fixture.get(key, Int64(range.lowerBound)..<Int64(range.upperBound), customerKey: customerKey)
                        == Array(bytes[range]), "\(key) \(range)")
            }
        }
    }

    @Test func nothingIsStoredInTheClear() async throws {
        let fixture = try await Fixture.encrypted()
        let (small, large) = (text(10_000, seed: 21), text(500_000, seed: 22))
        for (name, choice) in [("m", .managed), ("s", Self.service), ("c", .customer(.filled(3)))] as [(String, EncryptionChoice)] {
            try await fixture.put("\(name)1", small, choice)
            try await fixture.put("\(name)2", large, choice)
        }
        var stored = fixture.ledger.contents.map(\.value)
        stored += fixture.blobs.extents.compactMap { fixture.blobs.bytes(of: $0) }
        stored += fixture.ledger.allRecords.flatMap { $0.facts.map(\.payload) }
        for run in [Array(small[100..<116]), Array(large[300_000..<300_016]), [UInt8](repeating: 3, count: 32)] {
            #expect(!stored.contains { Self.contains($0, run) })
        }
    }

    private static func contains(_ bytes: [UInt8], _ run: [UInt8]) -> Bool {
        guard bytes.count >= run.count else { return false }
        for start in 0...(bytes.count - run.count) where bytes[start] == run[0] {
            if bytes[start..<start + run.count].elementsEqual(run) { return true }
        }
        return false
    }

    @Test func theETagIsAnMD5OnlyWhereAWSShowsOne() async throws {
        let fixture = try await Fixture.encrypted()
        let bytes = text(1000)
        let clear = try await fixture.put("clear", bytes).value.etag
        #expect(try await fixture.put("m", bytes, .managed).value.etag == clear)
        #expect(try await fixture.put("s", bytes, Self.service).value.etag != clear)
        #expect(try await fixture.put("c", bytes, .customer(.filled(1))).value.etag != clear)
        #expect(try await fixture.objects.lookup(fixture.bucket, ObjectKey("m")!).info.encryption == .managed)
        #expect(
            try await fixture.objects.lookup(fixture.bucket, ObjectKey("s")!).info.encryption == .service(key: "k", usesBucketKey: false))
    }

    @Test func theBucketsDefaultHolds() async throws {
        let fixture = try await Fixture.encrypted()
        let bytes = text(100)
        #expect(try await fixture.put("a", bytes, .unspecified).value.encryption == nil)
        _ = try await fixture.objects.set(BucketEncryption(mode: .managed), of: fixture.bucket, context: fixture.alice)
        #expect(try await fixture.put("b", bytes, .unspecified).value.encryption == .managed)
        let service = BucketEncryption(mode: .service, serviceKey: "k", usesBucketKey: true)
        _ = try await fixture.objects.set(service, of: fixture.bucket, context: fixture.alice)
        #expect(try await fixture.objects.setting(BucketEncryption.self, of: fixture.bucket) == service)
        #expect(try await fixture.put("c", bytes, .unspecified).value.encryption == .service(key: "k", usesBucketKey: true))
        #expect(try await fixture.put("d", bytes, .managed).value.encryption == .managed)
        for key in ["a", "b", "c", "d"] { #expect(try await fixture.get(key) == bytes) }
        #expect(
            await failure { try await fixture.put("e", bytes, .service(key: "other", context: [:], usesBucketKey: nil)) }
                == .encryption(.service(.notFound(.invalidID("other")))))
    }

    @Test func customersKeysAreChecked() async throws {
        let fixture = try await Fixture.encrypted()
        try await fixture.put("c", text(10), .customer(.filled(1)))
        try await fixture.put("m", text(10), .managed)
        #expect(await failure { try await fixture.get("c") } == .encryption(.customerKeyRequired))
        #expect(await failure { try await fixture.get("c", customerKey: .filled(2)) } == .encryption(.customerKeyMismatch))
        #expect(await failure { try await fixture.get("m", customerKey: .filled(1)) } == .encryption(.notApplicable))
    }

    @Test func multipart() async throws {
        for (choice, key) in [(.managed, nil), (Self.service, nil), (.customer(.filled(9)), CustomerKey.filled(9))]
            as [(EncryptionChoice, CustomerKey?)]
        {
            let fixture = try await Fixture.encrypted()
            var request = UploadRequest(bucket: fixture.bucket, key: ObjectKey("m")!, context: fixture.alice)
            request.encryption = choice
            let upload = try await fixture.objects.createUpload(request).value
            let parts = [text(5 << 20, seed: 1), text((5 << 20) + 17, seed: 2), text(3, seed: 3)]
            var listed: [ListedPart] = []
            for (number, bytes) in zip([2, 5, 9], parts) {
                let seal = try await fixture.objects.seal(part: number, of: upload, in: fixture.bucket, key)
                let intake = fixture.objects.intake(seal: seal)
                try await intake.write(.init(bytes: bytes))
                let part = try await fixture.objects.uploadPart(
                    PartRequest(
                        bucket: fixture.bucket, key: upload.key, upload: upload.id, number: number, payload: try await intake.finish(),
                        context: fixture.alice))
                listed.append(ListedPart(number: number, etag: part.value.etag))
            }
            _ = try await fixture.complete(upload, listed)
            let whole = parts.flatMap(\.self)
            #expect(try await fixture.get("m", customerKey: key) == whole)
            let border = Int64(5 << 20)
            #expect(
                try await fixture.get("m", border - 70_000..<border + 70_000, customerKey: key)
                    == Array(whole[Int(border) - 70_000..<Int(border) + 70_000]))
            try await Self.partsStayInTheirPlaces(fixture, key)
        }
    }

    /// Two parts' records change places in the ledger.
    private static func partsStayInTheirPlaces(_ fixture: Fixture, _ key: CustomerKey?) async throws {
        let parts = fixture.ledger.contents.filter { $0.key[0] == 0x24 }
        _ = try await fixture.ledger.commit { transaction in
            transaction.put(parts[0].key, parts[1].value)
            transaction.put(parts[1].key, parts[0].value)
        }
        #expect(await failure { try await fixture.get("m", customerKey: key) } != nil)
    }

    @Test func copiesBetweenAllKinds() async throws {
        let kinds: [(String, EncryptionChoice, CustomerKey?)] = [
            ("clear", .unspecified, nil), ("managed", .managed, nil), ("service", Self.service, nil),
            ("customer", .customer(.filled(1)), .filled(1)), ("other", .customer(.filled(2)), .filled(2)),
        ]
        for size in [0, 20, 400_000] {
            let fixture = try await Fixture.encrypted()
            let bytes = text(size)
            for (from, choice, fromKey) in kinds {
                try await fixture.put(from, bytes, choice)
                for (to, choice, toKey) in kinds {
                    var request = CopyRequest(
                        source: CopySource(bucket: fixture.bucket, key: ObjectKey(from)!), bucket: fixture.bucket,
                        key: ObjectKey("\(from)-\(to)")!, context: fixture.alice)
                    request.encryption = choice
                    request.sourceKey = fromKey
                    let copied = try await fixture.objects.copy(request).value.info
                    #expect((copied.encryption == nil) == (to == "clear"))
                    if size > 0 { #expect(try await fixture.get("\(from)-\(to)", customerKey: toKey) == bytes) }
                }
            }
        }
    }

    @Test func partCopies() async throws {
        let fixture = try await Fixture.encrypted()
        let bytes = text(400_000)
        try await fixture.put("source", bytes, .customer(.filled(1)))
        var request = UploadRequest(bucket: fixture.bucket, key: ObjectKey("m")!, context: fixture.alice)
        request.encryption = .managed
        let upload = try await fixture.objects.createUpload(request).value
        var copy = PartCopyRequest(
            source: CopySource(bucket: fixture.bucket, key: ObjectKey("source")!), range: 65_000...300_000, bucket: fixture.bucket,
            key: upload.key, upload: upload.id, number: 1, context: fixture.alice)
        #expect(await failure { try await fixture.objects.copyPart(copy) } == .encryption(.customerKeyRequired))
        copy.sourceKey = .filled(1)
        let part = try await fixture.objects.copyPart(copy).value.part
        #expect(part.encryption == .managed)
        _ = try await fixture.complete(upload, [ListedPart(number: 1, etag: part.etag)])
        #expect(try await fixture.get("m") == Array(bytes[65_000...300_000]))
    }
}
