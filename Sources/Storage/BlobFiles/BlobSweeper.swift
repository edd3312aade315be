import Environment
import StoragePorts
import Synchronization

/// What one pass did.
package struct SweepReport: Sendable, Equatable {
    package var deadFiles = 0
    package var orphans = 0
    package var packsCompacted = 0
    package var packsDeleted = 0
    package var bytesReclaimed: UInt64 = 0
    /// Damage met on the way; nothing damaged was dropped.
    package var findings: [BlobFinding] = []

    package init() {}
}

/// Reclaims what nothing names: files that commits gave up, leftovers of crashes and of writers that went away, and packs that are
/// mostly dead. Works while serving: a reader keeps what it has opened, and removals happen one at a time.
///
/// Order, so that a crash between two steps loses no byte that is named and forgets no byte that is not:
/// - A dead file is unlinked, then its key is deleted. A crash between: the key is there, the file is not, and the next pass
///   deletes the key. Was the unlink undone by the crash: the file has no key at all and is an orphan.
/// - An orphan has neither key. Files of this process are orphans only when their writer has gone after its commit.
/// - Packs: see PackCompaction.swift.
package actor BlobSweeper {
    /// Keys in one commit or one read, so that neither holds up the ledger.
    private static let keysMax = 1000
    private static let compactionStepBytes = 1 << 20

    private let store: BlobStore
    private let ledger: any SweepLedger
    private let clock: any Clock
    private let gate = SweepGate()
    private var isSweeping = false
    private var knowsDeadBytes = false
    /// Directories of files that were not yet searched for leftovers of earlier processes; nil before the first pass.
    private var unsearched: [String]?
    /// When a dead file was first met, on the monotonic clock.
    private var firstSeen: [UInt64: UInt64] = [:]

    /// The first pass is to be run when the ledger has replayed its journal.
    package init(store: BlobStore, ledger: any SweepLedger, clock: any Clock) {
        self.store = store
        self.ledger = ledger
        self.clock = clock
    }

    /// Nothing is removed from when this returns until the token is resumed or goes away.
    package func pauseSweeping() async throws -> SweepPause {
        try await store.pool.run { [gate] in gate.pause() }
        return SweepPause(gate)
    }

    /// One pass over all that may be reclaimed now; does nothing while another runs or sweeping is paused. Throws what the ledger or
    /// the disk threw; a later pass goes on where this one stopped.
    package func pass() async throws -> SweepReport {
        var report = SweepReport()
        guard !isSweeping, !gate.isPaused else { return report }
        isSweeping = true
        defer { isSweeping = false }
        try await countDeadBytes()
        try await sweepDeadFiles(&report)
        try await sweepGivenBack(&report)
        try await sweepLeftovers(&report)
        for pack in store.catalog.compactable(deadPercent: store.limits.compactionDeadPercent) where !gate.isPaused {
            try await compact(pack, &report)
        }
        store.counters.add { [report] counts in
            counts.sweepPasses += 1
            counts.deadFilesSwept += UInt64(report.deadFiles)
            counts.orphansSwept += UInt64(report.orphans)
            counts.packsCompacted += UInt64(report.packsCompacted)
            counts.packsDeleted += UInt64(report.packsDeleted)
            counts.packBytesReclaimed += report.bytesReclaimed
        }
        return report
    }

    // MARK: Files

    private func sweepDeadFiles(_ report: inout SweepReport) async throws {
        var range = StorageKeys.allDeadFiles
        var seen: Set<UInt64> = []
        while true {
            let dead = try await ledger.read { [range] reader in try Self.deadFiles(reader, range) }
            seen.formUnion(dead.map(\.number))
            var gone: [[UInt8]] = []
            for file in dead where file.isNamed || isDue(file.number) {
                if file.isNamed {
                    // Named again since: the key is void.
                    gone.append(StorageKeys.deadFile(file.number))
                } else if try await unlink(file.number) {
                    gone.append(StorageKeys.deadFile(file.number))
                    report.deadFiles += 1
                }
            }
            if !gone.isEmpty { try await ledger.delete(gone) }
            guard dead.count == Self.keysMax, let last = dead.last else { break }
            range = KeyRange(from: StorageKeys.deadFile(last.number + 1), to: range.upper)
        }
        firstSeen = firstSeen.filter { seen.contains($0.key) }
    }

    private static func deadFiles(_ reader: any KeyValueReader, _ range: KeyRange) throws -> [(number: UInt64, isNamed: Bool)] {
        var numbers: [UInt64] = []
        try reader.scan(range, .forward) { key, _ in
            if let number = StorageKeys.file(inDeadFile: Array(key)) { numbers.append(number) }
            return numbers.count < keysMax ? .next : .stop
        }
        return try numbers.map { ($0, try reader.get(StorageKeys.fileReferences($0)) != nil) }
    }

    private func isDue(_ file: UInt64) -> Bool {
        let now = clock.monotonicNanoseconds()
        let since = firstSeen[file] ?? now
        firstSeen[file] = since
        let limits = store.limits
        let grace = store.isShortOfSpace ? min(limits.deadFileGrace, limits.deadFileGraceWhenShort) : limits.deadFileGrace
        let (seconds, attoseconds) = grace.components
        return now - since >= UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// False when sweeping is paused. A file that is gone already counts as unlinked.
    private func unlink(_ number: UInt64) async throws -> Bool {
        try await store.pool.run { [store, gate] in
            let done = try gate.removing { () throws(BlobError) -> Bool in
                store.containers.files.remove(number)
                do throws(DiskError) {
                    try store.containers.disk.remove(store.paths.file(number))
                } catch {
                    guard error.kind == .notFound else { throw BlobError(error) }
                }
                return true
            }
            return done ?? false
        }
    }

    private func sweepGivenBack(_ report: inout SweepReport) async throws {
        let numbers = store.givenBack.withLock { numbers in
            defer { numbers = [] }
            return numbers
        }
        do {
            try await sweepUnnamed(numbers, &report)
        } catch {
            store.givenBack.withLock { $0.append(contentsOf: numbers) }
            throw error
        }
    }

    private func sweepLeftovers(_ report: inout SweepReport) async throws {
        if unsearched == nil {
            unsearched = try await store.pool.run { [store] in try store.containers.disk.list(store.paths.files).sorted() }
        }
        while let directory = unsearched?.last, !gate.isPaused {
            let numbers = try await store.pool.run { [store] in
                let names = try store.containers.disk.list(store.paths.files + "/" + directory)
                return names.compactMap { BlobPaths.number($0) }.filter { $0 < store.numbers.first }.sorted()
            }
            try await sweepUnnamed(numbers, &report)
            unsearched?.removeLast()
        }
    }

    /// Unlinks those of the files that have neither a reference nor a dead key.
    private func sweepUnnamed(_ numbers: [UInt64], _ report: inout SweepReport) async throws {
        var rest = numbers[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.keysMax))
            rest = rest.dropFirst(some.count)
            let unnamed = try await ledger.read { reader in
                try some.filter { number in
                    if try reader.get(StorageKeys.fileReferences(number)) != nil { return false }
                    return try reader.get(StorageKeys.deadFile(number)) == nil
                }
            }
            for number in unnamed {
                if try await unlink(number) { report.orphans += 1 } else { store.giveBack(number) }
            }
        }
    }

    // MARK: Packs

    /// Once: what earlier processes left dead. Commits add to it as they are applied.
    private func countDeadBytes() async throws {
        guard !knowsDeadBytes else { return }
        let dead = try await ledger.read { reader in
            var dead: [UInt64: UInt64] = [:]
            try reader.scan(StorageKeys.allDeadPacked, .forward) { key, value in
                if let (pack, _) = StorageKeys.packed(inDeadPacked: Array(key)) { dead[pack, default: 0] += Self.entrySize(value) }
                return .next
            }
            return dead
        }
        for (pack, bytes) in dead {
            if store.catalog[pack] == nil {
                // The pack was deleted; a crash came before its keys were.
                try await deleteKeys(of: pack, try await deadEntries(of: pack).keys)
            } else {
                store.catalog.setDead(pack, bytes)
            }
        }
        knowsDeadBytes = true
    }

    private static func entrySize(_ value: UnsafeRawBufferPointer) -> UInt64 {
        let length = StorageKeys.decodeCount(Array(value))
        return length <= UInt64(BlobLimits.packedBytesMax) ? PackEntry.size(payload: Int(length)) : 0
    }

    /// Logical offsets of a pack's dead entries and their sizes.
    private func deadEntries(of pack: UInt64) async throws -> [UInt64: UInt64] {
        try await ledger.read { reader in
            var dead: [UInt64: UInt64] = [:]
            try reader.scan(StorageKeys.deadPacked(in: pack), .forward) { key, value in
                if let (_, offset) = StorageKeys.packed(inDeadPacked: Array(key)) { dead[offset] = Self.entrySize(value) }
                return .next
            }
            return dead
        }
    }

    private func deleteKeys(of pack: UInt64, _ offsets: some Sequence<UInt64>) async throws {
        var rest = offsets.sorted()[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.keysMax)
            rest = rest.dropFirst(some.count)
            try await ledger.delete(some.map { StorageKeys.deadPacked(pack, $0) })
        }
    }

    private func compact(_ pack: UInt64, _ report: inout SweepReport) async throws {
        let dead = try await deadEntries(of: pack)
        let source = try await store.pool.run { [store] in try store.openPack(pack) }
        // Keys that a crash kept after an earlier compaction.
        let stale = dead.keys.filter { source.place(ofLogical: $0) == nil }
        try await deleteKeys(of: pack, stale)
        let held = dead.filter { source.place(ofLogical: $0.key) != nil }
        let deadBytes = held.values.reduce(0, +)
        store.catalog.setDead(pack, deadBytes)
        guard store.catalog.compactable(deadPercent: store.limits.compactionDeadPercent).contains(pack) else { return }

        let compaction = try await store.pool.run { [store] in
            try PackCompaction(store: store, pack: pack, dead: Set(held.keys))
        }
        guard try await copy(compaction, &report) else { return }
        let reclaimed = try await store.pool.run { [gate] in try gate.removing { () throws(BlobError) in try compaction.install() } }
        guard let reclaimed else { return try await store.pool.run { compaction.cancel() } }
        store.catalog.subtractDead(pack, deadBytes)
        report.bytesReclaimed += reclaimed
        if store.catalog[pack] == nil { report.packsDeleted += 1 } else { report.packsCompacted += 1 }
        try await deleteKeys(of: pack, held.keys)
    }

    /// False when the pack was refused.
    private func copy(_ compaction: PackCompaction, _ report: inout SweepReport) async throws -> Bool {
        defer { report.findings += compaction.findings }
        do {
            while true {
                switch try await store.pool.run({ try compaction.step(budget: Self.compactionStepBytes) }) {
                case .copied(let bytes): try await pace(bytes)
                case .complete: return true
                case .refused(let finding):
                    report.findings.append(finding)
                    store.catalog.refuse(compaction.pack, finding.description)
                    try await store.pool.run { compaction.cancel() }
                    return false
                }
            }
        } catch {
            try? await store.pool.run { compaction.cancel() }
            throw error
        }
    }

    private func pace(_ bytes: Int) async throws {
        guard let rate = store.limits.compactionBytesPerSecond else { return }
        try await Task.sleep(nanoseconds: UInt64(bytes) * 1_000_000_000 / UInt64(max(rate, 1)))
    }
}
