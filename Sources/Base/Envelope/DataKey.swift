import Crypto
import Environment

/// 256 secret bits. Its bytes are wiped when the last copy goes.
package struct DataKey: Sendable {
    package static let byteCount = 32

    let symmetric: SymmetricKey

    init(_ symmetric: SymmetricKey) {
        precondition(symmetric.bitCount == 8 * Self.byteCount)
        self.symmetric = symmetric
    }

    /// A new one.
    package init(random: any RandomSource) {
        self.init(SymmetricKey(data: Self.randomBytes(Self.byteCount, random)))
    }

    /// Nil when it is not `byteCount` bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(SymmetricKey(data: Array(bytes)))
    }

    /// For wrapping; keep it as short as possible.
    package var bytes: [UInt8] { symmetric.withUnsafeBytes { Array($0) } }

    /// The key for one use: HMAC-SHA-256 of the label's length, the label and `salt` under this key. Source: NIST SP 800-108r1, a single block.
    package func derived(_ label: StaticString, salt: [UInt8]) -> DataKey { KeyedHash(self).derived(label, salt: salt) }

    /// A text's 32-byte tag under this key, with the label as in `derived`: tells whether a key is the same without keeping it.
    package func tag(_ label: StaticString, _ text: [UInt8]) -> [UInt8] { Array(KeyedHash(self).tag(label, text)) }

    /// Whether two tags are the same, in a time that does not tell where they differ.
    package static func areEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        guard first.count == second.count else { return false }
        return zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    package static func randomBytes(_ count: Int, _ random: any RandomSource) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
