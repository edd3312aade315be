import Model
import StoragePorts
import SwiftProtobuf

/// What presigned URLs share their uses, their bytes and their withdrawal by: the name that their maker chose, or the signature of a single
/// one; in the account of the key that signed, so that no account can touch another's.
package struct PresignedURLID: Hashable, Sendable {
    package let account: AccountID
    package let name: String

    /// Nil for a name that breaks `IdentityField.urlID`.
    package init?(account: AccountID, name: String) {
        guard FieldRules.isValid(.urlID, name) else { return nil }
        self.init(stored: name, account)
    }

    init(stored name: String, _ account: AccountID) {
        self.account = account
        self.name = name
    }
}

/// What a presigned URL says of its use, beside what every presigned URL says.
package struct PresignedURLTerms: Sendable {
    package let id: PresignedURLID
    package let accessKeyID: String
    package let made: Timestamp
    package let expires: Timestamp
    /// How often it may be used; nil for any number.
    package let usesMax: UInt64?
    /// How many payload bytes may go over it, both ways; nil for any number.
    package let bytesMax: UInt64?

    package init(id: PresignedURLID, accessKeyID: String, made: Timestamp, expires: Timestamp, usesMax: UInt64?, bytesMax: UInt64?) {
        self.id = id
        self.accessKeyID = accessKeyID
        self.made = made
        self.expires = expires
        self.usesMax = usesMax
        self.bytesMax = bytesMax
    }
}

package enum PresignedURLError: Error, Sendable, Equatable {
    case revoked
    case usedUp
    /// So many payload bytes are left; the request needs more.
    case tooManyBytes(left: UInt64)
    case ledger(LedgerError)
    case failed(String)

    init(_ error: any Error) {
        switch error {
        case let error as PresignedURLError: self = error
        case let error as LedgerError: self = .ledger(error)
        default: self = .failed(String(describing: error))
        }
    }
}

/// Which request spends or gives back.
package struct PresignedURLRequest: Sendable {
    package let id: RequestID
    package let sourceIP: String

    package init(id: RequestID, sourceIP: String) {
        self.id = id
        self.sourceIP = sourceIP
    }
}

