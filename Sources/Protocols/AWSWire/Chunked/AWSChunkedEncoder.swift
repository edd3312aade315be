import Crypto
import NIOCore

/// Writes a body in aws-chunked form as a client does; for `roost demo`, benchmarks and tests.
package struct AWSChunkedEncoder: Sendable {
    private let hasTrailer: Bool
    private var chain: ChunkSignatureChain?

    /// `seed`: what `SigV4Signer.sign` returned; the two signed modes need it.
    package init(mode: PayloadMode, seed: SeedSignature?) {
        precondition(mode.isStreaming)
        self.hasTrailer = mode != .streamingSigned
        if mode != .streamingUnsignedTrailer {
            guard let seed else { preconditionFailure("signed chunks need the seed of the request's signature") }
            self.chain = ChunkSignatureChain(seed)
        }
    }

    /// Appends one chunk; `payload` must not be empty.
    package mutating func write(_ payload: [UInt8], to output: inout ByteBuffer) {
        precondition(!payload.isEmpty)
        writeHead(of: payload, to: &output)
        output.writeBytes(payload)
        output.writeStaticString("\r\n")
    }

    /// Appends the last chunk and, in the trailer modes, the trailers.
    package mutating func finish(trailers: [AWSChunkedDecoder.Trailer] = [], to output: inout ByteBuffer) {
        precondition(trailers.isEmpty || hasTrailer)
        writeHead(of: [], to: &output)
        for trailer in trailers {
            output.writeString("\(trailer.name):\(trailer.value)\r\n")
        }
        if hasTrailer, let signature = chain?.advance(trailerSHA256: ChunkVerifier.hash(of: trailers)) {
            output.writeStaticString("x-amz-trailer-signature:")
            output.writeBytes(signature)
            output.writeStaticString("\r\n")
        }
        output.writeStaticString("\r\n")
    }

    private mutating func writeHead(of payload: [UInt8], to output: inout ByteBuffer) {
        output.writeString(String(payload.count, radix: 16))
        if let signature = chain?.advance(chunkSHA256: SHA256.hash(data: payload)) {
            output.writeStaticString(";chunk-signature=")
            output.writeBytes(signature)
        }
        output.writeStaticString("\r\n")
    }
}
