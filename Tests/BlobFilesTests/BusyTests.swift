import BlobFiles
import Environment
import NIOCore
import SimulationKit
import StoragePorts
import Testing

/// Too many waiting jobs are an error of their own, which clients are told to retry.
@Suite struct BusyTests {
    @Test func aFullPoolIsBusy() async throws {
        let world = try BlobWorld(on: BlobWorld.freshDisk(), queueMax: 1)
        let extent = try await world.writeFile([UInt8](repeating: 7, count: 300_000))
        world.disk.missCache(everyNth: 1)
        let reader = try await world.store.open(extent)
        let gate = ThreadGate()
        #expect(world.pool.submit { gate.pass() } == nil)
        await gate.untilReached()
        #expect(world.pool.submit {} == nil)
        await #expect(throws: BlobError.busy) { try await reader.read(from: 0, countMax: 1000) }
        gate.open()
    }
}
