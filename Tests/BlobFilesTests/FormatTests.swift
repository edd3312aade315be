import BlobFiles
import Bytes
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Testing

/// The bytes on disk, spelled out: a change here is a change of the format.
@Suite struct FormatTests {
    static let abcChecksum = "b73f4b36"  // CRC-32C of "abc" is 364b3fb7.

    func hex(_ world: BlobWorld, _ path: String) throws -> String { Hex.encode(try world.disk.bytes(ofFile: path)) }

    @Test func file() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let extent = try await world.writeFile(Array("abc".utf8))
        #expect(try hex(world, path(ofFile: extent)) == "")
    }

    @Test func emptyFile() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let extent = try await world.writeFile([])
        #expect(try hex(world, path(ofFile: extent)) == "")
    }

    @Test func packAndItsCompactedGeneration() async throws {
        var limits = BlobWorld.limits
        limits.zeroAheadBytes = 16
        limits.packBytesMax = 128
        let world = try BlobWorld(on: try BlobWorld.freshDisk(), limits: limits)
        let extents = try world.append([Array("dead".utf8), Array("abc".utf8)])
        #expect(extents[1] == Extent(kind: .pack, container: 1, offset: 64, length: 3))
        #expect(try hex(world, path(ofPack: 1)) == "")
        try world.append([[UInt8](repeating: 0, count: 100)])
        world.ledger.release(extents[0], in: world.store)
        var lower = limits
        lower.compactionDeadPercent = 10
        let again = try BlobWorld(on: world.disk.restartClone(), ledger: world.ledger, limits: lower)
        #expect(try await again.sweeper.pass().packsCompacted == 1)
        #expect(try hex(again, path(ofPack: 1, generation: 2)) == "")
        #expect(try await again.readAll(extents[1]) == Array("abc".utf8))
    }

    @Test func numbers() throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        #expect(try hex(world, BlobWorld.root + "/blob-numbers") == "")
    }
}
