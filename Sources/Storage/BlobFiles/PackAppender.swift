import Environment
import NIOCore
import StoragePorts

/// Where the next entry goes: everything before `end` in `pack` and all earlier packs belong to records up to here. Stored in
/// each journal record.
package struct PackPosition: Hashable, Sendable {
    package let pack: UInt64
    package let end: UInt64

    package init(pack: UInt64, end: UInt64) {
        self.pack = pack
        self.end = end
    }
}

/// A pack that entries go to.
private final class ActivePack {
    let number: UInt64
    let file: any DiskFile
    /// Behind the last staged entry.
    var end: UInt64
    /// The file holds entries or zeros up to here.
    var filledTo: UInt64

    init(number: UInt64, file: any DiskFile, end: UInt64) {
        self.number = number
        self.file = file
        self.end = end
        self.filledTo = end
    }
}

/// Appends small payloads to the active pack, in batches. Owned by the ledger's thread: not thread-safe, and its calls block.
///
/// A batch: `stage` for each payload (`mark` and `rollBack` around a transaction), one `write`, one `sync`, and when the
/// journal's record is durable too, `recorded`. Staging assigns the place and finds a full disk, because it writes zeros ahead;
/// payloads are not copied but held until the write. Layout: PackFormat.swift.
package final class PackAppender {
    /// An undo point within a batch; void after `write`.
    package struct Mark {
        let staged: Int
        let between: Int
        let runs: Int
        let lastRunCount: Int
        fileprivate let pack: ActivePack?
        let end: UInt64
    }

    /// Entries of one pack that lie one behind the other; a batch that fills a pack goes on in the next.
    private struct Run {
        let pack: ActivePack
        let start: UInt64
        var count: Int
    }

    private static let headerEnd = UInt64(PackFormat.headerBytes)

    private let store: BlobStore
    private var active: ActivePack?
    /// The active pack when the batch began.
    private var packAtStart: ActivePack?
    private var endAtStart: UInt64 = 0
    /// Empty packs, made for entries that were undone; ascending, all above the active one.
    private var unused: [ActivePack] = []

    private var runs: [Run] = []
    private var staged: [ByteBuffer] = []
    /// What lies between payloads, of all staged entries in order: header, then table and padding. `betweenEnds` has where each
    /// of these parts ends.
    private var between = ByteBuffer()
    private var betweenEnds: [Int] = []
    private var pieces: [UnsafeRawBufferPointer] = []
    private var unsynced: [ActivePack] = []

    init(store: BlobStore) {
        self.store = store
    }

    /// Behind the last staged entry, for the record; nil before the first entry of a data folder.
    package var position: PackPosition? { active.map { PackPosition(pack: $0.number, end: $0.end) } }

    /// Something waits for `write`.
    package var hasStaged: Bool { !staged.isEmpty }

    // MARK: Start

    /// Opens the pack that the journal's last record names and cuts what lies behind it; with nil, when the journal has no record,
    /// all packs are the first batch's, and garbage. To be called once, before staging. Throws `BlobError.damaged` naming the file when
    /// the pack cannot hold what the records say.
    package func recover(to recorded: PackPosition?) throws(BlobError) {
        precondition(active == nil && staged.isEmpty)
        let numbers = store.catalog.all.keys.sorted()
        guard let recorded else { return try removePacks(numbers) }
        try removePacks(numbers.filter { $0 > recorded.pack })
        let path = store.paths.pack(recorded.pack, generation: 1)
        guard store.catalog.generation(of: recorded.pack) == 1 else {
            throw .damaged("\(path): missing, and the journal's last record names it")
        }
        let file = try mappingDiskErrors { () throws(DiskError) in try store.containers.open(path, .readWrite) }
        _ = try PackGeneration(file, path: path, pack: recorded.pack, generation: 1)
        let size = try mappingDiskErrors { () throws(DiskError) in try file.size() }
        guard size >= recorded.end, recorded.end >= UInt64(PackFormat.headerBytes), recorded.end % PackFormat.alignment == 0 else {
            throw .damaged("\(path): \(size) bytes long, but the journal's last record names \(recorded.end) of them")
        }
        // Durably: an old entry that came back after the next crash could pass for a new one of the same length.
        try mappingDiskErrors { () throws(DiskError) in
            try file.truncate(to: recorded.end)
            try file.sync()
        }
        active = ActivePack(number: recorded.pack, file: file, end: recorded.end)
        beginBatch()
        store.catalog.setEntryBytes(recorded.pack, recorded.end - UInt64(PackFormat.headerBytes))
        store.catalog.setRecorded(recorded.pack)
    }

    private func removePacks(_ numbers: [UInt64]) throws(BlobError) {
        guard !numbers.isEmpty else { return }
        for number in numbers {
            let generation = store.catalog.generation(of: number) ?? 1
            try mappingDiskErrors { () throws(DiskError) in
                try store.containers.disk.remove(store.paths.pack(number, generation: generation))
            }
            store.catalog.remove(number)
        }
        try mappingDiskErrors { () throws(DiskError) in try store.containers.disk.syncDirectory(store.paths.packs) }
    }

    // MARK: A batch

    package func mark() -> Mark {
        Mark(
            staged: staged.count, between: between.writerIndex, runs: runs.count, lastRunCount: runs.last?.count ?? 0, pack: active,
            end: active?.end ?? 0)
    }

    /// Assigns the payload's place and keeps the bytes for `write`. Throws `BlobError.noSpace` when the disk cannot take it, and
    /// other `BlobError`s; nothing is staged then, and later payloads may do better.
    package func stage(_ payload: SmallPayload) throws(BlobError) -> Extent {
        guard store.hasRoomForPayloads else { throw .noSpace }
        let length = payload.bytes.readableBytes
        let size = PackEntry.size(payload: length)
        let pack = try room(for: size)
        let entry = PackEntry(pack: pack.number, length: length, logicalOffset: pack.end)
        precondition(payload.blockChecksums.count == BlockTable.count(payload: UInt64(length)))

        if runs.last?.pack !== pack { runs.append(Run(pack: pack, start: pack.end, count: 0)) }
        runs[runs.count - 1].count += 1
        entry.encodeHeader(into: &between)
        betweenEnds.append(between.writerIndex)
        for checksum in payload.blockChecksums { between.writeInteger(checksum, endianness: .little) }
        between.writeRepeatingByte(0, count: Int(size) - entry.usedBytes)
        betweenEnds.append(between.writerIndex)
        staged.append(payload.bytes)
        pack.end += size
        return Extent(kind: .pack, container: pack.number, offset: entry.logicalOffset, length: UInt64(length))
    }

    /// Undoes what was staged since `mark` of this batch.
    package func rollBack(to mark: Mark) {
        precondition(mark.staged <= staged.count && mark.runs <= runs.count)
        staged.removeLast(staged.count - mark.staged)
        between.moveWriterIndex(to: mark.between)
        betweenEnds.removeLast(betweenEnds.count - 2 * mark.staged)
        var emptied: [ActivePack] = []
        for run in runs[mark.runs...] where run.pack !== mark.pack {
            run.pack.end = Self.headerEnd
            emptied.append(run.pack)
        }
        unused.insert(contentsOf: emptied, at: 0)
        runs.removeLast(runs.count - mark.runs)
        if !runs.isEmpty { runs[runs.count - 1].count = mark.lastRunCount }
        active = mark.pack
        active?.end = mark.end
    }

    /// Undoes everything staged since the last `write`.
    package func discardStaged() {
        rollBack(to: Mark(staged: 0, between: 0, runs: 0, lastRunCount: 0, pack: packAtStart, end: endAtStart))
    }

    /// Writes what is staged: one vectored write for each pack touched, nearly always one. Nothing is durable before `sync`. After
    /// an error the batch may be discarded with `discardStaged`; what was written of it is garbage behind `position`.
    package func write() throws(BlobError) {
        var first = 0
        for run in runs {
            fillPieces(first..<(first + run.count))
            try mappingDiskErrors { () throws(DiskError) in try run.pack.file.write(at: run.start, pieces) }
            first += run.count
            if !unsynced.contains(where: { $0 === run.pack }) { unsynced.append(run.pack) }
        }
        pieces.removeAll(keepingCapacity: true)
        for pack in [packAtStart].compactMap({ $0 }) + runs.map(\.pack) where pack !== active { close(pack) }
        runs.removeAll(keepingCapacity: true)
        staged.removeAll(keepingCapacity: true)
        between.clear()
        betweenEnds.removeAll(keepingCapacity: true)
        if let active { store.catalog.setEntryBytes(active.number, active.end - Self.headerEnd) }
        beginBatch()
    }

    /// Everything written is durable on return. After an error nothing is known: never retry, poison the ledger.
    package func sync() throws(BlobError) {
        for pack in unsynced { try mappingDiskErrors { () throws(DiskError) in try pack.file.sync() } }
        unsynced.removeAll(keepingCapacity: true)
    }

    /// The journal durably holds a record with this position: packs before it may be compacted.
    package func recorded(_ position: PackPosition) {
        store.catalog.setRecorded(position.pack)
    }

    private func beginBatch() {
        packAtStart = active
        endAtStart = active?.end ?? 0
    }

    private func fillPieces(_ range: Range<Int>) {
        pieces.removeAll(keepingCapacity: true)
        let gaps = between.unretainedBytes
        for index in range {
            let start = index == 0 ? 0 : betweenEnds[2 * index - 1]
            let headerEnd = betweenEnds[2 * index]
            pieces.append(UnsafeRawBufferPointer(rebasing: gaps[start..<headerEnd]))
            pieces.append(staged[index].unretainedBytes)
            pieces.append(UnsafeRawBufferPointer(rebasing: gaps[headerEnd..<betweenEnds[2 * index + 1]]))
        }
    }

    // MARK: Packs

    /// The pack that takes the next `size` bytes, with the space filled. The active pack changes only when that has worked.
    private func room(for size: UInt64) throws(BlobError) -> ActivePack {
        if let active, active.end + size <= store.limits.packBytesMax || active.end == Self.headerEnd {
            try fill(active, to: active.end + size)
            return active
        }
        if unused.isEmpty { unused.append(try makePack()) }
        let fresh = unused[0]
        try fill(fresh, to: fresh.end + size)
        unused.removeFirst()
        active = fresh
        return fresh
    }

    private func fill(_ pack: ActivePack, to end: UInt64) throws(BlobError) {
        guard end > pack.filledTo else { return }
        let ahead = max(end, min(end + UInt64(store.limits.zeroAheadBytes), store.limits.packBytesMax))
        try mappingDiskErrors { () throws(DiskError) in try pack.file.preallocate(to: ahead) }
        pack.filledTo = ahead
    }

    /// An empty pack whose name and header are durable.
    private func makePack() throws(BlobError) -> ActivePack {
        let number = try store.numbers.take()
        let path = store.paths.pack(number, generation: 1)
        var isCreated = false
        do throws(DiskError) {
            let file = try store.containers.open(path, .createNew)
            isCreated = true
            try file.write(at: 0, bytes: PackFormat.header(pack: number, generation: 1))
            try file.sync()
            try store.containers.disk.syncDirectory(store.paths.packs)
            store.catalog.set(number, generation: 1, entryBytes: 0)
            return ActivePack(number: number, file: file, end: Self.headerEnd)
        } catch {
            if isCreated { try? store.containers.disk.remove(path) }
            throw BlobError(error)
        }
    }

    /// Nothing more goes to this pack: its zeros are given back. No harm when that fails or a crash undoes it.
    private func close(_ pack: ActivePack) {
        store.catalog.setEntryBytes(pack.number, pack.end - Self.headerEnd)
        try? pack.file.truncate(to: pack.end)
    }
}
