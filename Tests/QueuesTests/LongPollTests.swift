import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

/// Time moves only when a test moves it; `tick` is what the maintenance loop does at that moment.
@Suite(.timeLimit(.minutes(1))) struct LongPollTests {
    @Test func anArrivalWakesAWaiterAtOnce() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        async let received = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        try await fixture.send("now", to: jobs)
        #expect(try await received.map(\.body) == ["now"])
        #expect(fixture.queues.waitingCount == 0)
    }

    @Test func anotherDomainsCommitWakesAWaiterToo() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        async let received = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        _ = try await fixture.notify(jobs, "event")
        #expect(try await received.map(\.body) == ["event"])
    }

    @Test func theQueuesOwnWaitTimeCounts() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs") { $0.receiveWaitSeconds = 5 }
        async let received = fixture.queues.receive(ReceiveRequest(), from: jobs)
        await fixture.untilWaiting(1)
        fixture.clock.advance(by: .seconds(5))
        fixture.queues.tick()
        #expect(try await received.isEmpty)
    }

    @Test func aWaitEndsInTimeAndNotBefore() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        async let received = fixture.receive(from: jobs, wait: 2)
        await fixture.untilWaiting(1)
        fixture.clock.advance(by: .milliseconds(1999))
        // It looks now and then, and waits on.
        fixture.queues.tick()
        for _ in 0..<100 { await Task.yield() }
        await fixture.untilWaiting(1)
        fixture.clock.advance(by: .milliseconds(1))
        fixture.queues.tick()
        #expect(try await received.isEmpty)
    }

    @Test func theEndOfADelayWakes() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        async let received = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        try await fixture.send("later", to: jobs, delay: 3)
        for _ in 0..<3 {
            fixture.clock.advance(by: .seconds(1))
            fixture.queues.tick()
            for _ in 0..<100 { await Task.yield() }
        }
        #expect(try await received.map(\.body) == ["later"])
    }

    @Test func theEndOfAVisibilityTimeoutWakes() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        try await fixture.send("again", to: jobs)
        let first = try await fixture.receive(from: jobs, timeout: 1)
        async let second = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        fixture.clock.advance(by: .seconds(1))
        fixture.queues.tick()
        #expect(try await second.map(\.messageID) == first.map(\.messageID))
    }

    @Test func givingAMessageBackWakes() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        try await fixture.send("again", to: jobs)
        let first = try #require(try await fixture.receive(from: jobs).first)
        async let second = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        _ = try await fixture.queues.changeVisibility(VisibilityChange(receiptHandle: first.receiptHandle, seconds: 0), in: jobs)
        #expect(try await second.map(\.messageID) == [first.messageID])
    }

    @Test func theTickSaysHowLongToSleep() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        #expect(fixture.queues.tick() == nil)
        async let received = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        #expect(fixture.queues.tick() == .seconds(1))
        try await fixture.send("later", to: jobs, delay: 0)
        _ = try await received
        #expect(fixture.queues.tick() == nil)
    }

    @Test func shutdownEndsAllWaitsEmpty() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        let other = try await fixture.makeQueue("other")
        async let first = fixture.receive(from: jobs, wait: 20)
        async let second = fixture.receive(from: other, wait: 20)
        await fixture.untilWaiting(2)
        fixture.queues.shutdown()
        #expect(try await first.isEmpty)
        #expect(try await second.isEmpty)
        #expect(try await fixture.receive(from: jobs, wait: 20).isEmpty)
        try await fixture.send("still works", to: jobs)
        #expect(try await fixture.receive(from: jobs, wait: 20).count == 1)
    }

    @Test func aCancelledWaitEndsAndTakesNothing() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        let received = try await withThrowingTaskGroup(of: [ReceivedMessage].self) { group in
            group.addTask { try await fixture.receive(from: jobs, wait: 20) }
            await fixture.untilWaiting(1)
            group.cancelAll()
            return try await group.next()
        }
        #expect(received == [])
        #expect(fixture.queues.waitingCount == 0)
        try await fixture.send("x", to: jobs)
        #expect(try await fixture.receive(from: jobs).count == 1)
    }

    @Test func deletingAQueueEndsItsWaits() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: QueueError.queueDoesNotExist) { try await fixture.receive(from: jobs, wait: 20) }
            }
            group.addTask {
                await fixture.untilWaiting(1)
                _ = try await fixture.queues.delete(jobs)
            }
            try await group.waitForAll()
        }
    }

    @Test func aPurgedQueuesWaitersGetWhatComesAfter() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        async let received = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        _ = try await fixture.queues.purge(jobs)
        await fixture.untilWaiting(1)
        try await fixture.send("after", to: jobs)
        #expect(try await received.map(\.body) == ["after"])
    }

    /// Ten wait, three messages come: three are woken in the order of their coming, seven never look.
    @Test func asManyWakeAsMessagesCome() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        let served = Collected<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask {
                    if try await !fixture.receive(1, from: jobs, wait: 20).isEmpty { served.append(number) }
                }
                await fixture.untilWaiting(number + 1)
            }
            group.addTask {
                for index in 0..<3 {
                    try await fixture.send("\(index)", to: jobs)
                    while served.all.count != index + 1 { await Task.yield() }
                }
                #expect(fixture.queues.waitingCount == 7)
                fixture.queues.shutdown()
            }
            try await group.waitForAll()
        }
        #expect(served.all == [0, 1, 2])
    }

    /// One waiter looks at the end of a timeout; it passes on to the next what it does not take.
    @Test func manyMessagesThatBecomeVisibleTogetherReachManyWaiters() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        for index in 0..<5 { try await fixture.send("\(index)", to: jobs, delay: 1) }
        let served = Collected<String>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 {
                group.addTask { for message in try await fixture.receive(1, from: jobs, wait: 20) { served.append(message.body) } }
            }
            await fixture.untilWaiting(5)
            fixture.clock.advance(by: .seconds(1))
            fixture.queues.tick()
            try await group.waitForAll()
        }
        #expect(Set(served.all) == ["0", "1", "2", "3", "4"] && served.all.count == 5)
    }

    @Test func theLoopEndsEveryWaitWhenItIsCancelled() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        async let received = fixture.receive(from: jobs, wait: 20)
        await fixture.untilWaiting(1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await fixture.queues.run() }
            group.cancelAll()
        }
        #expect(try await received.isEmpty)
    }

    /// Producers and consumers at once, on all threads that there are. Time stands still, so nothing is given twice.
    @Test func nothingIsLostOrDoubledUnderConcurrency() async throws {
        let fixture = QueueFixture()
        let jobs = try await fixture.makeQueue("jobs")
        let served = Collected<String>()
        let sentCount = 8 * 100
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<8 {
                group.addTask {
                    for index in 0..<100 {
                        if index % 3 == 0 {
                            _ = try await fixture.notify(jobs, "\(producer)-\(index)")
                        } else {
                            try await fixture.send("\(producer)-\(index)", to: jobs)
                        }
                    }
                }
            }
            for consumer in 0..<8 {
                group.addTask {
                    while served.all.count < sentCount {
                        for message in try await fixture.receive(1 + consumer, from: jobs, wait: 20) {
                            _ = try await fixture.queues.deleteMessage(message.receiptHandle, from: jobs)
                            served.append(message.body)
                        }
                        if served.all.count == sentCount { fixture.queues.shutdown() }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(served.all.count == sentCount && Set(served.all).count == sentCount)
        let left = try await fixture.queues.describe(jobs)
        #expect(left.visibleCount == 0 && left.inFlightCount == 0)
    }
}
