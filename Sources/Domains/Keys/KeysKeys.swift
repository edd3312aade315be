/// Where the Keys domain keeps what in the ledger. Frozen (docs/FORMAT.md).
///
///     60 id      -> ServiceKey
///     61 alias   -> the id of the alias's key
enum KeysKeys {
    static let keyTag: UInt8 = 0x60
    static let aliasTag: UInt8 = 0x61

    static func key(_ id: String) -> [UInt8] { [keyTag] + id.utf8 }
    static func alias(_ name: String) -> [UInt8] { [aliasTag] + name.utf8 }
}
