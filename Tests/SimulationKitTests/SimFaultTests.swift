import Environment
import Model
import SimulationKit
import Testing

@Suite struct SimFaultTests {
    @Test func afterACrashEverythingThrows() throws {
        let disk = SimDisk()
        disk.crash(at: .mutation(3))
        let file = try disk.open("/a", .createNew)
        try file.put([1], at: 0)
        #expect(try file.bytes(0, 1) == [1], "reads are no mutations")
        let error = #expect(throws: DiskError.self) { try file.sync() }
        #expect(error?.errno == SimDisk.crashErrno)
        #expect(disk.isCrashed)
        expectDiskError(.failed) { _ = try file.bytes(0, 1) }
        expectDiskError(.failed) { _ = try disk.open("/b", .createNew) }
        expectDiskError(.failed) { _ = try disk.list("/") }
        let clones = (0..<32).map { disk.crashClone(seed: $0) }
        #expect(clones.contains { $0.allFiles() == ["/a"] } && clones.contains { $0.allFiles() == [] })
        #expect(clones.allSatisfy { !$0.isCrashed && $0.operationCount == 0 })
    }

    @Test func crashesCountEveryCallOrOnlyChanges() throws {
        let disk = SimDisk()
        disk.crash(at: .operation(3))
        _ = try disk.exists("/a")
        _ = try disk.list("/")
        expectDiskError(.failed) { _ = try disk.exists("/a") }
        #expect(disk.operationCount == 3 && disk.mutationCount == 0)
        disk.clearFaults()
        #expect(try disk.exists("/a") == false)
    }

    @Test func operationsFailOnceWithTheirKind() throws {
        let disk = SimDisk()
        disk.fail(at: .operation(1), with: .tooManyFiles)
        disk.fail(at: .operation(3), with: .noSpace)
        expectDiskError(.tooManyFiles) { _ = try disk.open("/a", .createNew) }
        #expect(disk.allFiles() == [])
        let file = try disk.open("/a", .createNew)
        expectDiskError(.noSpace) { try file.put([1, 2, 3, 4], at: 0) }
        #expect(try file.bytes(0, 9) == [1, 2], "half of it was written")
        try file.put([1, 2, 3, 4], at: 0)
        #expect(try file.bytes(0, 9) == [1, 2, 3, 4])
    }

    /// The reason why nobody retries a sync.
    @Test func aFailedSyncLosesItsBytesForGood() throws {
        let disk = SimDisk()
        let file = try disk.open("/a", .createNew)
        try disk.syncDirectory("/")
        try file.put([1, 2], at: 0)
        disk.fail(at: .operation(disk.operationCount + 1), with: .failed)
        expectDiskError(.failed) { try file.sync() }
        try file.put([3], at: 2)
        try file.sync()
        #expect(try file.bytes(0, 9) == [1, 2, 3])
        for seed in UInt64(0)..<16 { #expect(try disk.crashClone(seed: seed).bytes(ofFile: "/a") == [0, 0, 3]) }
    }

    @Test func aFullDiskTakesWhatFitsAndWorksAgainWithRoom() throws {
        let disk = SimDisk(capacityBytes: 1000)
        let file = try disk.open("/a", .createNew)
        try file.put([UInt8](repeating: 1, count: 600), at: 0)
        #expect(try disk.freeBytes(at: "/") == 400)
        expectDiskError(.noSpace) { try file.preallocate(to: 1001) }
        #expect(try file.size() == 600)
        expectDiskError(.noSpace) { try file.put([UInt8](repeating: 2, count: 500), at: 600) }
        #expect(try file.size() == 1000)
        try file.put([UInt8](repeating: 3, count: 1000), at: 0)
        let other = try disk.open("/b", .createNew)
        expectDiskError(.noSpace) { try other.put([1], at: 0) }
        disk.setCapacity(1001)
        try other.put([1], at: 0)
        try file.truncate(to: 0)
        #expect(try disk.freeBytes(at: "/") == 1000)
        try disk.remove("/b")
        #expect(disk.usedBytes == 1, "an open file keeps its space")
    }

    @Test func flippedBitsAreSeenAndStay() throws {
        let disk = SimDisk()
        let file = try disk.open("/a", .createNew)
        try file.put([0, 0, 0], at: 0)
        try file.sync()
        try disk.syncDirectory("/")
        try disk.flipBit(inFile: "/a", at: 1, bit: 7)
        #expect(try file.bytes(0, 3) == [0, 0x80, 0])
        #expect(try disk.crashClone(seed: 1).bytes(ofFile: "/a") == [0, 0x80, 0])
        expectDiskError(.notFound) { try disk.flipBit(inFile: "/b", at: 0, bit: 0) }
    }

    @Test func cacheMissesAnswerNil() throws {
        let disk = SimDisk()
        let file = try disk.open("/a", .createNew)
        try file.put([5], at: 0)
        disk.missCache(everyNth: 2)
        #expect(try (0..<4).map { _ in try file.cachedBytes(0, 1) } == [[5], nil, [5], nil])
        disk.missCache(everyNth: nil)
        #expect(try file.cachedBytes(0, 1) == [5])
    }

    @Test func clocksMoveOnlyWhenTold() {
        let clock = SimClock()
        let start = clock.now()
        #expect(clock.now() == start && clock.monotonicNanoseconds() == 0)
        clock.advance(by: .milliseconds(1500))
        #expect(clock.now() - start == .milliseconds(1500))
        #expect(clock.monotonicNanoseconds() == 1_500_000_000)
        clock.set(to: start)
        #expect(clock.now() == start && clock.monotonicNanoseconds() == 1_500_000_000)
    }

    /// The first numbers of the published generator for seed 1234567.
    @Test func randomNumbersAreThePublishedOnes() {
        let random = SimRandom(seed: 1_234_567)
        #expect((0..<3).map { _ in random.next() } == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }
}
