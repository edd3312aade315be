import Environment
import StoragePorts
import Synchronization

/// Rewrites one pack without its dead entries, as the next generation. See PackFormat.swift for what is written.
///
/// Steps, and what a crash behind each leaves: the new generation grows under a temporary name (the old one serves, the
/// temporary one is removed at the start); it is synced, renamed and the directory synced (both are complete, the start takes the
/// higher one and removes the other); readers switch; the old one is unlinked. Only then may the ledger forget the dead keys,
/// because the entries that they name are gone for good.
///
/// An entry whose payload is damaged is copied as it is and reported: its record keeps naming damage, not nothing. A pack whose
/// structure is damaged is not touched at all, because what lies in the damaged stretch cannot be named.
final class PackCompaction: Sendable {
    enum Progress: Equatable {
        /// Bytes read and written in this step.
        case copied(Int)
        case complete
        case refused(BlobFinding)
    }

    private static let writeBytes = 1 << 20

    private struct State {
        var walk: PackWalk
        let target: any DiskFile
        var map = PackMap()
        var pending: [UInt8]
        var written: UInt64 = 0
        var findings: [BlobFinding] = []
    }

    let pack: UInt64
    private let store: BlobStore
    private let source: PackGeneration
    private let dead: Set<UInt64>
    private let temporary: String
    private let state: Mutex<State>

    /// `dead`: logical offsets of entries that nothing names. Blocks.
    init(store: BlobStore, pack: UInt64, dead: Set<UInt64>) throws(BlobError) {
        self.store = store
        self.pack = pack
        self.dead = dead
        source = try store.openPack(pack)
        let generation = source.generation + 1
        let path = store.paths.pack(pack, generation: generation) + ".tmp"
        temporary = path
        let target = try mappingDiskErrors { () throws(DiskError) in
            if try store.containers.disk.exists(path) { try store.containers.disk.remove(path) }
            return try store.containers.open(path, .createNew)
        }
        let header = PackFormat.header(pack: pack, generation: generation)
        state = Mutex(State(walk: try PackWalk(source), target: target, pending: header))
    }

    var findings: [BlobFinding] { state.withLock { $0.findings } }

    /// Copies entries until about `budget` bytes are done. Blocks.
    func step(budget: Int) throws(BlobError) -> Progress {
        try state.withLock { state throws(BlobError) in
            var done = 0
            while done < budget {
                switch try state.walk.step() {
                case .entry(let entry, let place):
                    done += PackEntry.headerBytes
                    if dead.contains(entry.logicalOffset) { continue }
                    try copy(entry, place, &state)
                    done += Int(entry.size)
                case .damage(let from, let to):
                    return .refused(
                        BlobFinding(.damaged, file: source.path, offset: from, length: to - from, reason: "no valid entry stands here"))
                case nil:
                    try complete(&state)
                    return .complete
                }
            }
            return .copied(done)
        }
    }

    private func copy(_ entry: PackEntry, _ place: UInt64, _ state: inout State) throws(BlobError) {
        var bytes = try state.walk.bytes(of: entry, at: place)
        guard bytes.count >= entry.usedBytes else { throw .damaged("\(source.path): ends within the entry at \(place)") }
        if let block = bytes.withUnsafeBytes({ PackGeneration.wrongBlock(in: $0, entry) }) {
            state.findings.append(
                BlobFinding(
                    .damaged, file: source.path, offset: place, length: entry.size,
                    reason: "block \(block) of the payload differs from its checksum"))
        }
        bytes.append(contentsOf: repeatElement(0, count: Int(entry.size) - bytes.count))
        state.map.append(logical: entry.logicalOffset, physical: state.written + UInt64(state.pending.count))
        state.pending.append(contentsOf: bytes)
        if state.pending.count >= Self.writeBytes { try flush(&state) }
    }

    private func flush(_ state: inout State) throws(BlobError) {
        let (offset, bytes, target) = (state.written, state.pending, state.target)
        try mappingDiskErrors { () throws(DiskError) in try target.write(at: offset, bytes: bytes) }
        state.written += UInt64(bytes.count)
        state.pending.removeAll(keepingCapacity: true)
    }

    private func complete(_ state: inout State) throws(BlobError) {
        guard state.map.count > 0 else { return }
        state.pending += state.map.encode(at: state.written + UInt64(state.pending.count))
        try flush(&state)
        let target = state.target
        try mappingDiskErrors { () throws(DiskError) in try target.sync() }
    }

    /// Puts the new generation in the old one's place, or removes the pack when nothing in it lives. To be called once, when
    /// `step` was complete. Durable on return. Blocks. Returns the bytes given back.
    func install() throws(BlobError) -> UInt64 {
        let disk = store.containers.disk
        let old = store.paths.pack(pack, generation: source.generation)
        let oldSize = try mappingDiskErrors { () throws(DiskError) in try source.file.size() }
        let (map, newSize) = state.withLock { ($0.map, $0.written) }
        if map.count == 0 {
            try deleteWhole(old)
            return oldSize
        }
        let generation = source.generation + 1
        try mappingDiskErrors { () throws(DiskError) in
            try disk.rename(temporary, to: store.paths.pack(pack, generation: generation))
            try disk.syncDirectory(store.paths.packs)
        }
        let mapBytes = UInt64(map.count * PackMap.entryBytes + PackMap.footerBytes)
        store.catalog.set(pack, generation: generation, entryBytes: newSize - mapBytes - UInt64(PackFormat.headerBytes))
        store.containers.packs.remove(pack)
        // When this fails or a crash undoes it, the next start removes the old generation.
        try? disk.remove(old)
        return oldSize > newSize ? oldSize - newSize : 0
    }

    private func deleteWhole(_ path: String) throws(BlobError) {
        let disk = store.containers.disk
        let entry = store.catalog[pack]
        // First, so that nobody opens it and finds it missing.
        store.catalog.remove(pack)
        store.containers.packs.remove(pack)
        do throws(DiskError) {
            try disk.remove(temporary)
            try disk.remove(path)
            try disk.syncDirectory(store.paths.packs)
        } catch {
            if let entry, (try? disk.exists(path)) == true {
                store.catalog.restore(pack, entry)
            }
            throw BlobError(error)
        }
    }

    /// Removes what was written; the pack stays as it is. Blocks.
    func cancel() {
        try? store.containers.disk.remove(temporary)
    }
}
