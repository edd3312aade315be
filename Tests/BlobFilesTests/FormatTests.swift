import BlobFiles
import Bytes
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Testing

/// The bytes on disk, spelled out: a change here is a change of the format.
@Suite struct FormatTests {
    func hex(_ world: BlobWorld, _ path: String) throws -> String { Hex.encode(try world.disk.bytes(ofFile: path)) }

    @Test func file() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let extent = try await world.writeFile(Array("abc".utf8))
        #expect(
            try hex(world, path(ofFile: extent))
                == [
                    "616263",
                    "b73f4b36",
                    "526f6f7374426c6201000000000001000300000000000000ca4067a096e5b552",
                ].joined())
    }

    @Test func emptyFile() async throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        let extent = try await world.writeFile([])
        #expect(
            try hex(world, path(ofFile: extent))
                == [
                    "526f6f7374426c6201000000000001000000000000000000000000004596dd2e"
                ].joined())
    }

    @Test func packAndItsCompactedGeneration() async throws {
        var limits = BlobWorld.limits
        limits.zeroAheadBytes = 16
        limits.packBytesMax = 128
        let world = try BlobWorld(on: try BlobWorld.freshDisk(), limits: limits)
        let extents = try world.append([Array("dead".utf8), Array("abc".utf8)])
        #expect(extents[1] == Extent(kind: .pack, container: 1, offset: 64, length: 3))
        #expect(
            try hex(world, path(ofPack: 1))
                == [
                    "526f6f737450616b0100000001000000010000000000000000000000b8913ab1",
                    "52504531040000002000000000000000010000001f96ad96",
                    "64656164fdc51a67",
                    "52504531030000004000000000000000010000006d8aa515",
                    "616263b73f4b36",
                    "00",
                    "00000000000000000000000000000000",
                ].joined())
        try world.append([[UInt8](repeating: 0, count: 100)])
        world.ledger.release(extents[0], in: world.store)
        var lower = limits
        lower.compactionDeadPercent = 10
        let again = try BlobWorld(on: world.disk.restartClone(), ledger: world.ledger, limits: lower)
        #expect(try await again.sweeper.pass().packsCompacted == 1)
        #expect(
            try hex(again, path(ofPack: 1, generation: 2))
                == [
                    "526f6f737450616b01000000020000000100000000000000000000004bf1c2a2",
                    "52504531030000004000000000000000010000006d8aa515",
                    "616263b73f4b36",
                    "00",
                    "40000000000000002000000000000000",
                    "526f6f73744d6170010000000000000040000000000000008f5de8173ad859d1",
                ].joined())
        #expect(try await again.readAll(extents[1]) == Array("abc".utf8))
    }

    @Test func numbers() throws {
        let world = try BlobWorld(on: try BlobWorld.freshDisk())
        #expect(
            try hex(world, BlobWorld.root + "/blob-numbers")
                == [
                    "526f6f73744e756d",
                    "01000000",
                    "0100100000000000",
                    "46a61236",
                ].joined())
    }
}
