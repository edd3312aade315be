import Model
import ModelLedger
import Queues
import SimulationKit
import StoragePorts
import Testing

/// Move tasks: what empties a dead-letter queue.
@Suite struct MoveTests {
    /// Two queues whose dead letters go to one, and a third that has none to do with it.
    private struct World {
        let fixture = QueueFixture(encrypts: true)
        let dead, one, two, other: QueueAddress

        init() async throws {
            dead = try await fixture.makeQueue("dead")
            let redrive = RedrivePolicy(deadLetter: fixture.engine.arn(of: dead), receivesMax: 1)
            one = try await fixture.makeQueue("one") { $0.redrive = .some(redrive) }
            two = try await fixture.makeQueue("two") { $0.redrive = .some(redrive) }
            other = try await fixture.makeQueue("other")
        }

        /// Sends messages, at most ten, and receives them too often.
        func fail(_ bodies: [String], in queue: QueueAddress) async throws {
            for body in bodies { try await fixture.send(body, to: queue) }
            for _ in 0..<2 { _ = try await fixture.receive(from: queue, timeout: 0) }
        }

        func bodies(_ queue: QueueAddress) async throws -> [String] {
            try await fixture.receive(from: queue, timeout: 0).map(\.body).sorted()
        }

        func task() async throws -> MoveTask { try #require(try await fixture.queues.moveTasks(of: dead).first) }

        /// Steps until nothing is due, the clock standing still.
        func settle(_ queues: Queues? = nil) async throws {
            while try await (queues ?? fixture.queues).stepMoves() == .zero {}
        }
    }

    @Test func messagesGoBackToWhereTheyCameFrom() async throws {
        let world = try await World()
        let queues = world.fixture.queues
        try await world.fail(["1a", "1b"], in: world.one)
        try await world.fail(["2a"], in: world.two)
        let old = try await world.fixture.receive(from: world.dead, timeout: 0).map(\.messageID)
        world.fixture.clock.advance(by: .seconds(5))
        let id = try await queues.startMove(from: world.dead, to: nil, perSecondMax: nil).value
        try await world.settle()
        let back = try await world.fixture.receive(from: world.one, timeout: 0)
        #expect(back.map(\.body).sorted() == ["1a", "1b"])
        // They are new messages: by their ids, their times and their counts.
        #expect(back.allSatisfy { $0.receiveCount == 1 && $0.sent == world.fixture.clock.now() && $0.deadLetterSource == nil })
        #expect(back.allSatisfy { !old.contains($0.messageID) })
        #expect(try await world.bodies(world.two) == ["2a"])
        #expect(try await world.bodies(world.dead).isEmpty)
        #expect(try await queues.describe(world.dead).visibleCount == 0)
        let task = try await world.task()
        #expect(task.id == id && task.status == .completed && task.movedCount == 3 && task.countAtStart == 3)
        #expect(task.destination == nil && task.perSecondMax == nil && task.failure == nil)
        #expect(try await queues.stepMoves() == nil)
    }

    /// What is in flight, delayed or newer than the task stays.
    @Test func onlyWhatCouldBeReceivedMoves() async throws {
        let world = try await World()
        try await world.fixture.send("in flight", to: world.dead)
        #expect(try await world.fixture.receive(1, from: world.dead, timeout: 600).count == 1)
        try await world.fixture.send("delayed", to: world.dead, delay: 600)
        try await world.fixture.send("moved", to: world.dead)
        _ = try await world.fixture.queues.startMove(from: world.dead, to: world.other, perSecondMax: nil)
        try await world.fixture.send("newer", to: world.dead)
        try await world.settle()
        #expect(try await world.bodies(world.other) == ["moved"])
        #expect(try await world.bodies(world.dead) == ["newer"])
        let found = try await world.fixture.queues.describe(world.dead)
        #expect(found.visibleCount == 1 && found.inFlightCount == 1 && found.delayedCount == 1)
        #expect(try await world.task().status == .completed)
    }

    /// A message a second: the first at once, and no more than a second's worth after a pause or a restart.
    @Test func theRateHolds() async throws {
        let world = try await World()
        for number in 0..<8 { try await world.fixture.send("\(number)", to: world.dead) }
        _ = try await world.fixture.queues.startMove(from: world.dead, to: world.other, perSecondMax: 2)
        func moved() async throws -> Int { try await world.task().movedCount }
        try await world.settle()
        #expect(try await moved() == 1)
        let pause = try await world.fixture.queues.stepMoves()
        #expect(pause == .milliseconds(500))
        world.fixture.clock.advance(by: .milliseconds(499))
        try await world.settle()
        #expect(try await moved() == 1)
        world.fixture.clock.advance(by: .milliseconds(1))
        try await world.settle()
        #expect(try await moved() == 2)
        world.fixture.clock.advance(by: .seconds(3600))
        let queues = world.fixture.restarted()
        try await world.settle(queues)
        #expect(try await moved() == 4)
    }

