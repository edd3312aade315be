import Doors
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// What the handlers of all connections share.
struct EdgeCore: Sendable {
    let router: any DoorRouter
    let observer: any EdgeObserver
    let limits: EdgeLimits
    let tasks: TaskTally
}

/// One connection of HTTP/1.1: requests in order, one at a time, answers as bytes.
///
/// The socket is read except while too much of a body waits for its door, or a further request waits behind the one under
/// way; otherwise bytes stay with the kernel, which is the back-pressure. So `pipelined` is bounded by what one wake of the
/// socket brings. Reading goes on while a request is answered, though little can come: taking the socket out of the
/// poll set and putting it back would be two system calls per request, a tenth of its cost.
final class HTTP1Handler: ChannelDuplexHandler, ExchangeCarrier, Watched {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the timer has to look at.
    private enum Phase {
        /// Between requests.
        case idle
        /// A request is under way.
        case busy
        /// The answer is complete; the rest of the body is read and dropped.
        case draining
        /// The last answer is written and our side closed; input is dropped until the client closes too.
        case lingering
        case closed
    }

    private let core: EdgeCore
    private let loop: LoopContext
    private let meter: ByteMeter
    private let tls: TLSVersion?
    private var context: ChannelHandlerContext?
    private var phase = Phase.idle
    private var phaseTick: UInt32 = 0
    private var exchange: Exchange?
    private var pipelined = CircularBuffer<HTTPServerRequestPart>()
    private var readIsPending = false
    private var inputClosed = false
    private var answerIsOut = false
    private var closesAfterAnswer = false
    private var clientKeepsAlive = false
    private var clientIsHTTP10 = false
    private var drained: Int64 = 0
    private var stall = StallWatch()
    /// The tick at which the client had left too much of what was written; nil while it takes it.
    private var blockedTick: UInt32?
    /// Of what is written and not taken, bytes that are counted in the memory of all.
    private var countedBytes = 0
    private var remoteAddress = ""

    /// `tls` is nil for a connection in the clear.
    init(core: EdgeCore, loop: LoopContext, meter: ByteMeter, tls: TLSVersion?) {
        self.core = core
        self.loop = loop
        self.tls = tls
        self.meter = meter
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        remoteAddress = context.channel.remoteAddress?.ipAddress ?? ""
        phaseTick = loop.tick
        loop.watch(self)
        core.observer.connectionOpened()
        core.tasks.connectionOpened()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        gone()
        loop.unwatch(self)
        core.observer.connectionClosed()
        core.tasks.connectionClosed()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    private func enter(_ next: Phase) {
        phase = next
        phaseTick = loop.tick
    }

    private func gone() {
        enter(.closed)
        pipelined.removeAll()
        exchange?.connectionGone()
        exchange = nil
        count(0)
    }

    /// An answer that was whole before anybody could ask for memory, and that the client leaves with us.
    private func count(_ bytes: Int) {
        if bytes > countedBytes { loop.memory.add(bytes - countedBytes) }
        if bytes < countedBytes { loop.memory.giveBack(countedBytes - bytes) }
        countedBytes = bytes
    }
}

// MARK: From the client

extension HTTP1Handler {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .lingering, .closed: return
        case .idle, .busy, .draining: receive(unwrapInboundIn(data))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .idle, meter.bytes > EdgeLimits.headBytesMax { refuse(.requestHeaderFieldsTooLarge) }
        context.fireChannelReadComplete()
    }

