import Bytes
import Environment

/// Names a master key by a part of its tag, so that nobody has to give names and another key never has the same one.
package struct MasterKeyID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    init(of key: DataKey) {
        self.init(key.tag("roost master key", []).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// 16 hexadecimal digits.
    package var description: String { Hex.encode(bytes) }

    var bytes: [UInt8] { withUnsafeBytes(of: rawValue.bigEndian) { Array($0) } }
}

/// The keys that wrap every other secret of a data folder. They live outside of it, come from the operator at the start, and are
/// never stored or logged by this server. Without them what they wrapped is lost.
///
/// The current key wraps; older ones only unwrap, until everything was wrapped again (`rewrap`). Whoever commits a wrap
/// notes the key's id in that commit (`Transaction.noteMasterKey`), so that a start with another ring is refused.
package final class MasterKeys: Sendable {
    private let keys: [MasterKeyID: KeyedHash]
    package let currentID: MasterKeyID
    private let random: any RandomSource

    /// `older` may be empty.
    package init(current: DataKey, older: [DataKey] = [], random: any RandomSource) {
        currentID = MasterKeyID(of: current)
        keys = Dictionary((older + [current]).map { (MasterKeyID(of: $0), KeyedHash($0)) }, uniquingKeysWith: { _, last in last })
        self.random = random
    }

    package func holds(_ id: MasterKeyID) -> Bool { keys[id] != nil }

    /// `secret` wrapped by the current key and bound to `context`; 49 bytes longer.
    package func wrap(_ secret: [UInt8], _ context: WrapContext) -> [UInt8] {
        preparingWrap(of: secret).sealed(context)
    }

    /// Begins a wrap whose context is known only within a commit.
    package func preparingWrap(of secret: [UInt8]) -> PendingWrap {
        guard let key = keys[currentID] else { preconditionFailure("the ring holds its current key") }
        return PendingWrap(secret, under: key, prefix: [PendingWrap.format] + currentID.bytes, random: random)
    }

    /// The secret. Throws `.masterKeyAbsent`, `.notAuthentic` (also for another context), `.malformed`.
    package func unwrap(_ wrapped: [UInt8], _ context: WrapContext) throws(EnvelopeError) -> [UInt8] {
        guard let id = Self.keyID(of: wrapped) else { throw .malformed }
        guard let key = keys[id] else { throw .masterKeyAbsent(id) }
        return try PendingWrap.open(wrapped, prefixBytes: Self.prefixBytes, under: key, context)
    }

    /// The same secret under the current key; nil when it is so already. Throws as `unwrap`.
    package func rewrap(_ wrapped: [UInt8], _ context: WrapContext) throws(EnvelopeError) -> [UInt8]? {
        if Self.keyID(of: wrapped) == currentID { return nil }
        return wrap(try unwrap(wrapped, context), context)
    }

    /// Which key wrapped it; nil for what is no wrap of a master key.
    package static func keyID(of wrapped: [UInt8]) -> MasterKeyID? {
        guard wrapped.count >= prefixBytes, wrapped[0] == PendingWrap.format else { return nil }
        return MasterKeyID(wrapped[1..<prefixBytes].reduce(0) { $0 << 8 | UInt64($1) })
    }

    private static let prefixBytes = 9
}
