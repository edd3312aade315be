import AWSWire
import Model
import NIOCore

private let seed: SeedSignature = {
    var request = WireRequest(method: "PUT", rawPath: "/b/k", authority: "localhost")
    let signer = SigV4Signer(accessKeyID: "AKIDEXAMPLE", secret: "secret", region: "us-east-1", service: "s3")
    return signer.sign(&request, payload: .streamingSignedTrailer, at: Timestamp(seconds: 1_767_323_045))
}()
private let modes: [PayloadMode] = [.streamingUnsignedTrailer, .streamingSigned, .streamingSignedTrailer]

/// The first byte is the declared length, the second the mode. The outcome is the same however the body is cut into pieces; and
/// the bytes as a payload come through encoder and decoder unchanged.
package func fuzzAWSChunked(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 2 else { return }
    let mode = modes[Int(bytes[1]) % modes.count]
    let body = Array(bytes[2...])
    let trailers = mode == .streamingSigned ? [] : ["x-amz-checksum-crc32"]
    let whole = decode(body, mode: mode, length: Int64(bytes[0]), trailers: trailers, pieces: body.count)
    for size in [1, 2, 3, 7, 64] {
        let cut = decode(body, mode: mode, length: Int64(bytes[0]), trailers: trailers, pieces: size)
        precondition(cut == whole, "the outcome depends on how the body is cut")
    }
    roundTrip(body, mode: mode, chunk: 1 + Int(bytes[0]))
}

private func roundTrip(_ payload: [UInt8], mode: PayloadMode, chunk: Int) {
    var encoder = AWSChunkedEncoder(mode: mode, seed: seed)
    var encoded = ByteBuffer()
    var rest = payload[...]
    while !rest.isEmpty {
        encoder.write(Array(rest.prefix(chunk)), to: &encoded)
        rest = rest.dropFirst(chunk)
    }
    let trailers = mode == .streamingSigned ? [] : [AWSChunkedDecoder.Trailer(name: "x-amz-checksum-crc32", value: "AAAAAA==")]
    encoder.finish(trailers: trailers, to: &encoded)
    let outcome = decode(
        Array(encoded.readableBytesView), mode: mode, length: Int64(payload.count), trailers: trailers.map(\.name), pieces: 5)
    precondition(outcome == Outcome(payload: payload, trailers: trailers, error: nil), "what was encoded does not decode")
}

private struct Outcome: Equatable {
    var payload: [UInt8]
    var trailers: [AWSChunkedDecoder.Trailer]
    var error: AWSChunkedError?
}

/// What a refused body handed out does not count.
private func decode(_ body: [UInt8], mode: PayloadMode, length: Int64, trailers: [String], pieces: Int) -> Outcome {
    var decoder = AWSChunkedDecoder(mode: mode, seed: seed, decodedLength: length, declaredTrailers: trailers)
    var outcome = Outcome(payload: [], trailers: [], error: nil)
    do throws(AWSChunkedError) {
        var rest = body[...]
        while !rest.isEmpty {
            var piece = ByteBuffer(bytes: rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            while let payload = try decoder.decode(&piece) {
                precondition(payload.readableBytes > 0)
                outcome.payload.append(contentsOf: payload.readableBytesView)
                precondition(outcome.payload.count <= length, "more payload than was declared")
            }
        }
        outcome.trailers = try decoder.finish()
    } catch {
        return Outcome(payload: [], trailers: [], error: error)
    }
    precondition(outcome.payload.count == length, "another length than was declared")
    return outcome
}
