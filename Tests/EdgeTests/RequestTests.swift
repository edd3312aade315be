import Edge
import Testing

@Suite("Requests over HTTP/1.1") struct RequestTests {
    @Test func pathAndQueryComeAsSent() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET /a%2Fb/../c//%7e?x=%20+&y HTTP/1.1\nHost: bucket.example:9000")
            try await client.waitForText("example:9000")
            #expect(client.text.hasSuffix("GET /a%2Fb/../c//%7e x=%20+&y bucket.example:9000"))
        }
    }

    @Test func absoluteTargetsNameTheirAuthority() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET HTTP://proxied.example/k?list HTTP/1.1\nHost: other")
            try await client.waitForText("proxied")
            #expect(client.text.hasSuffix("GET /k list proxied.example"))
        }
    }

    @Test func answersCarryDateServerAndLength() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET /hello HTTP/1.1\nHost: a")
            try await client.waitForText("hello")
            #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(client.text.contains("\r\nServer: Roost\r\n") && client.text.contains("\r\nContent-Length: 5\r\n"))
            #expect(client.text.contains(" GMT\r\n") && !client.text.contains("Connection:"))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            let one = "GET /p1 HTTP/1.1\r\nHost: a\r\n\r\nPUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
            try await client.send(one + "GET /p3 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.waitForText("/p3")
            let places = ["GET /p1", "body", "GET /p3"].map { client.text.firstRange(of: $0)?.lowerBound }
            #expect(places.allSatisfy { $0 != nil } && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
        }
    }

    @Test func pipelinedRequestsBeforeAHalfCloseAreAllAnswered() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.send("GET /q1 HTTP/1.1\r\nHost: a\r\n\r\nGET /q2 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.closeOutput()
            try await client.waitForClose()
            #expect(client.text.contains("GET /q1") && client.text.contains("GET /q2"))
        }
    }

    @Test func headNeverSendsABody() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            for path in ["/hello", "/stream", "/declared", "/chunks"] { try await client.sendHead("HEAD \(path) HTTP/1.1\nHost: a") }
            try await client.sendHead("GET /last HTTP/1.1\nHost: a")
            try await client.waitForText("GET /last")
            #expect(client.text.contains("Content-Length: 5\r\n") && client.text.contains("Content-Length: 4194304\r\n"))
            #expect(client.text.contains("Content-Length: 12345\r\n") && !client.text.contains("hello"))
            #expect(client.text.ranges(of: "HTTP/1.1 200 OK\r\n").count == 5)
        }
    }

    @Test func noContentHasNoLength() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("DELETE /nothing HTTP/1.1\nHost: a\nConnection: close")
            try await client.waitForClose()
            #expect(client.text.hasPrefix("HTTP/1.1 204 No Content\r\n") && !client.text.lowercased().contains("content-length"))
            #expect(client.text.contains("Connection: close"))
        }
    }

    @Test func oldClientsAreToldThatTheConnectionStays() async throws {
        try await withEdge { edge in
            let client = try await edge.connect()
            try await client.sendHead("GET /hello HTTP/1.0\nConnection: keep-alive")
            try await client.waitForText("hello")
            #expect(client.text.contains("Connection: keep-alive"))
            try await client.sendHead("GET /chunks HTTP/1.0")
            try await client.waitForClose()
            #expect(client.text.hasSuffix("\r\n\r\naaaaabbbbbccccc"))
        }
    }
}
