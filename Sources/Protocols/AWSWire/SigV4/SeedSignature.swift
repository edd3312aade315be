import Crypto

/// The signature of a request's head; the first link of the chain of chunk signatures.
package struct SeedSignature: Sendable {
    /// 64 lower-case hexadecimal digits.
    let signature: [UInt8]
    let key: SigningKey
    let timeAndScope: [UInt8]
    let accessKeyID: String
}

/// The chain in which each chunk's signature covers the one before.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
struct ChunkSignatureChain: Sendable {
    private let seed: SeedSignature
    private(set) var last: [UInt8]
    private(set) var stringToSign: [UInt8] = []

    init(_ seed: SeedSignature) {
        self.seed = seed
        self.last = seed.signature
    }

    var accessKeyID: String { seed.accessKeyID }

    /// The signature of the next chunk, which becomes the last one.
    mutating func advance(chunkSHA256: SHA256.Digest) -> [UInt8] {
        begin("AWS4-HMAC-SHA256-PAYLOAD\n")
        HexText.append(Self.emptySHA256, to: &stringToSign)
        stringToSign.append(UInt8(ascii: "\n"))
        return finish(chunkSHA256)
    }

    /// The signature of the trailer, whose text is `name:value LF` for each line.
    mutating func advance(trailerSHA256: SHA256.Digest) -> [UInt8] {
        begin("AWS4-HMAC-SHA256-TRAILER\n")
        return finish(trailerSHA256)
    }

    private static let emptySHA256 = Array(SHA256.hash(data: [UInt8]()))

    private mutating func begin(_ algorithm: StaticString) {
        stringToSign.removeAll(keepingCapacity: true)
        stringToSign.append(contentsOf: UnsafeBufferPointer(start: algorithm.utf8Start, count: algorithm.utf8CodeUnitCount))
        stringToSign.append(contentsOf: seed.timeAndScope)
        stringToSign.append(contentsOf: last)
        stringToSign.append(UInt8(ascii: "\n"))
    }

    private mutating func finish(_ hash: SHA256.Digest) -> [UInt8] {
        HexText.append(hash, to: &stringToSign)
        last = seed.key.signature(of: stringToSign)
        return last
    }
}
