import Doors
import Environment
import HTTPTypes
import Model
import NIOCore
import Synchronization

/// How an answer's end is marked.
enum BodyFraming: Equatable {
    /// No body and no length (1xx, 204, 304).
    case none
    case length(Int64)
    case chunked
}

/// The connection's side of an exchange. All calls on the event loop.
protocol ExchangeCarrier: AnyObject {
    /// The door waits for a piece and there is none.
    func wantsBody(_ exchange: Exchange)
    /// Fewer bytes wait than before: the socket may be read again.
    func consumedBody(_ exchange: Exchange)
    func writeWhole(_ exchange: Exchange, _ response: DoorResponse, framing: BodyFraming, body: ByteBuffer?)
    func writeHead(_ exchange: Exchange, _ response: DoorResponse, framing: BodyFraming)
    /// False when the connection has enough for now; `Exchange.writable` tells when it takes more.
    func writePiece(_ exchange: Exchange, _ piece: ByteBuffer, framing: BodyFraming) -> Bool
    func writeEnd(_ exchange: Exchange, framing: BodyFraming)
    /// Ends the connection (or stream) so that the client sees a broken answer.
    func cut(_ exchange: Exchange)
}

/// One request and its answer: the door's view of the body on one side, the connection's on the other.
///
/// State lives on the event loop. The door may call from elsewhere; such calls hop.
///
/// Invariants: `pieces` is empty while `reader` waits; after `bodyEnd` is set no piece is added; one reader and one writer at a time.
final class Exchange: DoorBody, DoorBodyWriter, @unchecked Sendable {
    let context: LoopContext
    let head: RequestHead
    let id: RequestID
    let startNanoseconds: UInt64
    let isHTTP2: Bool
    var route = ""
    private unowned let carrier: any ExchangeCarrier
    private let observer: any EdgeObserver

    // The body, from the client to the door.
    private var pieces = CircularBuffer<ByteBuffer>(initialCapacity: 2)
    private(set) var bufferedBytes = 0
    /// Of `bufferedBytes`, what is counted in the memory of all.
    private var countedBytes = 0
    private(set) var bytesIn: Int64 = 0
    private var bodyEnd: Result<Void, DoorBodyError>?
    private var reader: CheckedContinuation<ByteBuffer?, any Error>?
    private(set) var isDiscarding = false
    /// Set once `100 Continue` is sent or no longer due.
    var continueIsDue: Bool
    private var rate = BodyRate()

    /// Of the memory of all: until the door has answered, and for the piece of a streamed answer that is on its way.
    let reservedBytes = Atomic<Int>(0)
    let roomBytes = Atomic<Int>(0)

    // The answer, from the door to the client.
    private(set) var bytesOut: Int64 = 0
    private(set) var responseEnded = false
    private var isGone = false
    private var writer: CheckedContinuation<Void, any Error>?
    private var framing = BodyFraming.none
    /// Of the door's answer, what is reported. Not all of it: the producer of a streamed body may hold this exchange.
    private var answer: (operation: String, status: HTTPResponse.Status)?
    private var task: Task<Void, Never>?
    private var isReported = false
    let remoteAddress: String

    init(
        _ head: RequestHead, carrier: any ExchangeCarrier, context: LoopContext, observer: any EdgeObserver, remoteAddress: String,
        isHTTP2: Bool
    ) {
        self.head = head
        self.carrier = carrier
        self.context = context
        self.observer = observer
        self.remoteAddress = remoteAddress
        self.isHTTP2 = isHTTP2
        self.id = context.nextRequestID()
        self.startNanoseconds = context.clock.monotonicNanoseconds()
        self.continueIsDue = head.expectsContinue && head.hasBody
    }

    /// Starts the door's work. `finished` is called when the door's task has ended, whatever became of the answer.
    func start(tls: TLSVersion?, router: any DoorRouter, finished: @escaping @Sendable () -> Void) {
        let request = DoorRequest(
            id: id, method: head.method, rawPath: head.target.path, rawQuery: head.target.query, authority: head.authority,
            tls: tls, headers: head.fields, remoteAddress: remoteAddress, contentLength: head.contentLength, body: self,
            arrival: context.clock.now()
        )
        let route = router.route(request)
        self.route = route.name
        observer.exchangeStarted()
        task = Task(executorPreference: context.executor) { [self] in
            await send(route.door.answer(request))
            giveBackMemory()
            finished()
        }
    }

    deinit {
        if countedBytes > 0 { context.memory.giveBack(countedBytes) }
    }

