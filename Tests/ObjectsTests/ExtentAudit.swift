import ModelLedger
import StoragePorts
import Testing

/// Counts what the ledger's records name against what the storage keys say: every extent is named as often as it was adopted,
/// and everything else is released.
///
/// Reads values by the layout that the domain documents, not by its code.
struct ExtentAudit {
    private(set) var files: [UInt64: UInt64] = [:]
    private(set) var packed: Set<UInt64> = []
    private(set) var faults: [String] = []

    static func check(_ fixture: Fixture, sourceLocation: SourceLocation = #_sourceLocation) {
        let audit = ExtentAudit(fixture)
        #expect(audit.faults == [], sourceLocation: sourceLocation)
    }

    init(_ fixture: Fixture) {
        let contents = fixture.ledger.contents
        for (key, value) in contents where [0x21, 0x22, 0x24].contains(key[0]) { count(value) }
        var references: [UInt64: UInt64] = [:]
        var deadFiles: Set<UInt64> = []
        var deadPacked: Set<UInt64> = []
        for (key, value) in contents where key[0] == 0 {
            let last = StorageKeys.decodeCount(Array(key.suffix(8)))
            switch key[1] {
            case 1: references[last] = StorageKeys.decodeCount(value)
            case 2: deadFiles.insert(last)
            case 3: deadPacked.insert(last)
            default: break
            }
        }
        if references != files { faults.append("references \(references), named \(files)") }
        if !deadFiles.isDisjoint(with: files.keys) { faults.append("dead files are named") }
        if !deadPacked.isDisjoint(with: packed) { faults.append("dead payloads are named") }
        for extent in fixture.blobs.extents where extent.kind == .pack {
            if !packed.contains(extent.offset), !deadPacked.contains(extent.offset) { faults.append("leaked packed \(extent.offset)") }
        }
        let kept = contents.filter { $0.key[0] == 0x28 || $0.key[0] == 0x29 }
        if !kept.isEmpty { faults.append("\(kept.count) marks were not drained") }
    }

    private mutating func count(_ value: [UInt8]) {
        let container = Self.number(value, 48)
        let offset = Self.number(value, 56)
        switch value[1] & 7 {
        case 1: if !packed.insert(offset).inserted { faults.append("packed \(offset) is named twice") }
        case 2: files[container, default: 0] += 1
        case 0, 3, 4: break
        default: faults.append("layout \(value[1])")
        }
    }

    private static func number(_ value: [UInt8], _ offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(value[offset + $1]) << UInt64(8 * $1) }
    }
}
