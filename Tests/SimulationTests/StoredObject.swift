import Bytes
import Model
import StoragePorts

/// What the simulated domain stores: objects with payloads, and messages that announce them.
///
/// Keys: `o/<name>` -> StoredObject; `m/<lsn>` -> a message, put by the reaction to the object's fact; `c/<name>` -> a count.
struct StoredObject: Equatable, Sendable {
    let extent: Extent
    /// Says what the payload's bytes are.
    let seed: UInt64
    let isAnnounced: Bool

    static let created = Fact.Kind(rawValue: 700)

    /// What a domain would do for a queue: the message is put by whoever reacts to the fact.
    static let announcement = Reaction(to: created) { transaction, fact in
        transaction.put(key("m/", transaction.lsn.rawValue), fact.payload)
    }

    static func key(_ prefix: String, _ number: UInt64) -> [UInt8] {
        [StorageKeys.domainFloor] + Array(prefix.utf8) + StorageKeys.bigEndian(number)
    }

    static func objectKey(_ name: Int) -> [UInt8] { key("o/", UInt64(name)) }
    static func countKey(_ name: Int) -> [UInt8] { key("c/", UInt64(name)) }

    static let allObjects = KeyRange.prefix([StorageKeys.domainFloor] + Array("o/".utf8))
    static let allMessages = KeyRange.prefix([StorageKeys.domainFloor] + Array("m/".utf8))

    var encoded: [UInt8] {
        [extent.kind.rawValue, isAnnounced ? 1 : 0] + StorageKeys.bigEndian(extent.container) + StorageKeys.bigEndian(extent.offset)
            + StorageKeys.bigEndian(extent.length) + StorageKeys.bigEndian(seed)
    }

    init(extent: Extent, seed: UInt64, isAnnounced: Bool) {
        self.extent = extent
        self.seed = seed
        self.isAnnounced = isAnnounced
    }

    init(_ value: [UInt8]) {
        precondition(value.count == 34)
        func number(_ index: Int) -> UInt64 { StorageKeys.decodeCount(Array(value[(2 + 8 * index)..<(10 + 8 * index)])) }
        extent = Extent(kind: Extent.Kind(rawValue: value[0])!, container: number(0), offset: number(1), length: number(2))
        seed = number(3)
        isAnnounced = value[1] == 1
    }

    var bytes: [UInt8] { Self.bytes(seed: seed, count: Int(extent.length)) }

    /// Cheap to make, different everywhere for different seeds.
    static func bytes(seed: UInt64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var word = seed &* 0x9E37_79B9_7F4A_7C15 | 1
            for index in 0..<count {
                if index & 7 == 0 { word = word &* 0x5851_F42D_4C95_7F2D &+ 0x1405_7B7E_F767_814F }
                buffer[index] = UInt8(truncatingIfNeeded: word >> (UInt64(index & 7) * 8))
            }
            initialized = count
        }
    }
}