    private func onLoop<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        if context.loop.inEventLoop { return work() }
        return await withCheckedContinuation { continuation in
            context.loop.execute { continuation.resume(returning: work()) }
        }
    }
}

// MARK: The body

extension Exchange {
    var bodyHasEnded: Bool { bodyEnd != nil }

    /// Bytes that the client still owes; nil when that is unknown.
    var bytesOwed: Int64? {
        if bodyHasEnded { return 0 }
        return head.contentLength.map { $0 - bytesIn }
    }

    func next() async throws -> ByteBuffer? {
        if context.loop.inEventLoop, let ready = takeReady() { return try ready.get() }
        return try await withCheckedThrowingContinuation { continuation in
            if context.loop.inEventLoop {
                wait(continuation)
            } else {
                context.loop.execute { [self] in wait(continuation) }
            }
        }
    }

    private func takeReady() -> Result<ByteBuffer?, DoorBodyError>? {
        if let piece = pieces.popFirst() {
            bufferedBytes -= piece.readableBytes
            count()
            carrier.consumedBody(self)
            return .success(piece)
        }
        return bodyEnd.map { end in end.map { nil } }
    }

    private func wait(_ continuation: CheckedContinuation<ByteBuffer?, any Error>) {
        precondition(reader == nil, "two readers of one body")
        if let ready = takeReady() {
            continuation.resume(with: ready.mapError { $0 })
            return
        }
        reader = continuation
        carrier.wantsBody(self)
    }

    /// A piece from the connection.
    func receive(_ piece: ByteBuffer) {
        guard bodyEnd == nil, piece.readableBytes > 0 else { return }
        bytesIn += Int64(piece.readableBytes)
        rate.count(piece.readableBytes)
        if isDiscarding { return }
        if let reader = take(&reader) {
            reader.resume(returning: piece)
        } else {
            keep(piece)
            bufferedBytes += piece.readableBytes
            count()
        }
    }

    /// A tiny piece may hold the whole buffer that it was read into: it joins the one before.
    private func keep(_ piece: ByteBuffer) {
        let last = pieces.count - 1
        if last >= 0, piece.readableBytes < EdgeLimits.joinedPieceBytes, pieces[offset: last].readableBytes < EdgeLimits.uncountedBytes {
            pieces[offset: last].writeImmutableBuffer(piece)
        } else {
            pieces.append(piece)
        }
    }

    /// What waits beyond the little that every request may hold is counted in the memory of all.
    private func count() {
        let due = max(0, bufferedBytes - EdgeLimits.uncountedBytes)
        if due > countedBytes { context.memory.add(due - countedBytes) }
        if due < countedBytes { context.memory.giveBack(countedBytes - due) }
        countedBytes = due
    }

    /// Enough waits for the door: the connection may leave the socket unread.
    var hasEnoughBody: Bool {
        bufferedBytes >= (context.memory.isCrowded ? EdgeLimits.uncountedBytes : EdgeLimits.bodyBufferBytes)
    }

    /// The proper end of the body, or the reason why there will be none. The first call counts.
    func endBody(_ end: Result<Void, DoorBodyError>) {
        guard bodyEnd == nil else { return }
        bodyEnd = end
        continueIsDue = false
        if let reader = take(&reader) { reader.resume(with: end.map { nil }.mapError { $0 }) }
    }

    /// Nobody reads the rest: pieces are counted and dropped.
    func discardBody() {
        isDiscarding = true
        pieces.removeAll()
        bufferedBytes = 0
        count()
    }

    /// Fails the body when the client kept the door waiting below the least rate. Called once per tick.
    func checkRate() -> Bool {
        guard reader != nil, bodyEnd == nil else { return true }
        let pressing = context.memory.isPressed ? reservedBytes.load(ordering: .relaxed) : 0
        guard rate.isTooSlow(context.limits, pressing: pressing) else { return true }
        if pressing > 0 { context.memory.countCut() }
        endBody(.failure(.tooSlow))
        return false
    }
}

// MARK: The answer

extension Exchange {
    private func send(_ response: DoorResponse) async {
        if case .stream(let length, let produce) = response.body, sendsBody(response) {
            let framing: BodyFraming = length.map { .length($0) } ?? .chunked
            await onLoop { [self] in begin(response, framing: framing) }
            do {
                try await produce(self)
                await onLoop { [self] in endStream() }
            } catch {
                await onLoop { [self] in cut() }
            }
        } else {
            await onLoop { [self] in sendWhole(response) }
        }
    }

