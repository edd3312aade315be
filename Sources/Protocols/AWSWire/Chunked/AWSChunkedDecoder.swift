import Crypto
import HTTPTypes
import NIOCore

/// Decodes a body in aws-chunked form; a pure state machine.
///
///     while let piece = try await body.next() {
///         var piece = piece
///         while let payload = try decoder.decode(&piece) { ... }
///     }
///     let trailers = try decoder.finish()
///
/// On the wire:
///
///     (hex-size [";chunk-signature=" 64 digits] CRLF payload CRLF)*      sizes are not 0
///     "0" [";chunk-signature=" 64 digits] CRLF
///     (name ":" value CRLF)*                                             trailer modes only
///     ["x-amz-trailer-signature:" 64 digits CRLF]                        signed trailer mode only
///     CRLF
///
/// Payload is handed out before its chunk's signature is verified: nothing counts before `finish` returns. Holds at most one line
/// besides the trailers. AWS also wants chunks of at least 8 KiB; smaller ones are accepted here.
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
package struct AWSChunkedDecoder: Sendable {
    /// A chunk's head or a trailer.
    static let lineBytesMax = 8 * 1024
    static let trailersMax = 16

    private enum State {
        case chunkHead
        case payload(left: Int64)
        /// The line end after a chunk's payload, or after the last chunk when there is no trailer.
        case lineEnd(isLast: Bool)
        case trailer
        case done
    }

    private let hasTrailer: Bool
    private let declaredTrailers: [String]
    private var state = State.chunkHead
    private var line: [UInt8] = []
    private var decodedLeft: Int64
    private var verifier: ChunkVerifier?
    private var trailers: [Trailer] = []

    package struct Trailer: Hashable, Sendable {
        /// Lower case.
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// - `mode`: one of the three streaming modes.
    /// - `seed`: from `SignedRequest.verify`; the two signed modes need it, the unsigned one ignores it.
    /// - `decodedLength`: `x-amz-decoded-content-length` (see `decodedLength(in:)`), enforced exactly.
    /// - `declaredTrailers`: the names in `x-amz-trailer` (see `declaredTrailers(in:)`); exactly these must come.
    package init(mode: PayloadMode, seed: SeedSignature?, decodedLength: Int64, declaredTrailers: [String] = []) {
        precondition(mode.isStreaming && decodedLength >= 0)
        self.hasTrailer = mode != .streamingSigned
        self.declaredTrailers = declaredTrailers.map { $0.lowercased() }
        self.decodedLeft = decodedLength
        if mode != .streamingUnsignedTrailer {
            guard let seed else { preconditionFailure("signed chunks need the seed of the request's signature") }
            self.verifier = ChunkVerifier(seed)
        }
    }

    /// The payload's length, from `x-amz-decoded-content-length`; throws `.missingDecodedLength`.
    package static func decodedLength(in headers: HTTPFields) throws(AWSChunkedError) -> Int64 {
        guard let text = headers[.xAmzDecodedContentLength], text.utf8.first != UInt8(ascii: "+"), let length = Int64(text), length >= 0
        else { throw .missingDecodedLength }
        return length
    }

    /// The names in `x-amz-trailer`, in lower case.
    package static func declaredTrailers(in headers: HTTPFields) -> [String] {
        headers[values: .xAmzTrailer].flatMap { $0.split(separator: ",") }
            .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }.filter { !$0.isEmpty }
    }

    /// The next slice of payload (never empty), or nil when `input` is used up. Once it threw it must not be called again.
    package mutating func decode(_ input: inout ByteBuffer) throws(AWSChunkedError) -> ByteBuffer? {
        while input.readableBytes > 0 {
            switch state {
            case .chunkHead:
                guard takeLine(&input) else { try checkLineLength(.incompleteBody); continue }
                try readChunkHead()
            case .payload(let left):
                return try takePayload(&input, left: left)
            case .lineEnd(let isLast):
                guard takeLine(&input) else { try checkLineEnd(); continue }
                guard line == [UInt8(ascii: "\r"), UInt8(ascii: "\n")] else { throw .incompleteBody }
                line.removeAll(keepingCapacity: true)
                state = isLast ? .done : .chunkHead
            case .trailer:
                guard takeLine(&input) else { try checkLineLength(.malformedTrailer); continue }
                try readTrailer()
            case .done:
                throw .incompleteBody
            }
        }
        return nil
    }

    /// Call at the end of the body. Returns when all lengths and signatures are right; the trailers in their order.
    /// Throws `.incompleteBody` when the end did not come.
    package mutating func finish() throws(AWSChunkedError) -> [Trailer] {
        guard case .done = state else { throw .incompleteBody }
        return trailers
    }

    /// Moves bytes into `line` up to and including a line feed; false when there is none yet.
    private mutating func takeLine(_ input: inout ByteBuffer) -> Bool {
        let view = input.readableBytesView.prefix(Self.lineBytesMax + 1 - line.count)
        if let end = view.firstIndex(of: UInt8(ascii: "\n")) {
            line.append(contentsOf: view[...end])
            input.moveReaderIndex(forwardBy: end + 1 - view.startIndex)
            return true
        }
        line.append(contentsOf: view)
        input.moveReaderIndex(forwardBy: view.count)
        return false
    }

    private func checkLineLength(_ error: AWSChunkedError) throws(AWSChunkedError) {
        if line.count > Self.lineBytesMax { throw error }
    }

    private func checkLineEnd() throws(AWSChunkedError) {
        guard line == [UInt8(ascii: "\r")] else { throw .incompleteBody }
    }

    private mutating func readChunkHead() throws(AWSChunkedError) {
        guard let head = ChunkHead(line, sizeMax: decodedLeft), (head.signature != nil) == (verifier != nil) else { throw .incompleteBody }
        line.removeAll(keepingCapacity: true)
        if let signature = head.signature { verifier?.begin(signature: signature) }
        if head.size > 0 {
            state = .payload(left: head.size)
            return
        }
        guard decodedLeft == 0 else { throw .incompleteBody }
        try verifier?.finishChunk()
        state = hasTrailer ? .trailer : .lineEnd(isLast: true)
    }

    private mutating func takePayload(_ input: inout ByteBuffer, left: Int64) throws(AWSChunkedError) -> ByteBuffer {
        let count = Int(min(left, Int64(input.readableBytes)))
        guard let payload = input.readSlice(length: count) else { throw .incompleteBody }
        decodedLeft -= Int64(count)
        if verifier != nil { payload.withUnsafeReadableBytes { verifier?.update($0) } }
        if left == Int64(count) {
            try verifier?.finishChunk()
            state = .lineEnd(isLast: false)
        } else {
            state = .payload(left: left - Int64(count))
        }
        return payload
    }

    private mutating func readTrailer() throws(AWSChunkedError) {
        let text = TrailerLine.withoutLineEnd(line)
        line.removeAll(keepingCapacity: true)
        if text.isEmpty { return try finishTrailers() }
        guard let trailer = TrailerLine.parse(text), trailers.count < Self.trailersMax else { throw .malformedTrailer }
        if verifier != nil, trailer.name == "x-amz-trailer-signature" {
            guard let verified = try verifier?.verifyTrailer(trailers, signature: trailer.value), verified else { throw .malformedTrailer }
            return
        }
        // After the signature nothing more may come.
        if let verifier, verifier.hasVerifiedTrailer { throw .malformedTrailer }
        guard declaredTrailers.contains(trailer.name), !trailers.contains(where: { $0.name == trailer.name }) else {
            throw .malformedTrailer
        }
        trailers.append(trailer)
    }

    private mutating func finishTrailers() throws(AWSChunkedError) {
        guard declaredTrailers.allSatisfy({ name in trailers.contains { $0.name == name } }) else { throw .malformedTrailer }
        if let verifier, !verifier.hasVerifiedTrailer { throw .malformedTrailer }
        state = .done
    }
}
