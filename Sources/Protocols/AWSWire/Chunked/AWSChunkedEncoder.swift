import NIOCore

/// Writes a body in aws-chunked form as a client does; for `roost demo`, benchmarks and tests.
package struct AWSChunkedEncoder: Sendable {
    package init(mode: PayloadMode, seed: SeedSignature?) { fatalError() }
    /// Appends one chunk; `payload` must not be empty.
    package mutating func write(_ payload: [UInt8], to output: inout ByteBuffer) { fatalError() }
    /// Appends the last chunk and the trailers (only in the trailer modes).
    package mutating func finish(trailers: [AWSChunkedDecoder.Trailer] = [], to output: inout ByteBuffer) { fatalError() }
}
