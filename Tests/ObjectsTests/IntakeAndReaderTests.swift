import Model
import ModelLedger
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Testing

@Suite struct IntakeTests {
    @Test func piecesOfAnySizeMakeTheSamePayload() async throws {
        let fixture = try await Fixture.withBucket()
        let random = SimRandom(seed: 11)
        let bytes = text(900_000)
        let whole = try await fixture.payload(bytes, digests: Set(ChecksumAlgorithm.allCases))
        for expected in [nil, Int64(bytes.count), 5, 5_000_000] as [Int64?] {
            let seal = try await fixture.objects.seal(of: fixture.bucket, ObjectKey("a")!)
            let intake = fixture.objects.intake(digests: Set(ChecksumAlgorithm.allCases), expectedLength: expected, seal: seal)
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + random.int(in: 1...700_000))
                try await intake.write(ByteBuffer(bytes: bytes[start..<end]))
                start = end
            }
            #expect(intake.size == 900_000)
            let payload = try await intake.finish()
            #expect(payload.md5 == whole.md5 && payload.checksums == whole.checksums && payload.size == whole.size)
            let request = PutRequest(bucket: fixture.bucket, key: ObjectKey("a")!, payload: payload, context: fixture.alice)
            _ = try await fixture.objects.put(request)
            #expect(try await fixture.get("a") == bytes)
        }
        ExtentAudit.check(fixture)
    }

    @Test func whatIsAbandonedIsNotKept() async throws {
        let fixture = try await Fixture.withBucket()
        let seal = try await fixture.objects.seal(of: fixture.bucket, ObjectKey("a")!)
        do {
            let intake = fixture.objects.intake(seal: seal)
            try await intake.write(ByteBuffer(bytes: text(700_000)))
            await intake.abandon()
        }
        do {
            let intake = fixture.objects.intake(seal: seal)
            try await intake.write(ByteBuffer(bytes: text(700_000)))
        }
        #expect(fixture.blobs.abandonedCount == 2)
        #expect(fixture.blobs.extents.isEmpty)
    }
}

@Suite struct ReaderTests {
    @Test func everyRangeOfPartsReadsRight() async throws {
        let fixture = try await Fixture.withBucket()
        let parts = [MultipartTests.big, MultipartTests.big, text(5)]
        try await fixture.multipart("key", parts)
        let whole = parts.flatMap(\.self)
        let random = SimRandom(seed: 5)
        for _ in 0..<50 {
            let ends = [random.int(in: 0...whole.count), random.int(in: 0...whole.count)].sorted()
            let read = try await fixture.get("key", Int64(ends[0])..<Int64(ends[1]))
            #expect(read == Array(whole[ends[0]..<ends[1]]))
        }
    }

    @Test func piecesAreBoundedAndEndAtBlocks() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("key", text(1_000_000))
        let (_, opened) = try await fixture.objects.open(fixture.bucket, ObjectKey("key")!) { _ in 70_000..<1_000_000 }
        let reader = try #require(opened)
        var offset = 70_000
        while let piece = try await reader.next() {
            #expect(piece.readableBytes <= BlobLimits.pieceBytesMax)
            offset += piece.readableBytes
            #expect(offset % BlobLimits.blockBytes == 0 || offset == 1_000_000)
        }
        #expect(offset == 1_000_000)
    }

    @Test func nothingIsOpenedWhenNothingIsSelected() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("key")
        fixture.blobs.fail(with: .failed("not to be opened"))
        let (object, reader) = try await fixture.objects.open(fixture.bucket, ObjectKey("key")!) { _ in nil }
        #expect(object.info.size == 5 && reader == nil)
    }

    @Test func anObjectThatStaysSweptIsAConflict() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("key")
        fixture.blobs.fail(with: .notFound)
        #expect(await failure { try await fixture.get("key") } == .conflict)
        fixture.blobs.fail(with: .damaged("pack 1"))
        #expect(await failure { try await fixture.get("key") } == .blobs(.damaged("pack 1")))
    }
}
