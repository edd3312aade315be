import Environment
import Model
import Testing

@Suite struct SystemTests {
    @Test func clocksGoOn() {
        let clock = SystemClock()
        #expect(clock.now() > Timestamp(seconds: 1_700_000_000), "it counts from 1970 in milliseconds")
        var last = clock.monotonicNanoseconds()
        for _ in 0..<1000 {
            let next = clock.monotonicNanoseconds()
            #expect(next >= last)
            last = next
        }
    }

    @Test func randomNumbersDiffer() {
        let random = SystemRandom()
        let numbers = (0..<1000).map { _ in random.next() }
        #expect(Set(numbers).count == 1000)
        let ones = numbers.reduce(0) { $0 + $1.nonzeroBitCount }
        // 64,000 fair coins lie further than this from the middle once in 10^20 times.
        #expect((30_800...33_200).contains(ones))
    }

    @Test func errnoIsSorted() {
        let kinds: [(Int32, DiskError.Kind)] = [
            (2, .notFound), (17, .exists), (28, .noSpace), (24, .tooManyFiles), (23, .tooManyFiles), (5, .failed),
        ]
        for (errno, kind) in kinds {
            let error = DiskError(errno: errno, operation: "open", path: "/x")
            #expect(error.kind == kind && error.errno == errno)
        }
        #expect(DiskError(errno: 5, operation: "sync", path: "/x").description == "sync /x: failed (errno 5)")
    }

    @Test func theSystemEnvironmentIsComplete() throws {
        let environment = Environment.system()
        #expect(try environment.disk.exists("/"))
        #expect(try environment.disk.freeBytes(at: "/") > 0)
        #expect(try environment.disk.exists("/none/such") == false)
    }

    /// /dev/full answers ENOSPC to every write.
    @Test func aFullDeviceIsToldApart() throws {
        #if os(Linux)
            let file = try LinuxDisk().open("/dev/full", .readWrite)
            let error = #expect(throws: DiskError.self) {
                try [UInt8](repeating: 1, count: 10).withUnsafeBytes { try file.write(at: 0, [$0]) }
            }
            #expect(error?.kind == .noSpace)
        #endif
    }
}
