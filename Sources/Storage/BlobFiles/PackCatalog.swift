import Environment
import StoragePorts
import Synchronization

/// Which packs there are, which generation of each serves, and how much of each is dead. Numbers only: open files are in
/// `OpenContainers`. Thread-safe.
///
/// Invariants: a pack's generation only rises; a pack at or above `recordedPack` has generation 1 and is neither compacted nor
/// deleted, because the journal's last record may name it as the place to go on from.
final class PackCatalog: Sendable {
    struct Pack: Equatable {
        var generation: UInt32
        /// Bytes of entries in the current generation; for a generation 1 of an earlier process the file's size stands in.
        var entryBytes: UInt64
        /// Bytes of entries that nothing names, as far as the sweep was told. A hint: compaction counts anew.
        var deadBytes: UInt64 = 0
        /// Why compaction leaves it alone from now on.
        var refusal: String?
    }

    private struct State {
        var packs: [UInt64: Pack] = [:]
        var recordedPack: UInt64?
    }

    private let state = Mutex(State())

    /// Lists the packs' directory and settles what a crash left: unfinished generations are removed, and of several generations
    /// of a pack the highest complete one stays. Blocks.
    ///
    /// The names found are made durable first. A process that was killed may have renamed a new generation without syncing the
    /// directory: with the old one removed on the word of that name, a power cut could take both.
    init(disk: any Disk, paths: BlobPaths) throws(BlobError) {
        var found: [UInt64: [UInt32]] = [:]
        let names = try mappingDiskErrors { () throws(DiskError) in
            try disk.syncDirectory(paths.packs)
            return try disk.list(paths.packs)
        }
        var removed = false
        for name in names.sorted() {
            if let (pack, generation) = BlobPaths.generation(name) {
                found[pack, default: []].append(generation)
            } else if name.hasSuffix(".tmp") {
                try mappingDiskErrors { () throws(DiskError) in try disk.remove(paths.packs + "/" + name) }
                removed = true
            }
        }
        for (pack, generations) in found.sorted(by: { $0.key < $1.key }) {
            let (entry, surplus) = try Self.settle(disk, paths, pack, generations.sorted(by: >))
            for generation in surplus {
                try mappingDiskErrors { () throws(DiskError) in try disk.remove(paths.pack(pack, generation: generation)) }
                removed = true
            }
            state.withLock { $0.packs[pack] = entry }
        }
        if removed { try mappingDiskErrors { () throws(DiskError) in try disk.syncDirectory(paths.packs) } }
    }

    /// The generation that serves, and those to remove. With only one there is no choice, and its damage shows when it is read.
    private static func settle(
        _ disk: any Disk, _ paths: BlobPaths, _ pack: UInt64, _ descending: [UInt32]
    ) throws(BlobError) -> (Pack, surplus: [UInt32]) {
        var chosen = descending[0]
        if descending.count > 1 {
            for generation in descending {
                let path = paths.pack(pack, generation: generation)
                let file = try mappingDiskErrors { () throws(DiskError) in try disk.open(path, .readOnly) }
                if (try? PackGeneration(file, path: path, pack: pack, generation: generation)) != nil {
                    chosen = generation
                    break
                }
            }
        }
        let path = paths.pack(pack, generation: chosen)
        let size = try mappingDiskErrors { () throws(DiskError) in try disk.open(path, .readOnly).size() }
        let headerBytes = UInt64(PackFormat.headerBytes)
        return (Pack(generation: chosen, entryBytes: size > headerBytes ? size - headerBytes : 0), descending.filter { $0 != chosen })
    }

    subscript(number: UInt64) -> Pack? { state.withLock { $0.packs[number] } }

    var all: [UInt64: Pack] { state.withLock { $0.packs } }

    func generation(of number: UInt64) -> UInt32? { state.withLock { $0.packs[number]?.generation } }

    /// A new pack, or a new generation of one: its dead bytes are kept.
    func set(_ number: UInt64, generation: UInt32, entryBytes: UInt64) {
        state.withLock { state in
            let dead = state.packs[number]?.deadBytes ?? 0
            state.packs[number] = Pack(generation: generation, entryBytes: entryBytes, deadBytes: dead)
        }
    }

    func restore(_ number: UInt64, _ pack: Pack) { state.withLock { $0.packs[number] = pack } }

    func remove(_ number: UInt64) { state.withLock { _ = $0.packs.removeValue(forKey: number) } }

    func setEntryBytes(_ number: UInt64, _ bytes: UInt64) { state.withLock { $0.packs[number]?.entryBytes = bytes } }

    func addDead(_ number: UInt64, _ bytes: UInt64) { state.withLock { $0.packs[number]?.deadBytes += bytes } }

    func subtractDead(_ number: UInt64, _ bytes: UInt64) {
        state.withLock { state in
            guard let dead = state.packs[number]?.deadBytes else { return }
            state.packs[number]?.deadBytes = dead > bytes ? dead - bytes : 0
        }
    }

    func setDead(_ number: UInt64, _ bytes: UInt64) { state.withLock { $0.packs[number]?.deadBytes = bytes } }

    func refuse(_ number: UInt64, _ reason: String) { state.withLock { $0.packs[number]?.refusal = reason } }

    /// Packs below `number` may be compacted and deleted from now on.
    func setRecorded(_ number: UInt64) {
        state.withLock { $0.recordedPack = max($0.recordedPack ?? 0, number) }
    }

    /// Packs of which more than `percent` is dead, the deadest first.
    func compactable(deadPercent percent: UInt64) -> [UInt64] {
        state.withLock { state in
            guard let recorded = state.recordedPack else { return [] }
            let candidates = state.packs.filter { number, pack in
                number < recorded && pack.refusal == nil && pack.deadBytes > 0 && pack.deadBytes * 100 > pack.entryBytes * percent
            }
            return candidates.sorted { ($0.value.deadBytes, $1.key) > ($1.value.deadBytes, $0.key) }.map(\.key)
        }
    }
}
