import Envelope
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Keys {
    /// Wraps every key that an older master key wrapped by the current one, in one commit: they are few. Throws `.failed` for a key that
    /// cannot be unwrapped.
    package func rewrap() async throws(KeysError) {
        do {
            _ = try await ledger.commit { [masterKeys] transaction in
                var changed: [(key: [UInt8], record: PBServiceKey)] = []
                try transaction.scan(.prefix([KeysKeys.keyTag]), .forward) { key, value in
                    var record = try PBServiceKey(serializedBytes: Array(value))
                    let id = String(decoding: key[1...], as: UTF8.self)
                    if let again = try masterKeys.rewrap(Array(record.wrappedKey), Self.context(id)) {
                        record.wrappedKey = Data(again)
                        changed.append((Array(key), record))
                    }
                    return .next
                }
                if !changed.isEmpty { try transaction.noteMasterKey(masterKeys.currentID.rawValue) }
                for (key, record) in changed { transaction.put(key, try record.serializedBytes()) }
            }
        } catch { throw KeysError(error) }
    }
}
