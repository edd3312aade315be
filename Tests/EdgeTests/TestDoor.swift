import Doors
import Edge
import HTTPTypes
import NIOCore
import Synchronization

/// A door whose answer the path chooses; each path exercises one way to use a request.
struct TestDoor: Door {
    let gate = Gate()
    let log = BodyLog()
    let bodies = LivingBodies()

    func answer(_ request: DoorRequest) async -> DoorResponse {
        bodies.add(request.body)
        switch request.rawPath {
        case "/hello": return text("hello")
        case "/echo": return await echo(request)
        case "/reserve": return await reserve(request)
        case "/pieces": return pieces(request)
        case "/whole": return DoorResponse(status: .ok, body: .bytes(ByteBuffer(repeating: 1, count: 4 << 20)), operation: "Whole")
        case "/early": return DoorResponse(status: .forbidden, body: .bytes(ByteBuffer(string: "no")), operation: "Early")
        case "/early-close": return DoorResponse(status: .forbidden, operation: "Early", closesConnection: true)
        case "/stream": return stream(pieces: 64, bytes: 64 * 1024, declared: 64 * 64 * 1024)
        case "/endless": return stream(pieces: 4096, bytes: 1024 * 1024, declared: 4096 * 1024 * 1024)
        case "/chunks": return stream(pieces: 3, bytes: 5, declared: nil)
        case "/short": return stream(pieces: 2, bytes: 5, declared: 100)
        case "/long": return stream(pieces: 3, bytes: 5, declared: 12)
        case "/throws": return throwing()
        case "/nothing": return DoorResponse(status: .noContent, operation: "Nothing")
        case "/declared": return DoorResponse(status: .ok, headers: [.contentLength: "12345"], operation: "Declared")
        case "/wait": return await wait()
        default: return text("\(request.method.rawValue) \(request.rawPath) \(request.rawQuery) \(request.authority)")
        }
    }

    private func text(_ text: String) -> DoorResponse {
        DoorResponse(status: .ok, headers: [.contentType: "text/plain"], body: .bytes(ByteBuffer(string: text)), operation: "Text")
    }

    private func echo(_ request: DoorRequest) async -> DoorResponse {
        var whole = ByteBuffer()
        do {
            while var piece = try await request.body.next() { whole.writeBuffer(&piece) }
            log.add("\(whole.readableBytes) bytes")
            return DoorResponse(status: .ok, body: .bytes(whole), operation: "Echo")
        } catch {
            log.add("\(error)")
            return DoorResponse(status: .badRequest, operation: "Echo")
        }
    }

    private func stream(pieces: Int, bytes: Int, declared: Int64?) -> DoorResponse {
        let body = DoorResponseBody.stream(length: declared) { writer in
            for index in 0..<pieces {
                try await writer.write(ByteBuffer(repeating: UInt8(ascii: "a") + UInt8(index % 26), count: bytes))
            }
        }
        return DoorResponse(status: .ok, body: body, operation: "Stream")
    }

    /// Holds a mebibyte, or half of one, until the whole body came.
    private func reserve(_ request: DoorRequest) async -> DoorResponse {
        do {
            let granted = try await request.body.reserve(1 << 20, least: 1 << 19)
            log.add("granted \(granted)")
            while try await request.body.next() != nil {}
            return text("granted \(granted)")
        } catch {
            log.add("\(error)")
            return DoorResponse(status: .serviceUnavailable, operation: "Reserve")
        }
    }

    /// 16 MiB in pieces that have room.
    private func pieces(_ request: DoorRequest) -> DoorResponse {
        let total = 16 << 20
        return DoorResponse(
            status: .ok,
            body: .stream(length: Int64(total)) { writer in
                var left = total
                while left > 0 {
                    let count = min(left, try await request.body.room(256 << 10))
                    try await writer.write(ByteBuffer(repeating: 2, count: count))
                    left -= count
                }
            }, operation: "Pieces")
    }

    private func throwing() -> DoorResponse {
        struct Damaged: Error {}
        let body = DoorResponseBody.stream(length: 1000) { writer in
            try await writer.write(ByteBuffer(string: "some"))
            throw Damaged()
        }
        return DoorResponse(status: .ok, body: body, operation: "Throws")
    }

    private func wait() async -> DoorResponse {
        let reason = await gate.wait()
        log.add("wait ended: \(reason)")
        return text(reason)
    }
}

/// Holds long polls until it is opened or their task is cancelled.
final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)
    private let waiting = Atomic<Int>(0)

    var waiters: Int { waiting.load(ordering: .relaxed) }

    func open() { isOpen.store(true, ordering: .relaxed) }

    func wait() async -> String {
        waiting.add(1, ordering: .relaxed)
        defer { waiting.subtract(1, ordering: .relaxed) }
        while !isOpen.load(ordering: .relaxed) {
            if (try? await Task.sleep(for: .milliseconds(5))) == nil { return "cancelled" }
        }
        return "opened"
    }
}

final class BodyLog: Sendable {
    private let entries = Mutex<[String]>([])

    var all: [String] { entries.withLock { $0 } }

    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
}

/// Counts the requests' bodies that somebody still holds.
final class LivingBodies: Sendable {
    private struct Reference: Sendable {
        weak let body: (any DoorBody)?
    }
    private let references = Mutex<[Reference]>([])

    var count: Int { references.withLock { $0.count { $0.body != nil } } }

    func add(_ body: any DoorBody) { references.withLock { $0.append(Reference(body: body)) } }
}

/// Keeps what the listener tells.
final class TestObserver: EdgeObserver {
    private struct State {
        var open = 0
        var started = 0
        var finished: [ExchangeRecord] = []
        var refused: [HTTPResponse.Status?] = []
    }
    private let state = Mutex(State())

    var openConnections: Int { state.withLock { $0.open } }
    var startedExchanges: Int { state.withLock { $0.started } }
    var finished: [ExchangeRecord] { state.withLock { $0.finished } }
    var refused: [HTTPResponse.Status?] { state.withLock { $0.refused } }

    func connectionOpened() { state.withLock { $0.open += 1 } }
    func connectionClosed() { state.withLock { $0.open -= 1 } }
    func exchangeStarted() { state.withLock { $0.started += 1 } }
    func exchangeFinished(_ record: ExchangeRecord) { state.withLock { $0.finished.append(record) } }
    func requestRefused(_ status: HTTPResponse.Status?) { state.withLock { $0.refused.append(status) } }
}
