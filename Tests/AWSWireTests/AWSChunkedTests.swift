import AWSWire
import HTTPTypes
import NIOCore
import Testing

struct AWSChunkedTests {
    static let payload = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    static let checksum = AWSChunkedDecoder.Trailer(name: "x-amz-checksum-crc32c", value: "AAAAAA==")

    static func seed(_ mode: PayloadMode) throws -> SeedSignature {
        var request = Sample.get()
        request.method = "PUT"
        Sample.signer.sign(&request, payload: mode, at: Sample.now)
        let signed = try #require(try SigV4.parse(request))
        #expect(signed.payload == mode)
        return try signed.verify(signingKey: Sample.key, now: Sample.now, settings: Sample.settings, service: "s3")
    }

    static func encoded(_ mode: PayloadMode, trailers: [AWSChunkedDecoder.Trailer]? = nil) throws -> [UInt8] {
        var encoder = AWSChunkedEncoder(mode: mode, seed: try seed(mode))
        var buffer = ByteBuffer()
        for start in stride(from: 0, to: payload.count, by: 8192) {
            encoder.write(Array(payload[start..<min(start + 8192, payload.count)]), to: &buffer)
        }
        encoder.finish(trailers: trailers ?? (mode == .streamingSigned ? [] : [checksum]), to: &buffer)
        return Array(buffer.readableBytesView)
    }

    struct Decoded: Equatable {
        var payload: [UInt8] = []
        var trailers: [AWSChunkedDecoder.Trailer] = []
    }

