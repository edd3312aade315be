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
    /// Written and not yet taken by the kernel: a streamed answer pauses above the high mark and goes on below the low one.
    package static let writeBufferBytes = (low: 256 * 1024, high: 1024 * 1024)
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
    package var writeStallTimeout = EdgeLimits.writeStallTimeout
    package var connectionsMax = EdgeLimits.connectionsMax
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