    private func sendsBody(_ response: DoorResponse) -> Bool {
        head.method != .head && Self.mayHaveBody(response.status)
    }

    private static func mayHaveBody(_ status: HTTPResponse.Status) -> Bool {
        status.kind != .informational && status != .noContent && status != .notModified
    }

    private func sendWhole(_ response: DoorResponse) {
        answer = (response.operation, response.status)
        guard !isGone else { return report(.clientGone) }
        var body: ByteBuffer?
        if case .bytes(let bytes) = response.body, sendsBody(response) { body = bytes }
        bytesOut = Int64(body?.readableBytes ?? 0)
        responseEnded = true
        report(.answered)
        carrier.writeWhole(self, response, framing: wholeFraming(response), body: body)
    }

    /// Where no body follows (an answer to HEAD, 304), a length that the door declares is the one a GET would have.
    private func wholeFraming(_ response: DoorResponse) -> BodyFraming {
        let hasBody = Self.mayHaveBody(response.status)
        if !hasBody || head.method == .head, let declared = response.headers[.contentLength].flatMap({ Int64($0) }) {
            return .length(declared)
        }
        guard hasBody else { return .none }
        let length: Int64? =
            switch response.body {
            case .empty: 0
            case .bytes(let bytes): Int64(bytes.readableBytes)
            case .stream(let length, _): length
            }
        return length.map { .length($0) } ?? .none
    }

    private func begin(_ response: DoorResponse, framing: BodyFraming) {
        answer = (response.operation, response.status)
        self.framing = framing
        guard !isGone else { return }
        carrier.writeHead(self, response, framing: framing)
    }

    func write(_ piece: ByteBuffer) async throws {
        if context.loop.inEventLoop, try writeNow(piece) { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            if context.loop.inEventLoop {
                suspendWriter(continuation)
            } else {
                context.loop.execute { [self] in
                    do {
                        if try writeNow(piece) { continuation.resume() } else { suspendWriter(continuation) }
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
        }
    }

    /// True when the next piece is welcome at once.
    private func writeNow(_ piece: ByteBuffer) throws(ExchangeWriteError) -> Bool {
        guard !isGone else { throw .connectionClosed }
        guard piece.readableBytes > 0 else { return true }
        bytesOut += Int64(piece.readableBytes)
        if case .length(let length) = framing, bytesOut > length { throw .longerThanDeclared }
        return carrier.writePiece(self, piece, framing: framing)
    }

    private func suspendWriter(_ continuation: CheckedContinuation<Void, any Error>) {
        precondition(writer == nil, "two writers of one body")
        if isGone {
            continuation.resume(throwing: ExchangeWriteError.connectionClosed)
        } else {
            writer = continuation
        }
    }

    /// The connection takes more.
    func writable() {
        take(&writer)?.resume()
    }

    private func endStream() {
        guard !isGone else { return report(.clientGone) }
        if case .length(let length) = framing, bytesOut != length { return cut() }
        responseEnded = true
        report(.answered)
        carrier.writeEnd(self, framing: framing)
    }

    private func cut() {
        guard !isGone else { return report(.clientGone) }
        report(.cut)
        carrier.cut(self)
    }

    /// The client is no longer there to be answered: waits end, and the door's task is cancelled so that long polls end too.
    func connectionGone() {
        guard !isGone else { return }
        isGone = true
        endBody(.failure(.incomplete))
        take(&writer)?.resume(throwing: ExchangeWriteError.connectionClosed)
        if !responseEnded { task?.cancel() }
    }

    /// The client closed its side after a whole request. It may still read, so the answer is written, but nothing waits for it.
    func clientHungUp() { task?.cancel() }

    private func report(_ outcome: ExchangeRecord.Outcome) {
        guard !isReported, let answer else { return }
        isReported = true
        observer.exchangeFinished(
            ExchangeRecord(
                id: id, route: route, operation: answer.operation, method: head.method, status: answer.status, outcome: outcome,
                bytesIn: bytesIn, bytesOut: bytesOut, nanoseconds: context.clock.monotonicNanoseconds() &- startNanoseconds,
                remoteAddress: remoteAddress, isHTTP2: isHTTP2
            )
        )
    }
}

/// Why a streamed answer cannot go on.
enum ExchangeWriteError: Error {
    case connectionClosed
    case longerThanDeclared
}

private func take<T>(_ value: inout T?) -> T? {
    defer { value = nil }
    return value
}
