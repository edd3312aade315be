import Bytes
import Crypto
import Model
import StoragePorts

/// A client's token for a rename, kept for `ObjectsLimits.renameTokenKept`, so that a repeated request gets the same answer. Its value in the
/// ledger, numbers big-endian: the rename's LSN (8), its time in ms since 1970 (8), and the first half of the SHA-256 of what was asked for (16).
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
struct RenameToken {
    private static let digestBytes = 16
    private static let valueBytes = 32
    /// Each new token looks at a few old ones, so that they cannot pile up.
    private static let lookedAtMax = 3

    private let instance: LSN
    private let token: [UInt8]
    private let parameters: [UInt8]

    init(_ token: String, _ request: RenameRequest, _ instance: LSN) {
        self.instance = instance
        self.token = Self.digest([Array(token.utf8), Array(request.context.principal.account.rawValue.utf8)])
        self.parameters = Self.digest([
            request.source.utf8, request.key.utf8, Array("\(request.sourceConditions)".utf8), Array("\(request.conditions)".utf8),
        ])
    }

    /// Nil when the token is new. Throws `.tokenMismatch` when it came with another request.
    func lsn(in transaction: Transaction) throws -> LSN? {
        guard let value = try transaction.get(ObjectKeys.renameToken(instance, token)) else { return nil }
        guard value.count == Self.valueBytes else { throw LedgerError.damaged("rename token") }
        if Self.isExpired(value, at: transaction.now) { return nil }
        guard value.suffix(Self.digestBytes).elementsEqual(parameters) else { throw ObjectsError.tokenMismatch }
        return LSN(Self.number(value, 0))
    }

    func remember(random: UInt64, in transaction: Transaction) throws {
        var expired: [[UInt8]] = []
        var lookedAt = 0
        let all = ObjectKeys.renameTokens(in: instance)
        let start = all + StorageKeys.bigEndian(random)
        try transaction.scan(KeyRange(from: start, to: KeyRange.successor(ofPrefix: all))) { key, value in
            if value.count == Self.valueBytes, Self.isExpired(Array(value), at: transaction.now) { expired.append(Array(key)) }
            lookedAt += 1
            return lookedAt < Self.lookedAtMax ? .next : .stop
        }
        for key in expired { transaction.delete(key) }
        var writer = ByteWriter(reservingCapacity: Self.valueBytes)
        writer.uint64BigEndian(transaction.lsn.rawValue)
        writer.uint64BigEndian(UInt64(bitPattern: transaction.now.milliseconds))
        writer.append(parameters)
        transaction.put(ObjectKeys.renameToken(instance, token), writer.bytes)
    }

    private static func isExpired(_ value: [UInt8], at now: Timestamp) -> Bool {
        Timestamp(milliseconds: Int64(bitPattern: number(value, 8))) + ObjectsLimits.renameTokenKept < now
    }

    private static func number(_ value: [UInt8], _ offset: Int) -> UInt64 {
        value[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Each text with its length, so that no two lists give the same bytes.
    private static func digest(_ texts: [[UInt8]]) -> [UInt8] {
        var hash = SHA256()
        for text in texts {
            hash.update(data: StorageKeys.bigEndian(UInt64(text.count)))
            hash.update(data: text)
        }
        return Array(hash.finalize().prefix(digestBytes))
    }
}
