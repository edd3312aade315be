import Edge
import Testing

@Suite("Bodies over HTTP/1.1") struct BodyTests {
    @Test func chunkedBodiesAreJoined() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nTransfer-Encoding: chunked")
            try await client.send("4;x=y\r\nwhol\r\n1\r\ne\r\n0\r\nTrailer: t\r\n\r\n")
            try await client.waitForText("whole")
            #expect(client.text.contains("Content-Length: 5\r\n"))
        }
    }

    @Test func largeBodiesComeWhole() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nContent-Length: 8000000")
            for _ in 0..<80 { try await client.send(String(repeating: "z", count: 100_000)) }
            try await eventually("the echo is complete") { client.byteCount >= 8_000_000 }
            #expect(edge.door.log.all == ["8000000 bytes"])
        }
    }

    @Test func continueIsSentWhenTheDoorReads() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nContent-Length: 3\nExpect: 100-continue")
            try await client.waitForText("100 Continue\r\n\r\n")
            try await client.send("abc")
            try await client.waitForText("abc")
            #expect(client.text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func continueIsNotSentWhenTheDoorRefuses() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /early HTTP/1.1\nHost: a\nContent-Length: 3\nExpect: 100-continue")
            try await client.waitForClose()
            #expect(client.text.hasPrefix("HTTP/1.1 403 Forbidden\r\n") && client.text.contains("Connection: close"))
        }
    }

    @Test(arguments: ["", "200", "tea"]) func otherExpectationsArePassedOver(_ expectation: String) async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nContent-Length: 3\nExpect: \(expectation)")
            try await client.send("abc")
            try await client.waitForText("abc")
            #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    /// boto3 sends `Expect` before empty bodies too; a final answer alone makes it hang on its next request of the connection.
    @Test(arguments: ["/echo", "/early"]) func continueIsSentBeforeAnEmptyBody(path: String) async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT \(path) HTTP/1.1\nHost: a\nContent-Length: 0\nExpect: 100-continue")
            try await client.waitForText("Server: Roost")
            #expect(client.text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 ") && !client.text.contains("Connection: close"))
            try await client.sendHead("GET /hello HTTP/1.1\nHost: a")
            try await client.waitForText("hello")
            #expect(client.text.ranges(of: "100 Continue").count == 1)
        }
    }

    @Test func aSmallUnreadBodyIsDrained() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /early HTTP/1.1\nHost: a\nContent-Length: 100000")
            try await client.waitForText("403")
            try await client.send(String(repeating: "x", count: 100_000) + "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.waitForText("hello")
            #expect(client.text.contains("hello") && !client.text.contains("Connection: close"))
        }
    }

    @Test func aLargeUnreadBodyClosesTheConnectionAfterTheAnswer() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("PUT /early HTTP/1.1\nHost: a\nContent-Length: 50000000")
            for _ in 0..<20 { await client.trySend(String(repeating: "x", count: 100_000)) }
            try await client.waitForClose()
            #expect(client.text.hasPrefix("HTTP/1.1 403 Forbidden\r\n") && client.text.contains("Connection: close"))
        }
    }

    @Test func aDoorCanCloseTheConnection() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET /early-close HTTP/1.1\nHost: a")
            try await client.waitForClose()
            #expect(client.text.contains("Connection: close"))
        }
    }

    @Test func aClientThatLeavesMidBodyIsIncomplete() async throws {
        try await withEdge { edge in
            for end in ["close", "half"] {
                let client = try await edge.connect()
                try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nContent-Length: 10")
                try await client.send("12345")
                if end == "close" { await client.close() } else { try await client.closeOutput() }
            }
            try await eventually("both doors hear of it") { edge.door.log.all == ["incomplete", "incomplete"] }
            try await eventually("both connections are gone") { edge.observer.openConnections == 0 }
        }
    }

    @Test func chunkedBodiesCutShortAreIncomplete() async throws {
        try await withEdge { edge in
            for tail in ["5\r\nabc", "5\r\nabcde\r\n", "zz\r\n"] {
                let client = try await edge.connect()
                try await client.sendHead("PUT /echo HTTP/1.1\nHost: a\nTransfer-Encoding: chunked")
                await client.trySend(tail)
                try? await client.closeOutput()
                try await client.waitForClose()
                #expect(!client.text.contains("200 OK"))
            }
            #expect(edge.door.log.all == ["incomplete", "incomplete", "incomplete"])
        }
    }

    @Test func streamsComeWholeAndPaced() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET /stream HTTP/1.1\nHost: a")
            try await eventually("the stream is complete") { client.byteCount > 4_194_304 }
            try await client.sendHead("GET /chunks HTTP/1.1\nHost: a\nConnection: close")
            try await client.waitForClose()
            #expect(client.text.hasSuffix("\r\n\r\n5\r\naaaaa\r\n5\r\nbbbbb\r\n5\r\nccccc\r\n0\r\n\r\n"))
        }
    }

    @Test(arguments: ["/throws", "/short", "/long"]) func brokenStreamsCutTheConnection(path: String) async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET \(path) HTTP/1.1\nHost: a")
            try await client.waitForClose()
            #expect(!client.text.contains("\r\n\r\naaaaabbbbbcc"))
            try await eventually("it is told") { edge.observer.finished.map(\.outcome) == [.cut] }
        }
    }
}
