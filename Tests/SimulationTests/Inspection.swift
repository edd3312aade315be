import BlobFiles
import EmbeddedStorage
import Model
import SimulationKit
import StoragePorts

/// What must hold of a storage that has just been opened, whatever happened before.
struct Inspection {
    let world: World
    /// What its earlier lives did.
    let history: History.State

    /// Commits of one round.
    private static let underWayMax: UInt64 = 8

    /// Everything acknowledged is there, and nothing that was not tried: the state is that after a prefix of the commits. Throws a
    /// `Finding`.
    func check(_ scenario: Scenario) throws {
        let last = world.storage.recovered.last
        guard last.rawValue >= history.acknowledged else {
            throw Finding("acknowledged up to \(history.acknowledged), recovered up to \(last)")
        }
        guard last.rawValue <= history.acknowledged + Self.underWayMax else {
            throw Finding("tried up to \(history.acknowledged) and a few, recovered up to \(last)")
        }
        let entries = try scenario.loop.run { [ledger = world.storage.ledger] in try await ledger.read { try Self.entries($0) } }
        try checkContents(entries, last)
        try checkFeed(scenario, last)
        try scenario.run { await Self.checkObjects(scenario, entries) }
    }

    static func entries(_ reader: any KeyValueReader) throws -> [[UInt8]: [UInt8]] {
        var entries: [[UInt8]: [UInt8]] = [:]
        try reader.scan(KeyRange(from: [0, 1], to: nil), .forward) { key, value in
            entries[Array(key)] = Array(value)
            return .next
        }
        return entries
    }

    private func checkContents(_ entries: [[UInt8]: [UInt8]], _ last: LSN) throws {
        let expected = history.contents(upTo: last)
        for (key, value) in expected where entries[key] != value && !Self.mayBeSwept(key) {
            throw Finding("at \(last) \(key) is \(String(describing: entries[key])) and not \(value)")
        }
        for (key, value) in entries where expected[key] != value {
            if key.starts(with: StorageKeys.cursor("")) {
                let position = StorageKeys.decodeCount(value)
                if (history.cursorAcknowledged...history.cursorAttempted).contains(position) { continue }
            }
            throw Finding("at \(last) \(key) is \(value) and not \(String(describing: expected[key]))")
        }
        if history.cursorAcknowledged > 0, entries[StorageKeys.cursor(Scenario.cursorName)] == nil { throw Finding("the cursor is lost") }
    }

    private static func mayBeSwept(_ key: [UInt8]) -> Bool {
        StorageKeys.allDeadFiles.contains(key) || StorageKeys.allDeadPacked.contains(key)
    }

    /// From the oldest record on there is no gap, and each record says what its commit did.
    private func checkFeed(_ scenario: Scenario, _ last: LSN) throws {
        let ledger = world.storage.ledger
        guard ledger.applied == last else { throw Finding("applied up to \(ledger.applied), recovered up to \(last)") }
        var position = LSN.zero
        do {
            _ = try scenario.loop.run { try await ledger.records(after: .zero, countMax: 1) }
        } catch LedgerError.positionNotRetained(let oldest) {
            position = LSN(oldest.rawValue - 1)
            guard position.rawValue <= history.cursorAttempted else {
                throw Finding("records up to \(position) are gone, beyond the cursor")
            }
        }
        while position < last {
            let page = try scenario.loop.run { [position] in try await ledger.records(after: position, countMax: 50) }
            guard !page.isEmpty else { throw Finding("the feed ends at \(position), not at \(last)") }
            for record in page {
                position = position.next
                let effect = history.effects[position.rawValue]
                guard record.lsn == position, record.facts == effect?.facts ?? [], effect.map({ $0.time == record.time }) ?? true else {
                    throw Finding("the feed gives \(record) where \(position) was expected: \(String(describing: effect))")
                }
            }
        }
    }

    /// Every object reads back whole, and each announced one agrees with its message.
    private static func checkObjects(_ scenario: Scenario, _ entries: [[UInt8]: [UInt8]]) async {
        for (key, value) in entries.filter({ StoredObject.allObjects.contains($0.key) }).sorted(by: {
            $0.key.lexicographicallyPrecedes($1.key)
        }) {
            do {
                try await scenario.verify(StoredObject(value))
            } catch {
                scenario.find("object \(key), \(StoredObject(value)): \(error)")
            }
        }
    }
}

// MARK: Leaks

extension Inspection {
    /// Sweeps all that may be swept, closes the storage, and checks that every byte on the disk is named or known to be dead, with right
    /// checksums. Throws a `Finding`.
    func closeAndCheckForLeaks(_ scenario: Scenario, _ disk: SimDisk) throws {
        for _ in 0..<3 {
            try scenario.run { await scenario.sweep() }
            world.clock.advance(by: .seconds(60))
        }
        let entries = try scenario.loop.run { [ledger = world.storage.ledger] in try await ledger.read { try Self.entries($0) } }
        try scenario.loop.run { [storage = world.storage] in storage.close() }
        let live = Set(entries.filter { StoredObject.allObjects.contains($0.key) }.values.map { StoredObject($0).extent })
        let dead = entries.compactMap { key, value in
            StorageKeys.packed(inDeadPacked: key).map {
                Extent(kind: .pack, container: $0.pack, offset: $0.offset, length: StorageKeys.decodeCount(value))
            }
        }
        if entries.contains(where: { StorageKeys.allDeadFiles.contains($0.key) }) { throw Finding("a dead file was not swept") }
        guard live.isDisjoint(with: dead) else { throw Finding("an extent is live and dead") }
        try checkReferences(entries)
        // Recovery has cut what lay behind the last record: every pack counts.
        let everything = PackPosition(pack: .max, end: 0)
        let ofLive = try BlobVerifier.verify(disk, root: World.root, named: live, position: everything)
        if let finding = ofLive.findings.first { throw Finding("after the sweep: \(finding)") }
        // Dead keys may outlive their entries, but no entry is neither live nor dead.
        let ofAll = try BlobVerifier.verify(disk, root: World.root, named: live.union(dead), position: everything)
        if ofAll.unnamedEntries > 0 { throw Finding("\(ofAll.unnamedEntries) entries of packs are neither live nor dead") }
        try checkNames(disk)
    }

    private func checkReferences(_ entries: [[UInt8]: [UInt8]]) throws {
        var counts: [UInt64: UInt64] = [:]
        for (key, value) in entries where StoredObject.allObjects.contains(key) && StoredObject(value).extent.kind == .file {
            counts[StoredObject(value).extent.container, default: 0] += 1
        }
        for (file, count) in counts where entries[StorageKeys.fileReferences(file)].map(StorageKeys.decodeCount) != count {
            throw Finding("file \(file) is named \(count) times, which its references do not say")
        }
        let references = entries.keys.count { StorageKeys.allFileReferences.contains($0) }
        if references != counts.count { throw Finding("\(references) files have references, \(counts.count) are named") }
    }

    /// Besides blobs there is the folder's own, segments, and at most one spare.
    private func checkNames(_ disk: SimDisk) throws {
        let known = ["lock", "format", "journal", "blobs", "packs", "blob-numbers"]
        let unknown = try disk.list(World.root).filter { !known.contains($0) }
        if let name = unknown.first { throw Finding("\(name) is in the data folder") }
        let journal = try disk.list("\(World.root)/journal").filter { !$0.hasSuffix(".seg") }
        if journal.count > 1 || journal.contains(where: { !$0.hasSuffix(".spare") }) { throw Finding("the journal holds \(journal)") }
    }
}
