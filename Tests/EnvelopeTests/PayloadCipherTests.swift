import Bytes
import Envelope
import NIOCore
import SimulationKit
import Testing

@Suite struct PayloadCipherTests {
    private let random = SimRandom(seed: 11)

    private func cipher(part: Int = 0) throws -> PayloadCipher {
        let key = try #require(DataKey(bytes: [UInt8](repeating: 5, count: 32)))
        let identity = try #require(PayloadIdentity(bytes: [UInt8](repeating: 6, count: 16)))
        return PayloadCipher(objectKey: key, identity: identity, part: part)
    }

    private func seal(_ cipher: PayloadCipher, _ payload: [UInt8]) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var rest = payload[...]
        while !rest.isEmpty {
            let chunk = Array(rest.prefix(PayloadCipher.chunkBytes))
            rest = rest.dropFirst(chunk.count)
            var output = ByteBuffer()
            chunk.withUnsafeBytes { cipher.seal($0, index: UInt64(chunks.count), isLast: rest.isEmpty, into: &output) }
            chunks.append(Array(output.readableBytesView))
        }
        return chunks
    }

    private func open(_ cipher: PayloadCipher, _ sealed: [UInt8], _ index: UInt64, isLast: Bool) throws(EnvelopeError) -> [UInt8] {
        let result = sealed.withUnsafeBytes { bytes -> Result<[UInt8], EnvelopeError> in
            var output = ByteBuffer()
            do throws(EnvelopeError) {
                try cipher.open(bytes, index: index, isLast: isLast, into: &output)
                return .success(Array(output.readableBytesView))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    @Test(arguments: [1, 15, 65_519, 65_520, 65_521, 131_040, 200_000])
    func whatIsSealedOpens(size: Int) throws {
        let cipher = try cipher()
        let payload = DataKey.randomBytes(size, random)
        let chunks = seal(cipher, payload)
        #expect(chunks.joined().count == Int(PayloadCipher.sealedBytes(UInt64(size))))
        var opened: [UInt8] = []
        for (index, chunk) in chunks.enumerated() {
            opened += try open(cipher, chunk, UInt64(index), isLast: index == chunks.count - 1)
        }
        #expect(opened == payload)
    }

    @Test func chunksAreBoundToTheirPlaceEndAndPayload() throws {
        let sealer = try cipher()
        let chunks = seal(sealer, DataKey.randomBytes(3 * PayloadCipher.chunkBytes, random))
        #expect(throws: EnvelopeError.notAuthentic) { try open(sealer, chunks[0], 1, isLast: false) }
        #expect(throws: EnvelopeError.notAuthentic) { try open(sealer, chunks[1], 1, isLast: true) }
        #expect(throws: EnvelopeError.notAuthentic) { try open(sealer, chunks[2], 2, isLast: false) }
        #expect(throws: EnvelopeError.notAuthentic) { try open(try cipher(part: 1), chunks[0], 0, isLast: false) }
        let other = PayloadCipher(
            objectKey: try #require(DataKey(bytes: [UInt8](repeating: 5, count: 32))), identity: PayloadIdentity(random: random), part: 0)
        #expect(throws: EnvelopeError.notAuthentic) { try open(other, chunks[0], 0, isLast: false) }
        #expect(throws: EnvelopeError.notAuthentic) { try open(sealer, Array(chunks[0].dropLast()), 0, isLast: false) }
        #expect(throws: EnvelopeError.malformed) { try open(sealer, Array(chunks[0].prefix(16)), 0, isLast: false) }
        for bit in [0, 65_519 * 8, 65_535 * 8 + 7] {
            var changed = chunks[0]
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: EnvelopeError.notAuthentic) { try open(sealer, changed, 0, isLast: false) }
        }
    }

    /// What is wanted of a chunk, behind what the buffer has already.
    @Test(arguments: [0..<3, 2..<3, 1..<1, 2..<9, 5..<9]) func partsOfAChunk(range: Range<Int>) throws {
        let cipher = try cipher()
        let sealed = seal(cipher, [1, 2, 3])[0]
        var output = ByteBuffer(bytes: [9])
        try sealed.withUnsafeBytes {
            try cipher.open($0, index: 0, isLast: true, from: range.lowerBound, to: range.upperBound, into: &output)
        }
        #expect(Array(output.readableBytesView) == [9] + ([1, 2, 3] as [UInt8])[range.clamped(to: 0..<3)])
    }

    /// Frozen: docs/FORMAT.md.
    @Test func chunksAreOfTheDocumentedForm() throws {
        #expect(Hex.encode(seal(try cipher(part: 2), [1, 2, 3])[0]) == "d2a73005512f3029bcecfc35451b09980b5207")
    }
}
