import NIOCore

/// Decodes a body in aws-chunked form; a pure state machine.
///
///     while let piece = try await body.next() {
///         var piece = piece
///         while let payload = try decoder.decode(&piece) { ... }
///     }
///     let trailers = try decoder.finish()
///
/// Payload may be handed out before its chunk's signature is verified: nothing counts before `finish` returns.
package struct AWSChunkedDecoder: Sendable {
    /// - `mode`: one of the three streaming modes.
    /// - `seed`: from `SignedRequest.verify`; needed by the two signed modes.
    /// - `decodedLength`: `x-amz-decoded-content-length`, enforced exactly.
    /// - `declaredTrailers`: the names in `x-amz-trailer`; exactly these must come.
    package init(
        mode: PayloadMode, seed: SeedSignature?, decodedLength: Int64, declaredTrailers: [String] = []
    ) { fatalError() }

    /// The next slice of payload (never empty), or nil when `input` is used up. Once it threw it must not be called again.
    package mutating func decode(_ input: inout ByteBuffer) throws(AWSChunkedError) -> ByteBuffer? { fatalError() }

    /// Call at the end of the body. Returns when all lengths and signatures are right; the trailers in their order, names in lower case.
    package mutating func finish() throws(AWSChunkedError) -> [Trailer] { fatalError() }

    package struct Trailer: Hashable, Sendable {
        package let name: String
        package let value: String
    }
}

package enum AWSChunkedError: Error, Hashable, Sendable {
    /// Too short, too long, or framing that makes no sense.
    case incompleteBody
    case malformedTrailer
    case signatureDoesNotMatch(SignatureMismatch)
    case lineTooLong
    case chunkTooLarge

    package var wireError: WireError { fatalError() }
}