    @Test func aTaskMayBeCancelled() async throws {
        let world = try await World()
        let queues = world.fixture.queues
        for number in 0..<3 { try await world.fixture.send("\(number)", to: world.dead) }
        let id = try await queues.startMove(from: world.dead, to: world.other, perSecondMax: 1).value
        await #expect(throws: QueueError.self, "one at a time") { try await queues.startMove(from: world.dead, to: nil, perSecondMax: nil) }
        try await world.settle()
        #expect(try await queues.cancelMove(id, of: world.dead).value == 1)
        world.fixture.clock.advance(by: .seconds(10))
        #expect(try await queues.stepMoves() == nil)
        #expect(try await world.task().status == .cancelled)
        #expect(try await queues.describe(world.dead).visibleCount == 2)
        await #expect(throws: QueueError.self, "it has ended") { try await queues.cancelMove(id, of: world.dead) }
        await #expect(throws: QueueError.noSuchMoveTask) { try await queues.cancelMove("none", of: world.dead) }
        await #expect(throws: QueueError.noSuchResource("SourceArn")) {
            try await queues.cancelMove(id, of: QueueFixture.address("nothing"))
        }
    }

    @Test func aTaskFailsWithoutADestination() async throws {
        let world = try await World()
        let queues = world.fixture.queues
        try await world.fixture.send("direct", to: world.dead)
        _ = try await queues.startMove(from: world.dead, to: nil, perSecondMax: nil)
        try await world.settle()
        var task = try await world.task()
        #expect(task.status == .failed && task.failure == .noSource && task.movedCount == 0)
        _ = try await queues.startMove(from: world.dead, to: world.other, perSecondMax: nil)
        _ = try await queues.delete(world.other)
        try await world.settle()
        task = try await world.task()
        #expect(task.status == .failed && task.failure == .noDestination)
        #expect(try await world.bodies(world.dead) == ["direct"])
        #expect(try await queues.moveTasks(of: world.dead).count == 2)
    }

    @Test func whatCannotStart() async throws {
        let world = try await World()
        let queues = world.fixture.queues
        let nothing = QueueFixture.address("nothing")
        await #expect(throws: QueueError.invalidParameter("Source queue must be configured as a Dead Letter Queue.")) {
            try await queues.startMove(from: world.one, to: world.other, perSecondMax: nil)
        }
        await #expect(throws: QueueError.noSuchResource("SourceArn")) {
            try await queues.startMove(from: nothing, to: world.other, perSecondMax: nil)
        }
        await #expect(throws: QueueError.noSuchResource("DestinationArn")) {
            try await queues.startMove(from: world.dead, to: nothing, perSecondMax: nil)
        }
        await #expect(throws: QueueError.self, "itself") { try await queues.startMove(from: world.dead, to: world.dead, perSecondMax: nil) }
        for rate in [0, 501] {
            await #expect(throws: QueueError.self) { try await queues.startMove(from: world.dead, to: nil, perSecondMax: rate) }
        }
    }

    /// A large queue is moved in steps, each message once, over restarts and commits that fail.
    @Test func largeQueuesMoveInSteps() async throws {
        let world = try await World()
        for batch in 0..<25 {
            let entries = (0..<10).map {
                BatchEntry(id: "\($0)", content: .success(OutgoingMessage(body: "\(batch).\($0)", sender: "me")))
            }
            _ = try await world.fixture.queues.sendBatch(entries, to: world.dead)
        }
        _ = try await world.fixture.queues.startMove(from: world.dead, to: world.other, perSecondMax: nil)
        #expect(try await world.fixture.queues.stepMoves() == .zero)
        #expect(try await world.task().movedCount == 100)
        world.fixture.ledger.fail(with: .noSpace)
        await #expect(throws: LedgerError.self) { try await world.fixture.queues.stepMoves() }
        world.fixture.ledger.fail(with: nil)
        let queues = world.fixture.restarted()
        try await world.settle(queues)
        #expect(try await world.task().movedCount == 250)
        var bodies: Set<String> = []
        for _ in 0..<25 {
            for message in try await queues.receive(ReceiveRequest(countMax: 10, visibilityTimeoutSeconds: 600), from: world.other) {
                bodies.insert(message.body)
            }
        }
        #expect(bodies.count == 250)
        #expect(try await queues.describe(world.dead).visibleCount == 0)
        #expect(try await queues.describe(world.other).inFlightCount == 250)
    }

    /// Ten are remembered, and none of a queue that was deleted.
    @Test func tasksAreForgotten() async throws {
        let world = try await World()
        let queues = world.fixture.queues
        var ids: [String] = []
        for _ in 0..<12 {
            ids.append(try await queues.startMove(from: world.dead, to: nil, perSecondMax: nil).value)
            try await world.settle()
        }
        #expect(try await queues.moveTasks(of: world.dead).map(\.id) == Array(ids.suffix(10).reversed()))
        _ = try await queues.startMove(from: world.dead, to: nil, perSecondMax: 1)
        _ = try await queues.delete(world.dead)
        #expect(!world.fixture.ledger.contents.contains { $0.key[0] == 0x36 || $0.key[0] == 0x37 })
    }
}
