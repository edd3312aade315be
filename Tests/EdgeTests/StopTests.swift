import Edge
import Testing

@Suite("Graceful stop") struct StopTests {
    @Test func longPollsEndAndAreAnswered() async throws {
        try await withEdge { edge in
            let poll = try await edge.connect()
            let idle = try await edge.connect()
            try await poll.sendHead("GET /wait HTTP/1.1\nHost: a")
            try await eventually("the poll waits") { edge.door.gate.waiters == 1 }
            await edge.stop()
            try await poll.waitForClose()
            try await idle.waitForClose()
            #expect(poll.text.contains("opened") && poll.text.contains("Connection: close"))
        }
    }

    @Test func requestsThatTakeTooLongAreCut() async throws {
        try await withEdge(impatient(\.shutdownDrain)) { edge in
            let client = try await edge.connect()
            try await client.stopReading()
            try await client.sendHead("GET /endless HTTP/1.1\nHost: a")
            try await eventually("it is under way") { edge.observer.startedExchanges == 1 }
            await edge.stop()
        }
    }

    @Test func nothingIsAcceptedAfterwards() async throws {
        try await withEdge { edge in
            await edge.stop()
            try await eventually("connections are refused") { (try? await edge.connect()) == nil }
        }
    }
}