/// Counts the uses of presigned URLs that limit them, and withdraws URLs by their id.
///
/// A use is a commit, so of two at once exactly one gets the last. A record stays until no URL that it is about can be valid, even to a
/// clock that is off by `IdentityLimits.clockSkewMax`; then one of the next commits removes it. So there are never many more records than
/// limited URLs that were used in a week.
package final class PresignedURLs: Sendable {
    private let ledger: any Ledger
    /// More than one, so that records go faster than they come.
    private static let sweptPerCommit = 4

    package init(ledger: any Ledger) {
        self.ledger = ledger
    }

    /// Throws `.revoked` for terms of a withdrawn id.
    package func check(_ terms: PresignedURLTerms) async throws(PresignedURLError) {
        do {
            try await ledger.read { try Self.check(terms, try $0.message(PBPresignedURLRecord.self, at: IdentityKeys.url(terms.id))) }
        } catch {
            throw PresignedURLError(error)
        }
    }

    /// Takes uses and payload bytes from what the terms leave; durable on return. Throws `.revoked`, `.usedUp`, `.tooManyBytes`: then
    /// nothing was taken.
    package func spend(
        _ terms: PresignedURLTerms, uses: UInt64, bytes: UInt64, by request: PresignedURLRequest
    ) async throws(PresignedURLError) {
        try await change(terms.id) { record, transaction in
            try Self.check(terms, record)
            if let usesMax = terms.usesMax, record.uses + uses > usesMax { throw PresignedURLError.usedUp }
            if let bytesMax = terms.bytesMax {
                let left = bytesMax - min(bytesMax, record.bytes)
                guard bytes <= left else { throw PresignedURLError.tooManyBytes(left: left) }
            }
            record.uses += uses
            record.bytes += bytes
            record.expiresMs = max(record.expiresMs, terms.expires.milliseconds)
            try transaction.emit(
                IdentityFactKind.presignedURLUsed,
                PBPresignedURLUsed.with {
                    $0.account = terms.id.account.rawValue
                    $0.urlID = terms.id.name
                    $0.accessKeyID = terms.accessKeyID
                    $0.uses = uses
                    $0.bytes = bytes
                    $0.requestID = request.id.description
                    $0.sourceIp = request.sourceIP
                })
        }
    }

    /// Gives back what a request had spent that was refused afterwards.
    package func giveBack(
        _ terms: PresignedURLTerms, uses: UInt64, bytes: UInt64, by request: PresignedURLRequest
    ) async throws(PresignedURLError) {
        try await change(terms.id) { record, transaction in
            record.uses -= min(record.uses, uses)
            record.bytes -= min(record.bytes, bytes)
            record.expiresMs = max(record.expiresMs, terms.expires.milliseconds)
            try transaction.emit(
                IdentityFactKind.presignedURLUseReturned,
                PBPresignedURLUseReturned.with {
                    $0.account = terms.id.account.rawValue
                    $0.urlID = terms.id.name
                    $0.uses = uses
                    $0.bytes = bytes
                    $0.requestID = request.id.description
                })
        }
    }

    /// Withdraws every URL with this id that was made until now, by a clock that may be fast. Returns until when.
    package func revoke(_ id: PresignedURLID, _ origin: IdentityOrigin) async throws(PresignedURLError) -> Timestamp {
        try await change(id) { record, transaction in
            let until = transaction.now + IdentityLimits.clockSkewMax
            record.revokedUntilMs = max(record.revokedUntilMs, until.milliseconds)
            record.expiresMs = max(record.expiresMs, (until + IdentityLimits.presignedLifeMax).milliseconds)
            try transaction.emit(
                IdentityFactKind.presignedURLRevoked,
                PBPresignedURLRevoked.with {
                    $0.account = id.account.rawValue
                    $0.urlID = id.name
                    $0.untilMs = until.milliseconds
                    $0.origin = origin.record
                })
            return until
        }
    }

    private static func check(_ terms: PresignedURLTerms, _ record: PBPresignedURLRecord?) throws {
        if let record, terms.made.milliseconds <= record.revokedUntilMs { throw PresignedURLError.revoked }
    }

    private func change<Value: Sendable>(
        _ id: PresignedURLID, _ body: @escaping @Sendable (inout PBPresignedURLRecord, Transaction) throws -> Value
    ) async throws(PresignedURLError) -> Value {
        let key = IdentityKeys.url(id)
        do {
            return try await ledger.commit(reading: [key]) { transaction in
                let before = try transaction.message(PBPresignedURLRecord.self, at: key)
                var record = before ?? PBPresignedURLRecord()
                let value = try body(&record, transaction)
                try transaction.put(key, record)
                if before?.expiresMs != record.expiresMs {
                    if let before { transaction.delete(IdentityKeys.expiry(of: id, at: Self.kept(before))) }
                    transaction.put(IdentityKeys.expiry(of: id, at: Self.kept(record)), [])
                }
                try Self.sweep(transaction)
                return value
            }.value
        } catch {
            throw PresignedURLError(error)
        }
    }

    /// Until when a record must stay.
    private static func kept(_ record: PBPresignedURLRecord) -> Timestamp {
        Timestamp(milliseconds: record.expiresMs) + IdentityLimits.clockSkewMax
    }

    private static func sweep(_ transaction: Transaction) throws {
        var expired: [[UInt8]] = []
        try transaction.scan(IdentityKeys.expired(before: transaction.now)) { key, _ in
            expired.append(Array(key))
            return expired.count < sweptPerCommit ? .next : .stop
        }
        for key in expired {
            guard let id = IdentityKeys.url(ofExpiry: key) else { throw LedgerError.damaged("expiry of a presigned URL") }
            transaction.delete(key)
            transaction.delete(IdentityKeys.url(id))
        }
    }
}
