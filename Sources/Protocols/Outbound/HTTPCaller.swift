import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An answer to a request that Roost sent, read whole.
package struct CallAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// The first value of a header, whatever its case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}

package enum CallFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No connection; the text says why.
    case unreachable(String)
    /// No whole answer in time.
    case tooSlow
    /// The connection ended before the answer was whole.
    case connectionLost
    /// The answer is larger than the caller takes, or no HTTP.
    case unusableAnswer

    package var description: String {
        switch self {
        case .unreachable(let reason): "no connection: \(reason)"
        case .tooSlow: "no answer in time"
        case .connectionLost: "the connection ended before the answer"
        case .unusableAnswer: "the answer is too large or no HTTP"
        }
    }
}

/// Sends POST requests to other servers over HTTP/1.1, a few connections to each kept open. Follows no redirects.
package final class HTTPCaller: Sendable {
    /// Connections to one server that wait for the next request.
    static let idleMax = 8
    /// Shorter than the idle timeouts of common servers, so that few requests meet a closed connection.
    static let idleTime: TimeAmount = .seconds(4)

    private let group: any EventLoopGroup
    private let idle = Mutex<[CallURL.Endpoint: [any Channel]]>([:])
    private let tls: Result<NIOSSLContext, any Error>

    /// Trusts whom the system trusts.
    package init(group: any EventLoopGroup) {
        self.group = group
        tls = Result { try NIOSSLContext(configuration: .makeClientConfiguration()) }
    }

    /// Sends a request and reads its answer of at most `answerBytesMax` bytes, all within `timeout`. A request that met a connection which
    /// its server had just closed is sent again once. Cancelling the task ends the request.
    package func post(
        _ url: CallURL, headers: [(name: String, value: String)], body: [UInt8], timeout: Duration, answerBytesMax: Int = 64 * 1024
    ) async throws(CallFailure) -> CallAnswer {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: url.target)
        head.headers = HTTPHeaders([("host", url.authority), ("content-length", String(body.count))] + headers.map { ($0.name, $0.value) })
        let call = (head: head, body: ByteBuffer(bytes: body), answerBytesMax: answerBytesMax)
        if let channel = takeIdle(url.endpoint) {
            do {
                return try await send(call, on: channel, url.endpoint, deadline)
            } catch {
                guard error == .connectionLost else { throw error }
            }
        }
        return try await send(call, on: try await connect(url, deadline), url.endpoint, deadline)
    }

    private func send(
        _ call: (head: HTTPRequestHead, body: ByteBuffer, answerBytesMax: Int), on channel: any Channel, _ endpoint: CallURL.Endpoint,
        _ deadline: NIODeadline
    ) async throws(CallFailure) -> CallAnswer {
        let promise = channel.eventLoop.makePromise(of: CallHandler.Ended.self)
        let timer = channel.eventLoop.scheduleTask(deadline: deadline) {
            promise.fail(CallFailure.tooSlow)
            channel.close(promise: nil)
        }
        defer { timer.cancel() }
        let request = CallHandler.Request(head: call.head, body: call.body, answerBytesMax: call.answerBytesMax, promise: promise)
        do {
            let ended = try await withTaskCancellationHandler {
                channel.writeAndFlush(request, promise: nil)
                return try await promise.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            if ended.keepsConnection { keep(channel, endpoint) } else { channel.close(promise: nil) }
            return ended.answer
        } catch {
            channel.close(promise: nil)
            throw error as? CallFailure ?? .connectionLost
        }
    }

    private func connect(_ url: CallURL, _ deadline: NIODeadline) async throws(CallFailure) -> any Channel {
        let left = deadline - .now()
        guard left > .nanoseconds(0) else { throw .tooSlow }
        do {
            let context = url.isSecure ? try tls.get() : nil
            let name = url.serverName
            return try await ClientBootstrap(group: group).connectTimeout(left).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name)) }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(CallHandler())
                }
            }.connect(host: url.host, port: url.port).get()
        } catch let error as ChannelError {
            if case .connectTimeout = error { throw .tooSlow }
            throw .unreachable("\(error)")
        } catch {
            throw .unreachable("\(error)")
        }
    }

    private func takeIdle(_ endpoint: CallURL.Endpoint) -> (any Channel)? {
        idle.withLock { idle in
            while let channel = idle[endpoint]?.popLast() {
                if channel.isActive { return channel }
            }
            return nil
        }
    }

    private func keep(_ channel: any Channel, _ endpoint: CallURL.Endpoint) {
        let isKept = idle.withLock { idle in
            guard idle[endpoint, default: []].count < Self.idleMax else { return false }
            idle[endpoint, default: []].append(channel)
            return true
        }
        guard isKept else { return channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: Self.idleTime) { self.drop(channel, endpoint) }
    }

    /// Closes the connection if it still waits. One that was used meanwhile and waits again goes early, which harms nobody.
    private func drop(_ channel: any Channel, _ endpoint: CallURL.Endpoint) {
        let wasIdle = idle.withLock { idle in
            guard let index = idle[endpoint]?.firstIndex(where: { $0 === channel }) else { return false }
            idle[endpoint]?.remove(at: index)
            if idle[endpoint]?.isEmpty == true { idle[endpoint] = nil }
            return true
        }
        if wasIdle { channel.close(promise: nil) }
    }
}