    static func decode(
        _ body: some Sequence<UInt8>, mode: PayloadMode, length: Int64 = Int64(payload.count), declared: [String] = [], pieces: Int = 1000
    ) throws -> Decoded {
        var decoder = AWSChunkedDecoder(mode: mode, seed: try seed(mode), decodedLength: length, declaredTrailers: declared)
        var decoded = Decoded()
        var rest = Array(body)[...]
        while !rest.isEmpty {
            var piece = ByteBuffer(bytes: rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            while let payload = try decoder.decode(&piece) { decoded.payload.append(contentsOf: payload.readableBytesView) }
        }
        decoded.trailers = try decoder.finish()
        return decoded
    }

    static func failure(_ text: String, length: Int64, declared: [String] = [], mode: PayloadMode = .streamingUnsignedTrailer)
        -> AWSChunkedError?
    {
        do {
            _ = try decode(text.utf8, mode: mode, length: length, declared: declared)
            return nil
        } catch {
            return error as? AWSChunkedError
        }
    }

    @Test(arguments: [PayloadMode.streamingSigned, .streamingSignedTrailer, .streamingUnsignedTrailer], [1, 7, 1000, 1_000_000])
    func wholeBodies(mode: PayloadMode, pieces: Int) throws {
        let declared = mode == .streamingSigned ? [] : ["X-Amz-Checksum-CRC32C"]
        let decoded = try Self.decode(try Self.encoded(mode), mode: mode, declared: declared, pieces: pieces)
        #expect(decoded.payload == Self.payload)
        #expect(decoded.trailers == (mode == .streamingSigned ? [] : [Self.checksum]))
    }

    /// Of the frames of a signed body every byte counts; of the payload a few are tried.
    @Test(arguments: [PayloadMode.streamingSigned, .streamingSignedTrailer]) func everyChangedByteFails(mode: PayloadMode) throws {
        var encoder = AWSChunkedEncoder(mode: mode, seed: try Self.seed(mode))
        var buffer = ByteBuffer()
        encoder.write(Array("hello".utf8), to: &buffer)
        encoder.write(Array(", world".utf8), to: &buffer)
        encoder.finish(trailers: mode == .streamingSigned ? [] : [Self.checksum], to: &buffer)
        let body = Array(buffer.readableBytesView)
        let declared = mode == .streamingSigned ? [] : [Self.checksum.name]
        #expect(try Self.decode(body, mode: mode, length: 12, declared: declared).payload == Array("hello, world".utf8))
        let nameIndices = Self.trailerNameIndices(body)
        for index in body.indices {
            for mask: UInt8 in [0x01, 0x20, 0x80] {
                var changed = body
                changed[index] ^= mask
                // The case of a trailer's name means nothing.
                if mask == 0x20, nameIndices.contains(index), body[index] != UInt8(ascii: "-") { continue }
                let decoded = try? Self.decode(changed, mode: mode, length: 12, declared: declared)
                #expect(decoded == nil, "byte \(index) with \(mask)")
            }
        }
        for length in 0..<body.count {
            #expect(throws: AWSChunkedError.self) { try Self.decode(body.prefix(length), mode: mode, length: 12, declared: declared) }
        }
        #expect(throws: AWSChunkedError.incompleteBody) { try Self.decode(body + [0], mode: mode, length: 12, declared: declared) }
    }

    private static func trailerNameIndices(_ body: [UInt8]) -> Set<Int> {
        var indices: Set<Int> = []
        for start in body.indices where body[start...].starts(with: "\nx-amz-".utf8) {
            indices.formUnion((start + 1)..<body[start...].firstIndex(of: UInt8(ascii: ":"))!)
        }
        return indices
    }

    @Test func chunksCannotChangePlaces() throws {
        let mode = PayloadMode.streamingSigned
        var encoder = AWSChunkedEncoder(mode: mode, seed: try Self.seed(mode))
        var pieces: [[UInt8]] = []
        for text in ["aaaa", "bbbb"] {
            var buffer = ByteBuffer()
            encoder.write(Array(text.utf8), to: &buffer)
            pieces.append(Array(buffer.readableBytesView))
        }
        var end = ByteBuffer()
        encoder.finish(to: &end)
        let last = Array(end.readableBytesView)
        #expect(try Self.decode(pieces[0] + pieces[1] + last, mode: mode, length: 8).payload == Array("aaaabbbb".utf8))
        for wrong in [pieces[1] + pieces[0] + last, pieces[0] + pieces[0] + last, pieces[0] + last] {
            #expect(throws: AWSChunkedError.self) { try Self.decode(wrong, mode: mode, length: 8) }
        }
    }

    @Test func lengthsAreExact() {
        #expect(Self.failure("3\r\nabc\r\n0\r\n\r\n", length: 3) == nil)
        #expect(Self.failure("3\r\nabc\r\n0\r\n\r\n", length: 4) == .incompleteBody)
        #expect(Self.failure("3\r\nabc\r\n0\r\n\r\n", length: 2) == .incompleteBody)
        #expect(Self.failure("0\r\n\r\n", length: 0) == nil)
        #expect(Self.failure("", length: 0) == .incompleteBody)
        #expect(Self.failure("3\r\nabc", length: 3) == .incompleteBody)
    }

    @Test(arguments: [
        "FFFFFFFFFFFFFFFF\r\n", "7FFFFFFFFFFFFFFF\r\n", "10000000000000000000000000003\r\nabc\r\n", "-3\r\nabc\r\n", "+3\r\nabc\r\n",
        "0x3\r\nabc\r\n",
        "\r\nabc\r\n", " 3\r\nabc\r\n", "3 \r\nabc\r\n", "3\nabc\r\n", "3\r\nabcd\r\n", "3\r\nabc\n0\r\n\r\n", "3;a=b\r\nabc\r\n",
        "3\0\r\nabc\r\n",
    ])
    func framing(body: String) {
        #expect(Self.failure(body, length: 3) == .incompleteBody)
        #expect(Self.failure(body, length: .max) == .incompleteBody)
    }

    @Test func linesAreBounded() {
        let digits = String(repeating: "0", count: 9000)
        #expect(Self.failure(digits, length: 3) == .incompleteBody)
        #expect(Self.failure(digits + "3\r\nabc\r\n0\r\n\r\n", length: 3) == .incompleteBody)
        let trailer = "0\r\nx-amz-checksum-crc32c:" + String(repeating: "A", count: 9000)
        #expect(Self.failure(trailer, length: 0, declared: ["x-amz-checksum-crc32c"]) == .malformedTrailer)
        #expect(Self.failure(trailer + "\r\n\r\n", length: 0, declared: ["x-amz-checksum-crc32c"]) == .malformedTrailer)
        let many = (0..<20).map { "n\($0)" }
        let text = "0\r\n" + many.map { "\($0):1\r\n" }.joined() + "\r\n"
        #expect(Self.failure(text, length: 0, declared: many) == .malformedTrailer)
    }

    @Test(arguments: [
        "\r\n", "x-amz-checksum-sha1:AA==\r\n\r\n", "x-amz-checksum-crc32:AA==\r\nx-amz-checksum-crc32:AA==\r\n\r\n",
        "x-amz-checksum-crc32\r\n\r\n",
        ":AA==\r\n\r\n", "x-amz checksum:AA==\r\n\r\n", "x-amz-checksum-crc32:A\0A\r\n\r\n",
        "x-amz-checksum-crc32:AA==\r\nx-amz-trailer-signature:00\r\n\r\n",
    ])
    func trailers(text: String) {
        #expect(Self.failure("0\r\n" + text, length: 0, declared: ["x-amz-checksum-crc32"]) == .malformedTrailer)
    }

    @Test func trailersAsClientsSendThem() throws {
        for text in ["X-Amz-Checksum-Crc32:AA==\r\n\r\n", "x-amz-checksum-crc32: AA== \r\n\r\n", "x-amz-checksum-crc32:AA==\n\r\n"] {
            let decoded = try Self.decode(
                ("0\r\n" + text).utf8, mode: .streamingUnsignedTrailer, length: 0, declared: ["x-amz-checksum-crc32"])
            #expect(decoded.trailers == [.init(name: "x-amz-checksum-crc32", value: "AA==")])
        }
    }

    @Test func headers() throws {
        var headers = HTTPFields()
        headers[.xAmzTrailer] = "X-Amz-Checksum-CRC32, x-amz-checksum-sha1"
        #expect(AWSChunkedDecoder.declaredTrailers(in: headers) == ["x-amz-checksum-crc32", "x-amz-checksum-sha1"])
        for bad in [nil, "", "-1", "+1", "1a", "99999999999999999999"] {
            headers[.xAmzDecodedContentLength] = bad
            #expect(throws: AWSChunkedError.missingDecodedLength) { try AWSChunkedDecoder.decodedLength(in: headers) }
        }
        headers[.xAmzDecodedContentLength] = "65536"
        #expect(try AWSChunkedDecoder.decodedLength(in: headers) == 65536)
    }
}
