/// What a client may ask of a connection. The defaults are the named constants; tests make them smaller.
package struct EdgeLimits: Sendable {
    /// The request line and all header fields together. Presigned URLs with session tokens and user metadata are long.
    package static let headBytesMax = 64 * 1024
    package static let headerCountMax = 200
    /// From the first byte of a head to its last.
    package static let headTimeout: Duration = .seconds(10)
    /// From the connection to the end of the TLS handshake.
    package static let handshakeTimeout: Duration = .seconds(10)
    /// While a door waits for the body, this many bytes a second must come on the average of each window.
    package static let bodyBytesPerSecondMin = 1024
    package static let bodyWindow: Duration = .seconds(30)
    /// Between two requests.
    package static let idleTimeout: Duration = .seconds(75)
    /// The same while nearly all connections that there may be are open: newcomers wait for one.
    package static let crowdedIdleTimeout: Duration = .seconds(5)
    /// A client that takes no byte of an answer for so long is cut off.
    package static let writeStallTimeout: Duration = .seconds(60)
    package static let connectionsMax = 4096
    /// What is read and thrown away of a body that no door read, so that the connection can serve on.
    package static let drainBytesMax = 256 * 1024
    /// After an answer that closes the connection, input is thrown away for so long, so that the answer is not lost to a reset.
    package static let lingerTimeout: Duration = .seconds(2)
    /// From the stop of the server to cutting off requests that are still under way.
    package static let shutdownDrain: Duration = .seconds(25)
    /// Pieces of a body that wait for a door before the socket is left unread.
    package static let bodyBufferBytes = 512 * 1024
    /// Of a body on a stream of HTTP/2, what may come before its door asks for it; then as much as may be on its way.
    package static let streamWindowBytes = (unasked: 64 * 1024, asked: 256 * 1024)
    /// A connection of HTTP/2 on which a client broke the protocol more often is closed.
    package static let streamErrorsMax = 20
    /// What all requests' bodies and answers may take of memory together: `BodyMemory`. It serves some 80 uploads and 400 downloads at
    /// full width, 300 and 1,500 at the least, and the others wait their turn.
    package static let bodyMemoryBytes = 192 * 1024 * 1024
    /// What a request may hold without asking for memory: most requests have no more, and shall cost nothing.
    package static let uncountedBytes = 64 * 1024
    /// A smaller piece of a body is copied behind the one before it, so that it does not keep the whole buffer it was read into.
    package static let joinedPieceBytes = 8 * 1024
    /// A request that got no memory for so long is told to come again.
    package static let memoryWaitTimeout: Duration = .seconds(20)
    /// While others wait for memory, a client has to take or send what is due within this time, or is cut off.
    package static let pressedTimeout: Duration = .seconds(10)
    /// This part of the memory that a request holds has to come of its body in that time.
    package static let pressedShare = 4
    /// Streams of HTTP/2 beyond so many requests under way are refused: each takes memory, and a connection may open a hundred.
    package static let exchangesMax = 4096
    /// Written and not yet taken by the kernel: an answer pauses above the high mark and goes on below the low one. The kernel's own
    /// buffer keeps the client busy meanwhile.
    package static let writeBufferBytes = (low: 32 * 1024, high: 64 * 1024)
    /// Sizes of one read from a socket; grows and shrinks with what comes.
    package static let receiveBytes = (min: 16 * 1024, initial: 64 * 1024, max: 256 * 1024)
    /// An answer's body up to this size is copied behind its head, so that both leave in one write.
    package static let inlineBodyBytes = 16 * 1024
    /// How exactly the timeouts above are kept: each connection is looked at this often.
    package static let tick: Duration = .seconds(1)

    package var headTimeout = EdgeLimits.headTimeout
    package var bodyBytesPerSecondMin = EdgeLimits.bodyBytesPerSecondMin
    package var bodyWindow = EdgeLimits.bodyWindow
    package var idleTimeout = EdgeLimits.idleTimeout
    package var crowdedIdleTimeout = EdgeLimits.crowdedIdleTimeout
    package var writeStallTimeout = EdgeLimits.writeStallTimeout
    package var connectionsMax = EdgeLimits.connectionsMax
    package var bodyMemoryBytes = EdgeLimits.bodyMemoryBytes
    package var memoryWaitTimeout = EdgeLimits.memoryWaitTimeout
    package var pressedTimeout = EdgeLimits.pressedTimeout
    package var exchangesMax = EdgeLimits.exchangesMax
    package var lingerTimeout = EdgeLimits.lingerTimeout
    package var shutdownDrain = EdgeLimits.shutdownDrain
    package var tick = EdgeLimits.tick

    package init() {}

    /// `duration` in ticks, rounded up.
    func ticks(_ duration: Duration) -> UInt32 {
        let ratio = duration / tick
        return UInt32(ratio.rounded(.up))
    }
}
