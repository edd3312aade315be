import Edge
import HTTPTypes
import Testing

@Suite("Bad and slow clients") struct BadClientTests {
    @Test(arguments: [
        ("GET\r\n\r\n", 400), ("\0\0\0\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET nopath HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost a\r\n\r\n", 400),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400), ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n", 400),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("GET / HTTP/2.7\r\nHost: a\r\n\r\n", 505),
    ]) func malformedHeadsAreRefused(bytes: String, status: Int) async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.send(bytes)
            try await client.waitForClose()
            #expect(client.text.hasPrefix("HTTP/1.1 \(status) "), "\(client.text)")
            #expect(edge.observer.startedExchanges == 0 && edge.observer.refused.count == 1)
        }
    }

    @Test func headsThatAreTooLargeAreRefused() async throws {
        let field = "X-A: " + String(repeating: "v", count: 1000) + "\r\n"
        let heads = [
            "GET /" + String(repeating: "p", count: 70_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: field, count: 80) + "\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 300) + "\r\n",
        ]
        try await withEdge { edge in
            for head in heads {
                let client = try await edge.connect()
                await client.trySend(head)
                try await client.waitForClose()
                #expect(client.text.hasPrefix("HTTP/1.1 431 "), "\(client.text)")
            }
        }
    }

    @Test func headsOfManySmallFieldsPass() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            let fields = (0..<150).map { "\nX-Amz-Meta-\($0): \(String(repeating: "v", count: 300))" }.joined()
            try await client.sendHead("GET /hello HTTP/1.1\nHost: a\(fields)")
            try await client.waitForText("hello")
            #expect(client.text.contains("200 OK"))
        }
    }

    @Test func slowHeadsTimeOut() async throws {
        try await withEdge(impatient(\.headTimeout)) { edge in
            let client = try await edge.connect()
            try await client.send("GET /hello HT")
            try await client.waitForClose()
            #expect(client.text.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func idleConnectionsAreClosedSilently() async throws {
        try await withEdge(impatient(\.idleTimeout)) { edge in
            let fresh = try await edge.connect()
            let used = try await edge.connect()
            try await used.sendHead("GET /hello HTTP/1.1\nHost: a")
            try await used.waitForText("hello")
            let answer = used.text
            try await fresh.waitForClose()
            try await used.waitForClose()
            #expect(fresh.text.isEmpty && used.text == answer)
        }
    }

    @Test func slowBodiesFail() async throws {
        try await withEdge(impatient(\.bodyWindow)) { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nContent-Length: 100")
            try await client.send("x")
            try await client.waitForClose()
            #expect(edge.door.log.all == ["tooSlow"])
        }
    }

    @Test func clientsThatStopReadingAreCut() async throws {
        try await withEdge(impatient(\.writeStallTimeout)) { edge in
            let client = try await edge.connect()
            try await client.stopReading()
            try await client.sendHead("GET /endless HTTP/1.1\nHost: a")
            try await eventually("the stream ends") { edge.observer.finished.map(\.outcome) == [.clientGone] }
            try await eventually("the connection is gone") { edge.observer.openConnections == 0 }
            await client.close()
        }
    }

    @Test func answersThatNobodyReadsDoNotPileUp() async throws {
        try await withEdge(impatient(\.writeStallTimeout)) { edge in
            let client = try await edge.connect()
            try await client.stopReading()
            let count = 4000
            await client.trySend(Self.longRequests(count))
            try await eventually("the connection is cut") { edge.observer.openConnections == 0 }
            #expect(edge.observer.startedExchanges < count)
            await client.close()
        }
    }

    @Test func manyPipelinedRequestsAreAllAnswered() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            let count = 1000
            try await client.send(Self.longRequests(count))
            try await client.closeOutput()
            try await client.waitForClose()
            #expect(client.text.ranges(of: "HTTP/1.1 200 OK").count == count)
        }
    }

    /// Each is answered with its own path of 8 KiB.
    private static func longRequests(_ count: Int) -> String {
        let request = "GET /\(String(repeating: "p", count: 8192)) HTTP/1.1\r\nHost: a\r\n\r\n"
        return String(repeating: request, count: count)
    }

    @Test func aLongPollEndsWhenItsClientLeaves() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET /wait HTTP/1.1\nHost: a")
            try await eventually("the poll waits") { edge.door.gate.waiters == 1 }
            await client.close()
            try await eventually("the poll ends") { edge.door.log.all == ["wait ended: cancelled"] }
        }
    }

    @Test func manyIdleConnectionsDisturbNobody() async throws {
        try await withEdge { edge in
            var idle: [RawClient] = []
            for _ in 0..<300 { idle.append(try await edge.connect()) }
            let client = try await edge.connect()
            try await client.sendHead("GET /hello HTTP/1.1\nHost: a")
            try await client.waitForText("hello")
            try await eventually("all are counted") { edge.observer.openConnections == 301 }
            for connection in idle { await connection.close() }
        }
    }

    /// Whoever holds connections and asks nothing would keep everybody else out.
    @Test func idleConnectionsMakeRoomWhenAllAreTaken() async throws {
        var limits = EdgeLimits()
        limits.tick = .milliseconds(20)
        limits.connectionsMax = 8
        limits.crowdedIdleTimeout = .milliseconds(200)
        try await withEdge(limits) { edge in
            // Accepted in their order; the first may have to go before the last is here.
            for _ in 0..<8 { _ = try await edge.connect() }
            let late = try await edge.connect()
            try await late.sendHead("GET /hello HTTP/1.1\nHost: a")
            try await late.waitForText("hello")
            #expect(late.text.contains("200 OK"))
        }
    }

    @Test func connectionsOverTheLimitWait() async throws {
        var limits = EdgeLimits()
        limits.connectionsMax = 2
        try await withEdge(limits) { edge in
            let first = try await edge.connect()
            let second = try await edge.connect()
            try await eventually("two are accepted") { edge.observer.openConnections == 2 }
            let third = try await edge.connect()
            try await third.sendHead("GET /hello HTTP/1.1\nHost: a")
            await first.close()
            try await third.waitForText("hello")
            #expect(third.text.contains("200 OK"))
            await second.close()
        }
    }
}
