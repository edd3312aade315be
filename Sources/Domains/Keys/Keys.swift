import Bytes
import Envelope
import Environment
import Model
import StoragePorts
import SwiftProtobuf
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why a key could not be made or changed.
package enum KeysError: Error, Sendable, Equatable {
    case invalidName(String)
    case alreadyExists(String)
    case notFound(String)
    case tooMany(limit: Int)
    /// The ledger's own failure; see `LedgerError`.
    case ledger(LedgerError)
    case failed(String)

    init(_ error: any Error) {
        switch error {
        case let error as KeysError: self = error
        case let error as LedgerError: self = .ledger(error)
        default: self = .failed("\(error)")
        }
    }
}

/// A key service of this server's own: keys in the ledger, each wrapped by the master key. `alias/aws/s3` is made when it is first asked for, as
/// AWS does; every other key somebody has to make.
package final class Keys: KeyService, Sendable {
    private static let managedAlias = "aws/s3"

    let ledger: any Ledger
    let masterKeys: MasterKeys
    private let random: any RandomSource
    private let account: AccountID
    private let region: Region
    /// Keys in the clear, by their ids: a request then reads only whether the key is enabled.
    private let known = Mutex<[String: DataKey]>([:])

    package init(ledger: any Ledger, masterKeys: MasterKeys, random: any RandomSource, account: AccountID, region: Region) {
        self.ledger = ledger
        self.masterKeys = masterKeys
        self.random = random
        self.account = account
        self.region = region
    }

    // MARK: Making keys

    /// Makes a key; durable on return. Without an id it gets a UUID as AWS gives it. Throws `.invalidName`, `.alreadyExists`, `.tooMany`.
    package func create(id: String? = nil, description: String = "") async throws(KeysError) -> KeyDescription {
        let id = id ?? uuid()
        guard KeyName.isValid(id, slashes: false) else { throw .invalidName(id) }
        let record = try record(of: id, description)
        do {
            _ = try await ledger.commit(reading: [KeysKeys.key(id)]) { [masterKeys] transaction in
                guard try transaction.get(KeysKeys.key(id)) == nil else { throw KeysError.alreadyExists(id) }
                try Self.add(id, record, masterKeys, transaction)
            }
        } catch { throw KeysError(error) }
        return told(of: id, isEnabled: true)
    }

    /// Lets `alias` (without `alias/`) name the key. Throws `.invalidName`, `.notFound`.
    package func setAlias(_ alias: String, to id: String) async throws(KeysError) {
        guard KeyName.isValid(alias, slashes: true) else { throw .invalidName(alias) }
        do {
            _ = try await ledger.commit { transaction in
                guard try transaction.get(KeysKeys.key(id)) != nil else { throw KeysError.notFound(id) }
                transaction.put(KeysKeys.alias(alias), Array(id.utf8))
            }
        } catch { throw KeysError(error) }
    }

    /// A disabled key neither makes nor opens data keys. Throws `.notFound`.
    package func setEnabled(_ isEnabled: Bool, _ id: String) async throws(KeysError) {
        do {
            _ = try await ledger.commit { transaction in
                guard let value = try transaction.get(KeysKeys.key(id)) else { throw KeysError.notFound(id) }
                var record = try PBServiceKey(serializedBytes: value)
                record.isDisabled = !isEnabled
                transaction.put(KeysKeys.key(id), try record.serializedBytes())
            }
        } catch { throw KeysError(error) }
    }

    /// All keys, by their ids.
    package func list() async throws(KeysError) -> [KeyDescription] {
        do {
            return try await ledger.read { [self] snapshot in
                var keys: [KeyDescription] = []
                try snapshot.scan(.prefix([KeysKeys.keyTag]), .forward) { key, value in
                    let record = try PBServiceKey(serializedBytes: Array(value))
                    keys.append(told(of: String(decoding: key[1...], as: UTF8.self), isEnabled: !record.isDisabled))
                    return .next
                }
                return keys
            }
        } catch { throw KeysError(error) }
    }

    private func record(of id: String, _ description: String) throws(KeysError) -> PBServiceKey {
        let wrapped = masterKeys.wrap(DataKey(random: random).bytes, Self.context(id))
        return PBServiceKey.with {
            $0.wrappedKey = Data(wrapped)
            $0.description_p = description
        }
    }

    private static func add(_ id: String, _ record: PBServiceKey, _ masterKeys: MasterKeys, _ transaction: Transaction) throws {
        var count = 0
        try transaction.scan(.prefix([KeysKeys.keyTag]), .forward) { _, _ in
            count += 1
            return .next
        }
        guard count < KeysLimits.keysMax else { throw KeysError.tooMany(limit: KeysLimits.keysMax) }
        var record = record
        record.createdMs = transaction.now.milliseconds
        try transaction.noteMasterKey(masterKeys.currentID.rawValue)
        transaction.put(KeysKeys.key(id), try record.serializedBytes())
    }

    static func context(_ id: String) -> WrapContext { WrapContext("roost service key", id) }

    /// The alias that clients mean who name no key, with a key of its own.
    private func createManaged() async throws -> String {
        let id = uuid()
        let record = try record(of: id, "Default key that protects S3 objects when no other key is defined")
        return try await ledger.commit { [masterKeys] transaction in
            if let known = try transaction.get(KeysKeys.alias(Self.managedAlias)) { return String(decoding: known, as: UTF8.self) }
            try Self.add(id, record, masterKeys, transaction)
            transaction.put(KeysKeys.alias(Self.managedAlias), Array(id.utf8))
            return id
        }.value
    }

    // MARK: The service

    package func generateDataKey(_ name: String, context: [String: String]) async throws(KeyServiceError) -> ServedDataKey {
        let (id, key) = try await find(name)
        let made = DataKey(random: random)
        let wrapped = key.wrap(made.bytes, ServedBlob.context(id, context), random: random)
        return ServedDataKey(key: made, wrapped: ServedBlob(id: id, wrapped: wrapped).bytes, shownKey: shown(id))
    }

    package func decrypt(_ wrapped: [UInt8], context: [String: String]) async throws(KeyServiceError) -> DataKey {
        guard let blob = ServedBlob(wrapped) else { throw .invalidCiphertext }
        let (id, key) = try await find(.id(blob.id), as: blob.id)
        guard let bytes = try? key.unwrap(blob.wrapped, ServedBlob.context(id, context)), let opened = DataKey(bytes: bytes) else {
            throw .invalidCiphertext
        }
        return opened
    }

    package func describe(_ name: String) async throws(KeyServiceError) -> KeyDescription {
        do {
            let (id, _) = try await find(name)
            return told(of: id, isEnabled: true)
        } catch .disabled(let id) {
            return told(of: id, isEnabled: false)
        }
    }

    private func find(_ name: String) async throws(KeyServiceError) -> (id: String, key: DataKey) {
        guard let parsed = KeyName(name, account: account, region: region) else { throw .notFound(missing(name)) }
        return try await find(parsed, as: name)
    }

    private func find(_ name: KeyName, as text: String) async throws(KeyServiceError) -> (id: String, key: DataKey) {
        do {
            guard let (id, record) = try await lookup(name) else { throw KeyServiceError.notFound(missing(name)) }
            if record.isDisabled { throw KeyServiceError.disabled(id) }
            if let key = known.withLock({ $0[id] }) { return (id, key) }
            guard let key = DataKey(bytes: try masterKeys.unwrap(Array(record.wrappedKey), Self.context(id))) else {
                throw EnvelopeError.malformed
            }
            known.withLock { $0[id] = key }
            return (id, key)
        } catch let error as KeyServiceError {
            throw error
        } catch {
            throw .unavailable("key \(text): \(error)")
        }
    }

    private func lookup(_ name: KeyName) async throws -> (String, PBServiceKey)? {
        if let found = try await read(name) { return found }
        guard name == .alias(Self.managedAlias) else { return nil }
        return try await read(.id(try await createManaged()))
    }

    private func read(_ name: KeyName) async throws -> (String, PBServiceKey)? {
        try await ledger.read { snapshot in
            let id: String
            switch name {
            case .id(let text): id = text
            case .alias(let alias):
                guard let value = try snapshot.get(KeysKeys.alias(alias)) else { return nil }
                id = String(decoding: value, as: UTF8.self)
            }
            return try snapshot.get(KeysKeys.key(id)).map { (id, try PBServiceKey(serializedBytes: $0)) }
        }
    }

    // MARK: Names

    private func told(of id: String, isEnabled: Bool) -> KeyDescription {
        KeyDescription(id: id, arn: arn(id), isEnabled: isEnabled)
    }

    private func arn(_ id: String) -> String { "arn:aws:kms:\(region):\(account):key/\(id)" }

    /// AWS answers with ARNs whatever name was asked for; a key whose id only this server would take is shown by that id.
    private func shown(_ id: String) -> String { KeyName.isAssigned(id) ? arn(id) : id }

    private func missing(_ name: KeyName) -> MissingKey {
        switch name {
        case .id(let id): KeyName.isAssigned(id) ? .key(arn: arn(id)) : .invalidID(id)
        case .alias(let alias): .alias(arn: "arn:aws:kms:\(region):\(account):alias/\(alias)")
        }
    }

    /// A text that is no name here.
    private func missing(_ text: String) -> MissingKey {
        guard let arn = ARN(text), arn.service == "kms" else { return .invalidID(text) }
        return arn.region == region.rawValue ? .key(arn: text) : .otherRegion(arn.region)
    }

    private func uuid() -> String {
        var bytes = DataKey.randomBytes(16, random)
        // Version 4, variant 1: RFC 9562, section 5.4.
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array(Hex.encode(bytes))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}
