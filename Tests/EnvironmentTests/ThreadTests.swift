import Environment
import SimulationKit
import Synchronization
import Testing

@Suite struct ThreadTests {
    struct Failed: Error, Equatable {}

    @Test func poolsReturnValuesAndErrors() async throws {
        let pool = BlockingPool(name: "test", threadCount: 2, queueMax: 100)
        #expect(try await pool.run { 6 * 7 } == 42)
        await #expect(throws: Failed.self) { try await pool.run { throw Failed() } }
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<50 { group.addTask { try await pool.run { index } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 1225)
        pool.shutDown()
    }

    @Test func fullPoolsRefuse() async throws {
        let pool = BlockingPool(name: "test", threadCount: 1, queueMax: 2)
        let gate = ThreadGate()
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await pool.run {
                    gate.pass()
                    return 1
                }
            }
            await gate.untilReached()
            for index in 2...3 { group.addTask { try await pool.run { index } } }
            while pool.queueDepth < 2 { await Task.yield() }
            await #expect(throws: BlockingPool.Failure.full) { try await pool.run { 4 } }
            gate.open()
            var results: [Int] = []
            for try await result in group { results.append(result) }
            #expect(results.sorted() == [1, 2, 3])
        }
        #expect(try await pool.run { 5 } == 5, "there is room again")
        pool.shutDown()
    }

    @Test func jobsStartInTheirOrder() async throws {
        let pool = BlockingPool(name: "test", threadCount: 1, queueMax: 1000)
        let gate = ThreadGate()
        let order = Monitor<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run { gate.pass() } }
            await gate.untilReached()
            for index in 0..<20 {
                group.addTask { try await pool.run { order.withLock { $0.append(index) } } }
                while pool.queueDepth <= index { await Task.yield() }
            }
            gate.open()
            try await group.waitForAll()
        }
        #expect(order.withLock { $0 } == Array(0..<20))
        pool.shutDown()
    }

    @Test func shutDownRunsWhatWaitsAndRefusesTheRest() async throws {
        let pool = BlockingPool(name: "test", threadCount: 3, queueMax: 100)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<30 { group.addTask { try await pool.run { index } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 435)
        pool.shutDown()
        pool.shutDown()
        await #expect(throws: BlockingPool.Failure.shutDown) { try await pool.run { 1 } }
    }

    @Test func threadsRunAndEnd() {
        let ran = Mutex(0)
        let threads = (0..<4).map { index in DedicatedThread(name: "a-long-name-of-a-thread-\(index)") { ran.withLock { $0 += 1 } } }
        for thread in threads {
            thread.join()
            thread.join()
        }
        #expect(ran.withLock { $0 } == 4)
    }

    @Test func monitorsHandOver() {
        let queue = Monitor<[Int]>([])
        let seen = Mutex<[Int]>([])
        let consumer = DedicatedThread(name: "consumer") {
            while true {
                let number = queue.wait { $0.isEmpty ? nil : $0.removeFirst() }
                if number < 0 { return }
                seen.withLock { $0.append(number) }
            }
        }
        for number in Array(0..<1000) + [-1] {
            queue.withLock { $0.append(number) }
            queue.wakeOne()
        }
        consumer.join()
        #expect(seen.withLock { $0 } == Array(0..<1000))
    }
}
