import Edge
import Testing

@Suite("Memory for bodies") struct BodyMemoryTests {
    private static let mebibyte = 1 << 20

    /// Little memory, and no patience only where a test asks for it.
    private static func limits(mebibytes: Int, pressed: Duration = .seconds(600)) -> EdgeLimits {
        var limits = EdgeLimits()
        limits.tick = .milliseconds(20)
        limits.bodyMemoryBytes = mebibytes * mebibyte
        limits.pressedTimeout = pressed
        return limits
    }

    private static func upload(_ edge: EdgeFixture, _ bytes: Int = 10) async throws -> RawClient {
        let client = try await edge.connect()
        try await client.sendHead("PUT /reserve HTTP/1.1\nHost: a\nContent-Length: \(bytes)")
        return client
    }

    @Test func everyRequestGivesBackWhatItTook() async throws {
        try await withEdge(Self.limits(mebibytes: 8)) { edge in
            for _ in 0..<20 {
                let client = try await Self.upload(edge)
                try await client.send("0123456789")
                try await client.waitForText("granted 1048576")
                await client.close()
            }
            for path in ["/pieces", "/whole", "/stream"] {
                let client = try await edge.connect()
                try await client.sendHead("GET \(path) HTTP/1.1\nHost: a\nConnection: close")
                try await client.waitForClose()
                #expect(client.byteCount > 4 << 20)
            }
            try await eventually("nothing is held") { edge.memory.used == 0 }
        }
    }

    @Test(arguments: ["/hello", "/pieces", "/whole", "/stream", "/throws", "/declared"])
    func nobodyHoldsARequestThatIsDone(path: String) async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET \(path) HTTP/1.1\nHost: a")
            try await eventually("it is answered") { edge.observer.finished.count == 1 }
            try await eventually("nobody holds it, though the connection stays") { edge.door.bodies.count == 0 }
            await client.close()
        }
    }

    @Test func aCrowdGetsLessAndThenWaitsItsTurn() async throws {
        try await withEdge(Self.limits(mebibytes: 8)) { edge in
            var clients: [RawClient] = []
            // Five whole wishes bring it over the half, six halves fill it.
            for count in 1...11 {
                clients.append(try await Self.upload(edge))
                try await eventually("it is granted") { edge.door.log.all.count == count }
            }
            #expect(edge.door.log.all == Array(repeating: "granted 1048576", count: 5) + Array(repeating: "granted 524288", count: 6))
            let waiting = [try await Self.upload(edge), try await Self.upload(edge)]
            try await eventually("two wait") { edge.memory.waiting == 2 }
            #expect(edge.memory.used == edge.memory.limit)
            try await clients[0].send("0123456789")
            for client in waiting { try await client.send("0123456789") }
            for client in waiting { try await client.waitForText("granted 524288") }
            for client in clients { await client.close() }
            try await eventually("nothing is held") { edge.memory.used == 0 && edge.memory.waiting == 0 }
        }
    }

    @Test func aWaitEndsWithItsClientOrItsTime() async throws {
        var limits = Self.limits(mebibytes: 4)
        limits.memoryWaitTimeout = .milliseconds(300)
        try await withEdge(limits) { [limits] edge in
            var holders: [RawClient] = []
            while edge.memory.used < limits.bodyMemoryBytes {
                holders.append(try await Self.upload(edge))
                let count = holders.count
                try await eventually("it is granted") { edge.door.log.all.count == count }
            }
            let late = try await Self.upload(edge)
            try await late.waitForText("503")
            #expect(late.text.hasPrefix("HTTP/1.1 503 ") && edge.door.log.all.last == "noMemory")
            let gone = try await Self.upload(edge)
            try await eventually("it waits") { edge.memory.waiting == 1 }
            await gone.close()
            try await eventually("it waits no more") { edge.memory.waiting == 0 }
            for client in holders { await client.close() }
            try await eventually("nothing is held") { edge.memory.used == 0 }
        }
    }

    @Test func manyDownloadsThatNobodyReadsStayWithinTheLimit() async throws {
        try await withEdge(Self.limits(mebibytes: 8)) { edge in
            var clients: [RawClient] = []
            for _ in 0..<200 {
                let client = try await edge.connect()
                try await client.stopReading()
                try await client.sendHead("GET /pieces HTTP/1.1\nHost: a")
                clients.append(client)
            }
            try await eventually("the later ones wait") { edge.observer.startedExchanges == 200 && edge.memory.waiting > 0 }
            #expect(edge.memory.used <= edge.memory.limit)
            for client in clients { await client.close() }
            try await eventually("nothing is held") { edge.memory.used == 0 && edge.memory.waiting == 0 }
        }
    }

    @Test func whoDoesNotMoveMakesRoomForOthers() async throws {
        try await withEdge(Self.limits(mebibytes: 4, pressed: .milliseconds(400))) { edge in
            var stalled: [RawClient] = []
            for _ in 0..<60 {
                let client = try await edge.connect()
                try await client.stopReading()
                try await client.sendHead("GET /pieces HTTP/1.1\nHost: a")
                stalled.append(client)
            }
            for _ in 0..<10 { stalled.append(try await Self.upload(edge, 1000)) }
            let reader = try await edge.connect()
            try await reader.sendHead("GET /pieces HTTP/1.1\nHost: a")
            try await eventually("the reader gets all") { reader.byteCount > 16 << 20 }
            #expect(edge.memory.cut > 0)
            for client in stalled { await client.close() }
        }
    }

    /// Nobody asked for memory before these were there.
    @Test func wholeAnswersThatNobodyReadsAreCounted() async throws {
        try await withEdge(Self.limits(mebibytes: 8)) { edge in
            let client = try await edge.connect()
            try await client.stopReading()
            for _ in 0..<4 { try await client.sendHead("GET /whole HTTP/1.1\nHost: a") }
            try await eventually("what the kernel did not take is counted") { edge.memory.used > 0 }
            await client.close()
            try await eventually("and given back") { edge.memory.used == 0 }
        }
    }

    /// Each would keep the whole buffer that it was read into.
    @Test func tinyPiecesOfABodyJoin() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nTransfer-Encoding: chunked")
            let chunks = String(repeating: "1\r\nx\r\n", count: 50_000)
            try await client.send(chunks + "0\r\n\r\n")
            try await eventually("the echo is complete") { client.byteCount > 50_000 }
            #expect(edge.door.log.all == ["50000 bytes"])
        }
    }
}
