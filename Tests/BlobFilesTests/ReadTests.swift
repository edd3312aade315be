import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Testing

/// What comes back is what was written, for any range, and never anything else when bits have changed.
@Suite struct ReadTests {
    static let seed: UInt64 = 20_261_121

    @Test func anyRangeOfAnyPayload() async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        world.disk.missCache(everyNth: 3)
        let block = BlobLimits.blockBytes
        var extents: [Extent] = []
        for length in [1, 7, 4096, block - 1, block, block + 1, 3 * block, BlobLimits.packedBytesMax] {
            extents += try world.append([random.bytes(length)])
        }
        for length in [0, 1, block, 4 * block + 1, 8 * block, 9 * block - 5, 1 << 20, 1_300_001] {
            extents.append(try await world.writeFile(random.bytes(length), pieceBytes: random.int(in: 1000...300_000)))
        }
        #expect(try await world.unreadable() == [])
        for _ in 0..<600 {
            let extent = extents[random.int(in: 0...extents.count - 1)]
            guard extent.length > 0, let bytes = world.ledger.named[extent] else { continue }
            let reader = try await world.store.open(extent)
            let offset = random.int(in: 0...bytes.count - 1)
            let countMax = random.oneIn(3) ? Int.max : random.int(in: 1...300_000)
            let piece = try await reader.read(from: UInt64(offset), countMax: countMax)
            #expect(piece.readableBytes >= 1 && piece.readableBytes <= min(countMax, BlobLimits.pieceBytesMax), "seed \(Self.seed)")
            #expect(Array(piece.readableBytesView) == Array(bytes[offset..<offset + piece.readableBytes]), "seed \(Self.seed)")
            let rest = bytes.count - offset
            // At least a whole piece less the part of the first block before it, so that streams advance.
            #expect(piece.readableBytes >= min(rest, countMax, BlobLimits.pieceBytesMax - block + 1))
        }
    }

    @Test func smallPiecesOfOneReader() async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let bytes = random.bytes(200_000)
        let packed = try world.append([bytes])[0]
        let file = try await world.writeFile(bytes)
        #expect(try await world.readAll(packed, piece: 1111) == bytes)
        #expect(try await world.readAll(file, piece: 1111) == bytes)
    }

    /// A flip in what a read touches is reported; elsewhere the read is intact.
    @Test func flipsInFile() async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let bytes = random.bytes(6 * BlobLimits.blockBytes - 100)
        let extent = try await world.writeFile(bytes)
        let size = bytes.count + 6 * 4 + 32
        for round in 0..<120 {
            let at = round < 56 ? size - 1 - round : random.int(in: 0...size - 1)
            let bit = random.int(in: 0...7)
            try world.disk.flipBit(inFile: path(ofFile: extent), at: UInt64(at), bit: bit)
            for block in 0..<6 {
                let isTouched = at / BlobLimits.blockBytes == block && at < bytes.count
                let isTableTouched = at >= bytes.count && (at - bytes.count) / 4 == block
                let start = block * BlobLimits.blockBytes
                let reader = try await world.store.open(extent)
                do {
                    let piece = try await reader.read(from: UInt64(start), countMax: 100)
                    #expect(!isTouched && !isTableTouched, "flip at \(at), block \(block)")
                    #expect(Array(piece.readableBytesView) == Array(bytes[start..<start + 100]))
                } catch BlobError.damaged(let text) {
                    #expect(isTouched || isTableTouched, "flip at \(at), block \(block)")
                    #expect(text.contains(path(ofFile: extent)) && text.contains("\(start)"))
                }
            }
            #expect(try world.verify().isClean == false, "verify sees a flip at \(at)")
            try world.disk.flipBit(inFile: path(ofFile: extent), at: UInt64(at), bit: bit)
        }
        #expect(try world.verify().isClean)
        #expect(try await world.unreadable() == [])
    }

    @Test(arguments: [1, 2]) func flipsInPack(generation: Int) async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        var extents = try world.append((0..<8).map { _ in random.bytes(random.int(in: 1...2000)) })
        let pack = extents[0].container
        if generation == 2 {
            let filler = try world.append((0..<6).map { _ in random.bytes(2000) })
            for extent in filler where extent.container == pack { world.ledger.release(extent, in: world.store) }
            for extent in extents.removeAndReturn(3) { world.ledger.release(extent, in: world.store) }
            try world.append([random.bytes(4000), random.bytes(4000)])
            #expect(try await world.sweeper.pass().packsCompacted == 1)
        }
        let size = try world.disk.bytes(ofFile: path(ofPack: pack, generation: generation)).count
        for at in stride(from: 0, to: size, by: 7) {
            let bit = random.int(in: 0...7)
            try world.disk.flipBit(inFile: path(ofPack: pack, generation: generation), at: UInt64(at), bit: bit)
            var damaged = 0
            for extent in extents {
                do {
                    #expect(try await world.readAll(extent) == world.ledger.named[extent])
                } catch BlobError.damaged(let text) {
                    damaged += 1
                    #expect(text.contains(path(ofPack: pack, generation: generation)))
                }
            }
            #expect(damaged <= 1 || at < 32 || generation > 1)
            try world.disk.flipBit(inFile: path(ofPack: pack, generation: generation), at: UInt64(at), bit: bit)
        }
    }

    @Test func truncatedFileAndPack() async throws {
        let random = SimRandom(seed: Self.seed)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let file = try await world.writeFile(random.bytes(200_000))
        let packed = try world.append([random.bytes(3000)])[0]
        for (extent, name) in [(file, path(ofFile: file)), (packed, path(ofPack: packed.container))] {
            let size = try world.disk.open(name, .readOnly).size()
            for _ in 0..<20 {
                let cut = random.int(in: 0...Int(extent.length))
                let clone = world.disk.restartClone()
                try clone.open(name, .readWrite).truncate(to: UInt64(cut))
                let disk = clone
                let pool = world.pool
                let store = try BlobStore(
                    .init(disk: disk, clock: world.clock, random: SimRandom(seed: 1)), root: BlobWorld.root, pool: pool)
                await #expect(throws: BlobError.self) {
                    let reader = try await store.open(extent)
                    var offset: UInt64 = 0
                    while offset < extent.length { offset += UInt64(try await reader.read(from: offset, countMax: 1 << 20).readableBytes) }
                }
            }
            #expect(size > extent.length)
        }
    }

    /// Whatever a damaged record says, it is refused.
    @Test func impossibleExtents() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let packed = try world.append([[1, 2, 3]])[0]
        let file = try await world.writeFile([1, 2, 3])
        for (container, offset, length) in [
            (packed.container, UInt64.max, UInt64(3)), (packed.container, 32, UInt64.max), (packed.container, 40, 3),
            (packed.container, 32, 4), (packed.container, 1 << 40, 3),
        ] {
            let extent = Extent(kind: .pack, container: container, offset: offset, length: length)
            await #expect(throws: BlobError.self) { _ = try await world.readAll(extent) }
        }
        for length in [UInt64(2), 4, 1 << 40, .max] {
            let extent = Extent(kind: .file, container: file.container, offset: 0, length: length)
            await #expect(throws: BlobError.self) { _ = try await world.readAll(extent) }
        }
        for kind in [Extent.Kind.pack, .file] {
            await #expect(throws: BlobError.notFound) {
                _ = try await world.store.open(Extent(kind: kind, container: 999, offset: 32, length: 3))
            }
        }
    }

    /// Handles are bounded; when descriptors run out the cached ones go, and only then the request fails.
    @Test func descriptorsRunOut() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        var extents: [Extent] = []
        for index in 0..<5 { extents.append(try await world.writeFile([UInt8(index)])) }
        #expect(try await world.unreadable() == [])
        #expect(world.store.statistics.openFiles == 2)
        let cold = try #require(extents.first)
        _ = try await world.store.open(extents[3])
        _ = try await world.store.open(extents[4])
        world.disk.fail(at: .operation(world.disk.operationCount + 1), with: .tooManyFiles)
        _ = try await world.store.open(cold)
        #expect(world.store.statistics.openFiles == 1)
        world.disk.fail(at: .operation(world.disk.operationCount + 1), with: .tooManyFiles)
        world.disk.fail(at: .operation(world.disk.operationCount + 2), with: .tooManyFiles)
        await #expect(throws: BlobError.tooManyFiles) { _ = try await world.store.open(extents[1]) }
        #expect(try await world.unreadable() == [])
    }
}

extension Array {
    mutating func removeAndReturn(_ count: Int) -> [Element] {
        defer { removeFirst(count) }
        return Array(prefix(count))
    }
}
