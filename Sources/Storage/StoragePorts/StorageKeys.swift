/// Keys that storage keeps for itself in the key-value space. Layouts are frozen in docs/FORMAT.md.
///
/// All begin with 0x00; domains begin at `domainFloor`. Numbers are 8 bytes, big-endian.
package enum StorageKeys {
    /// Domains' keys begin with this byte or a higher one.
    package static let domainFloor: UInt8 = 0x10

    static let fileReferencesTag: UInt8 = 0x01
    static let deadFileTag: UInt8 = 0x02
    static let deadPackedTag: UInt8 = 0x03
    static let cursorTag: UInt8 = 0x04
    static let masterKeyTag: UInt8 = 0x05

    /// `00 01 file` -> count of records that name the file.
    package static func fileReferences(_ file: UInt64) -> [UInt8] { [0, fileReferencesTag] + bigEndian(file) }
    /// `00 02 file` -> payload length of a file that nothing names any more.
    package static func deadFile(_ file: UInt64) -> [UInt8] { [0, deadFileTag] + bigEndian(file) }
    /// `00 03 pack offset` -> payload length of a packed payload that nothing names any more.
    package static func deadPacked(_ pack: UInt64, _ offset: UInt64) -> [UInt8] {
        [0, deadPackedTag] + bigEndian(pack) + bigEndian(offset)
    }
    /// `00 04 name` -> a consumer's position.
    package static func cursor(_ name: String) -> [UInt8] { [0, cursorTag] + Array(name.utf8) }

    /// `00 05 id` -> LSN of the first commit that held a wrap of this master key.
    package static func masterKey(_ id: UInt64) -> [UInt8] { [0, masterKeyTag] + bigEndian(id) }

    /// The file of a `deadFile` key; nil for any other key.
    package static func file(inDeadFile key: [UInt8]) -> UInt64? {
        guard key.count == 10, key[0] == 0, key[1] == deadFileTag else { return nil }
        return number(in: key, at: 2)
    }

    /// Pack and logical offset of a `deadPacked` key; nil for any other key.
    package static func packed(inDeadPacked key: [UInt8]) -> (pack: UInt64, offset: UInt64)? {
        guard key.count == 18, key[0] == 0, key[1] == deadPackedTag else { return nil }
        return (number(in: key, at: 2), number(in: key, at: 10))
    }

    private static func number(in key: [UInt8], at offset: Int) -> UInt64 {
        key[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    package static let allFileReferences = KeyRange.prefix([0, fileReferencesTag])
    package static let allDeadFiles = KeyRange.prefix([0, deadFileTag])
    package static let allDeadPacked = KeyRange.prefix([0, deadPackedTag])
    package static let allCursors = KeyRange.prefix([0, cursorTag])
    package static let allMasterKeys = KeyRange.prefix([0, masterKeyTag])
    package static func deadPacked(in pack: UInt64) -> KeyRange { .prefix([0, deadPackedTag] + bigEndian(pack)) }

    package static func encodeCount(_ count: UInt64) -> [UInt8] { bigEndian(count) }

    package static func decodeCount(_ value: [UInt8]) -> UInt64 {
        precondition(value.count == 8)
        return value.reduce(0) { $0 << 8 | UInt64($1) }
    }

    package static func bigEndian(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