    private func receive(_ part: HTTPServerRequestPart) {
        guard let exchange else {
            if case .head(let head) = part { begin(head) }
            return
        }
        guard !exchange.bodyHasEnded else { return pipelined.append(part) }
        switch part {
        case .head: close()
        case .body(let piece):
            exchange.receive(piece)
            if phase == .draining { countDrained(piece.readableBytes) }
        case .end:
            exchange.endBody(.success(()))
            if phase == .draining { nextRequest() }
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let checked: RequestHead
        do {
            checked = try RequestHead(head, isHTTP2: false, &loop.knownFields)
        } catch {
            return refuse(error.status)
        }
        clientIsHTTP10 = head.version == .http1_0
        clientKeepsAlive = head.isKeepAlive && !head.headers.contains(name: "upgrade")
        enter(.busy)
        let exchange = Exchange(
            checked, carrier: self, context: loop, observer: core.observer, remoteAddress: remoteAddress, isHTTP2: false)
        self.exchange = exchange
        // boto3 asks even before an empty body, and its next request on a connection that answered without this one never ends.
        if checked.expectsContinue, !checked.hasBody { writeContinue() }
        core.tasks.start(exchange, tls: tls, router: core.router)
    }

    /// Goes on with what came behind the request that is done, or waits for more.
    private func nextRequest() {
        exchange = nil
        enter(.idle)
        meter.bytes = 0
        beginPipelined()
    }

    /// Answers that the client does not take must not pile up: its further requests wait until it has read.
    private func beginPipelined() {
        guard takesAnswers else { return }
        while exchange == nil || exchange?.bodyHasEnded == false, let part = pipelined.popFirst() {
            receive(part)
        }
        if inputClosed {
            if exchange == nil { return linger() }
            if pipelined.isEmpty { closesAfterAnswer = true }
        }
        readIfWanted()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch phase {
        case .lingering, .closed: return
        case .idle where error is HTTPParserError: refuse(Self.status(for: error))
        case .busy where error is HTTPParserError:
            closesAfterAnswer = true
            exchange?.endBody(.failure(.incomplete))
        case .idle, .busy, .draining: close()
        }
    }

    private static func status(for error: any Error) -> HTTPResponse.Status {
        switch error as? HTTPParserError {
        case .some(.headerOverflow): .requestHeaderFieldsTooLarge
        case .some(.invalidVersion): .httpVersionNotSupported
        default: .badRequest
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { clientClosedInput() }
        if event is ChannelShouldQuiesceEvent {
            closesAfterAnswer = true
            if phase == .idle { linger() } else if phase == .lingering, answerIsOut { close() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func clientClosedInput() {
        inputClosed = true
        if phase == .idle, !pipelined.isEmpty { return }
        if phase == .lingering, answerIsOut { return close() }
        guard let exchange, phase == .busy else { return linger() }
        if !exchange.bodyHasEnded {
            closesAfterAnswer = true
            exchange.endBody(.failure(.incomplete))
        } else if pipelined.isEmpty {
            closesAfterAnswer = true
            exchange.clientHungUp()
        }
    }

    /// Answers a head that is none, and closes.
    private func refuse(_ status: HTTPResponse.Status) {
        guard let context else { return }
        core.observer.requestRefused(status)
        pipelined.removeAll()
        let answer = HTTP1Encoding.refusal(status, date: loop.date(), allocator: context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        linger()
    }
}

// MARK: Reading the socket

extension HTTP1Handler {
    func read(context: ChannelHandlerContext) {
        if wantsInput { context.read() } else { readIsPending = true }
    }

    private var wantsInput: Bool {
        switch phase {
        case .idle: takesAnswers
        case .draining, .lingering: true
        case .busy: exchange.map { $0.bodyHasEnded ? pipelined.isEmpty : !$0.hasEnoughBody } ?? true
        case .closed: false
        }
    }

    private var takesAnswers: Bool { context?.channel.isWritable ?? true }

    private func readIfWanted() {
        guard readIsPending, wantsInput, let context else { return }
        readIsPending = false
        context.read()
    }

    func wantsBody(_ exchange: Exchange) {
        if exchange.continueIsDue {
            exchange.continueIsDue = false
            writeContinue()
            context?.flush()
        }
        readIfWanted()
    }

    private func writeContinue() {
        guard let context else { return }
        context.write(wrapOutboundOut(context.channel.allocator.buffer(string: HTTP1Encoding.continueHead)), promise: nil)
    }

    func consumedBody(_ exchange: Exchange) { readIfWanted() }
}

// MARK: To the client

extension HTTP1Handler {
    func writeWhole(_ exchange: Exchange, _ response: DoorResponse, framing: BodyFraming, body: ByteBuffer?) {
        guard let context else { return }
        decidePersistence(exchange, response)
        let inlineBytes = body.map { $0.readableBytes <= EdgeLimits.inlineBodyBytes ? $0.readableBytes : 0 } ?? 0
        var buffer = context.channel.allocator.buffer(capacity: 512 + inlineBytes)
        writeHead(response, framing: framing, into: &buffer)
        if let body, inlineBytes > 0 { buffer.writeImmutableBuffer(body) }
        context.write(wrapOutboundOut(buffer), promise: nil)
        if let body, inlineBytes == 0, body.readableBytes > 0 { context.write(wrapOutboundOut(body), promise: nil) }
        context.flush()
        if !context.channel.isWritable { count(unwritten(context)) }
        answered(exchange)
    }

    func writeHead(_ exchange: Exchange, _ response: DoorResponse, framing: BodyFraming) {
        guard let context else { return }
        // The body of a streamed answer may still be read by the door: whether the connection stays is seen at the end.
        if response.closesConnection || !clientKeepsAlive || core.tasks.isStopping { closesAfterAnswer = true }
        if clientIsHTTP10, framing == .chunked { closesAfterAnswer = true }
        var buffer = context.channel.allocator.buffer(capacity: 512)
        writeHead(response, framing: framing, into: &buffer)
        // Leaves with the first piece.
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    func writePiece(_ exchange: Exchange, _ piece: ByteBuffer, framing: BodyFraming) -> Bool {
        guard let context else { return false }
        if framing == .chunked, !clientIsHTTP10 {
            var head = context.channel.allocator.buffer(capacity: 16)
            HTTP1Encoding.writeChunkHead(piece.readableBytes, into: &head)
            context.write(wrapOutboundOut(head), promise: nil)
            context.write(wrapOutboundOut(piece), promise: nil)
            context.write(wrapOutboundOut(context.channel.allocator.buffer(string: "\r\n")), promise: nil)
        } else {
            context.write(wrapOutboundOut(piece), promise: nil)
        }
        context.flush()
        return context.channel.isWritable
    }

    func writeEnd(_ exchange: Exchange, framing: BodyFraming) {
        guard let context else { return }
        if framing == .chunked, !clientIsHTTP10 {
            context.write(wrapOutboundOut(context.channel.allocator.buffer(string: HTTP1Encoding.lastChunk)), promise: nil)
        }
        context.flush()
        answered(exchange)
    }

    func cut(_ exchange: Exchange) { close() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stall.progressed(loop.tick)
            blockedTick = nil
            count(0)
            exchange?.writable()
            if phase == .idle { beginPipelined() }
        } else {
            blockedTick = loop.tick
        }
        context.fireChannelWritabilityChanged()
    }

    private func writeHead(_ response: DoorResponse, framing: BodyFraming, into buffer: inout ByteBuffer) {
        let persistence: HTTP1Encoding.Persistence =
            closesAfterAnswer ? .close : clientIsHTTP10 ? .keepAliveOfHTTP10 : .keepAlive
        // A client of HTTP/1.0 knows no chunks: its body ends with the connection.
        let framing = clientIsHTTP10 && framing == .chunked ? .none : framing
        HTTP1Encoding.writeHead(
            status: response.status, headers: response.headers, framing: framing, persistence: persistence, date: loop.date(),
            into: &buffer
        )
    }

    /// The connection serves on when little of the request is left to read: a client that waits for `100 Continue` may or may
    /// not send its body after this answer, so nobody could tell where the next request begins.
    private func decidePersistence(_ exchange: Exchange, _ response: DoorResponse) {
        let owed = exchange.bytesOwed
        let restIsSmall = owed.map { $0 <= Int64(EdgeLimits.drainBytesMax) } ?? false
        let restIsUnclear = !restIsSmall || (exchange.continueIsDue && owed != 0)
        if response.closesConnection || !clientKeepsAlive || restIsUnclear || core.tasks.isStopping { closesAfterAnswer = true }
    }

    private func answered(_ exchange: Exchange) {
        if closesAfterAnswer { return linger() }
        if exchange.bodyHasEnded { return nextRequest() }
        exchange.discardBody()
        drained = 0
        enter(.draining)
        readIfWanted()
    }

    private func countDrained(_ bytes: Int) {
        drained += Int64(bytes)
        if drained > Int64(EdgeLimits.drainBytesMax) { linger() }
    }

    /// Closes our side once everything is written, then waits a little for the client to close its own: closing with unread
    /// input makes the kernel send a reset, which can overtake the answer.
    private func linger() {
        guard phase != .lingering, phase != .closed, let context else { return }
        let isClean = (exchange?.bodyHasEnded ?? (meter.bytes == 0)) && pipelined.isEmpty
        exchange = nil
        pipelined.removeAll()
        enter(.lingering)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(capacity: 0)))
            .whenComplete { _ in bound.value.lastAnswerWritten(isClean: isClean) }
        readIfWanted()
    }

    private func lastAnswerWritten(isClean: Bool) {
        guard phase == .lingering, let context else { return }
        phaseTick = loop.tick
        answerIsOut = true
        if isClean || inputClosed { close() } else { context.close(mode: .output, promise: nil) }
    }

    private func close() {
        guard phase != .closed, let context else { return }
        gone()
        context.close(promise: nil)
    }
}

// MARK: Timeouts

extension HTTP1Handler {
    func cutOff() { close() }

    private func unwritten(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
    }

    func tick(_ now: UInt32) {
        guard let context else { return }
        let limits = core.limits
        if let blockedTick, loop.memory.isPressed, now &- blockedTick >= limits.ticks(limits.pressedTimeout) {
            loop.memory.countCut()
            return close()
        }
        let pending = unwritten(context)
        if stall.isStalled(pending: pending, now: now, limit: limits.ticks(limits.writeStallTimeout)) { return close() }
        let age = now &- phaseTick
        switch phase {
        case .idle:
            if meter.bytes > 0 {
                if now &- meter.firstTick >= limits.ticks(limits.headTimeout) { refuse(.requestTimeout) }
            } else if pending > 0 {
                phaseTick = now
            } else if age >= limits.ticks(core.tasks.idleTimeout(limits)) {
                close()
            }
        case .busy:
            if exchange?.checkRate() == false { closesAfterAnswer = true }
        case .draining:
            if age >= limits.ticks(limits.headTimeout) { close() }
        case .lingering:
            if pending == 0, age >= limits.ticks(limits.lingerTimeout) { close() }
        case .closed:
            break
        }
    }
}
