import AWSWire
import Bytes
import Doors
import HTTPTypes
import Model
import NIOCore

/// A request's payload: its body with aws-chunked framing taken off, piece by piece.
struct PayloadStream {
    /// Payload bytes, as declared; nil when nothing declares them.
    let length: Int64?
    private let body: TrackedBody
    private var decoder: AWSChunkedDecoder?
    private var piece: ByteBuffer?

    /// Throws `MissingContentLength` for aws-chunked without a declared length.
    init(_ call: S3Call, trailers: [String]) throws(S3Error) {
        body = call.body
        guard call.caller.payload.isStreaming else {
            length = call.request.contentLength
            return
        }
        let length: Int64
        do {
            length = try AWSChunkedDecoder.decodedLength(in: call.headers)
        } catch {
            throw S3ErrorMap.map(error)
        }
        self.length = length
        decoder = AWSChunkedDecoder(
            mode: call.caller.payload, seed: call.caller.seed, decodedLength: length, declaredTrailers: trailers)
    }

    /// The next piece, never empty; nil at the end of the body. Throws `DoorBodyError`, `AWSChunkedError`.
    mutating func next() async throws -> ByteBuffer? {
        guard decoder != nil else { return try await body.next() }
        while true {
            if piece != nil, let payload = try decoder?.decode(&piece!) { return payload }
            piece = try await body.next()
            if piece == nil { return nil }
        }
    }

    /// Call when `next` gave nil: nothing of the payload counts before. Returns the checksum of that algorithm from the trailer.
    mutating func finish(trailing algorithm: ChecksumAlgorithm?) throws -> Checksum? {
        guard decoder != nil else { return nil }
        let trailers = try decoder?.finish() ?? []
        guard let algorithm, let trailer = trailers.first(where: { $0.name == algorithm.headerName }) else { return nil }
        return try DeclaredChecksum.value(trailer.value, algorithm)
    }
}
