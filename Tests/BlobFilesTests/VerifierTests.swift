import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Synchronization
import Testing

/// The report names exactly what is wrong.
@Suite struct VerifierTests {
    func world() async throws -> (BlobWorld, packed: [Extent], file: Extent) {
        let random = SimRandom(seed: 11)
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let packed = try world.append((0..<4).map { _ in random.bytes(1000) })
        let file = try await world.writeFile(random.bytes(100_000))
        world.store.close()
        return (world, packed, file)
    }

    @Test func clean() async throws {
        let (world, packed, _) = try await world()
        world.ledger.release(packed[2], in: world.store)
        let result = try world.verify()
        #expect(result.findings == [])
        #expect(result.packs == 1 && result.entries == 4 && result.unnamedEntries == 1 && result.files == 1)
        #expect(result.payloadBytesChecked == 104_000)
    }

    @Test func damagedEntryAndBlock() async throws {
        let (world, packed, file) = try await world()
        try world.disk.flipBit(inFile: path(ofPack: 1 + packed[0].container - 1), at: packed[1].offset + 24, bit: 3)
        try world.disk.flipBit(inFile: path(ofFile: file), at: 70_000, bit: 3)
        #expect(
            try world.verify().findings == [
                BlobFinding(
                    .damaged, file: path(ofPack: packed[0].container), offset: packed[1].offset, length: 1032,
                    reason: "block 0 of the payload differs from its checksum"),
                BlobFinding(
                    .damaged, file: path(ofFile: file), offset: 65_536, length: 34_464, reason: "the block differs from its checksum"),
            ])
    }

    @Test func damagedHeaderHidesOneEntry() async throws {
        let (world, packed, _) = try await world()
        let name = path(ofPack: packed[0].container)
        try world.disk.flipBit(inFile: name, at: packed[1].offset + 9, bit: 3)
        let findings = try world.verify().findings
        #expect(
            findings == [
                BlobFinding(.damaged, file: name, offset: packed[1].offset, length: 1032, reason: "no valid entry stands here"),
                BlobFinding(.missing, file: name, offset: packed[1].offset, length: 1000, reason: "no entry has this logical offset"),
            ])
    }

    @Test func missingAndOrphaned() async throws {
        let (world, packed, file) = try await world()
        let orphan = try await world.writeFile([1])
        world.ledger.state.withLock { $0.named[orphan] = nil }
        world.store.close()
        try world.disk.remove(path(ofFile: file))
        try world.disk.remove(path(ofPack: packed[0].container))
        let findings = try world.verify().findings
        #expect(findings.filter { $0.kind == .orphaned }.map(\.file) == [path(ofFile: orphan)])
        let missing = findings.filter { $0.kind == .missing }
        #expect(missing.map(\.file) == Array(repeating: path(ofPack: packed[0].container), count: 4) + [path(ofFile: file)])
        #expect(missing.map(\.offset) == packed.map(\.offset) + [0])
    }

    @Test func truncatedFile() async throws {
        let (world, _, file) = try await world()
        try world.disk.open(path(ofFile: file), .readWrite).truncate(to: 99_999)
        #expect(
            try world.verify().findings == [
                BlobFinding(
                    .damaged, file: path(ofFile: file), offset: 0, length: 99_999,
                    reason: "99999 bytes long, which 100000 bytes of payload do not make")
            ])
    }
}
