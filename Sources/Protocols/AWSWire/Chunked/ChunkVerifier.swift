import Crypto

/// Proves the signatures of chunks while their bytes pass.
struct ChunkVerifier: Sendable {
    private var chain: ChunkSignatureChain
    private var hash = SHA256()
    private var expected: [UInt8] = []
    private(set) var hasVerifiedTrailer = false

    init(_ seed: SeedSignature) {
        self.chain = ChunkSignatureChain(seed)
    }

    mutating func begin(signature: [UInt8]) {
        expected = signature
        hash = SHA256()
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
    }

    mutating func finishChunk() throws(AWSChunkedError) {
        let computed = chain.advance(chunkSHA256: hash.finalize())
        guard ConstantTime.equal(computed, expected) else { throw mismatch(provided: expected) }
    }

    /// False when a trailer signature came before.
    mutating func verifyTrailer(_ trailers: [AWSChunkedDecoder.Trailer], signature: String) throws(AWSChunkedError) -> Bool {
        guard !hasVerifiedTrailer else { return false }
        let computed = chain.advance(trailerSHA256: Self.hash(of: trailers))
        guard ConstantTime.equal(computed, Array(signature.utf8)) else { throw mismatch(provided: Array(signature.utf8)) }
        hasVerifiedTrailer = true
        return true
    }

    static func hash(of trailers: [AWSChunkedDecoder.Trailer]) -> SHA256.Digest {
        var hash = SHA256()
        for trailer in trailers {
            hash.update(data: Array("\(trailer.name):\(trailer.value)\n".utf8))
        }
        return hash.finalize()
    }

    private func mismatch(provided: [UInt8]) -> AWSChunkedError {
        .signatureDoesNotMatch(
            SignatureMismatch(
                accessKeyID: chain.accessKeyID, stringToSign: String(decoding: chain.stringToSign, as: UTF8.self),
                signatureProvided: String(decoding: provided, as: UTF8.self), canonicalRequest: ""))
    }
}
