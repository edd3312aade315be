import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How far a report is.
package struct InventoryProgress: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        package let key: String
        /// Bytes.
        package let size: Int64
        /// Hexadecimal.
        package let md5: String

        package init(key: String, size: Int64, md5: String) {
            self.key = key
            self.size = size
            self.md5 = md5
        }
    }

    package let started: Timestamp
    package var isComplete = false
    /// Where the walk goes on; nil at its beginning.
    package var position: VersionPage.Position?
    package var files: [File] = []

    package init(started: Timestamp) {
        self.started = started
    }
}

/// A report that is due or was begun.
package struct InventoryRun: Sendable {
    package let bucket: Bucket
    package let inventory: InventoryConfiguration
    package var progress: InventoryProgress
}

extension Objects {
    /// The reports to be made now: those that were begun, and those that are due. Forgets what is known of inventories that are gone.
    package func dueInventories(now: Timestamp) async throws(ObjectsError) -> [InventoryRun] {
        let (runs, stale) = try await read { [self] snapshot in
            var runs: [InventoryRun] = []
            var known: Set<[UInt8]> = []
            for name in try bucketsWithInventories(in: snapshot) {
                let state = try require(name, in: snapshot)
                for inventory in try state.setting(Inventories.self)?.list ?? [] {
                    let key = ObjectKeys.inventory(state.instance, inventory.id)
                    known.insert(key)
                    let progress = try snapshot.get(key).map { try InventoryProgress($0) }
                    if let progress, !progress.isComplete, inventory.isEnabled {
                        runs.append(InventoryRun(bucket: state.bucket, inventory: inventory, progress: progress))
                    } else if inventory.isDue(last: progress?.started, now: now) {
                        runs.append(InventoryRun(bucket: state.bucket, inventory: inventory, progress: InventoryProgress(started: now)))
                    }
                }
            }
            var stale: [[UInt8]] = []
            try snapshot.scan(.prefix([ObjectKeys.inventoryTag]), .forward) { key, _ in
                if !known.contains(Array(key)) { stale.append(Array(key)) }
                return .next
            }
            return (runs, stale)
        }
        if !stale.isEmpty { _ = try await commit { transaction in for key in stale { transaction.delete(key) } } }
        return runs
    }

    private func bucketsWithInventories(in snapshot: any Snapshot) throws -> [BucketName] {
        var names: [BucketName] = []
        try snapshot.scan(.prefix([ObjectKeys.bucketTag]), .forward) { key, _ in
            names.append(BucketName(stored: String(decoding: key[1...], as: UTF8.self)))
            return .next
        }
        return try names.filter { try require($0, in: snapshot).record.settings[Inventories.kind.rawValue] != nil }
    }

    /// Keeps how far a report is, so that a stop loses no more than the file at hand. False when the bucket or the inventory is gone.
    package func save(_ run: InventoryRun) async throws(ObjectsError) -> Bool {
        let key = ObjectKeys.inventory(run.bucket.instance, run.inventory.id)
        let value: [UInt8]
        do { value = try run.progress.encoded() } catch { throw ObjectsError(error) }
        return try await commit(reading: [ObjectKeys.bucket(run.bucket.name)]) { [self] transaction in
            guard let state = try buckets.state(of: run.bucket.name, in: transaction), state.instance == run.bucket.instance,
                try state.setting(Inventories.self)?[run.inventory.id] != nil
            else { return false }
            transaction.put(key, value)
            return true
        }.value
    }

    /// One page of what a report lists, after its position; no delete markers and older versions where it lists current objects only.
    package func inventoryPage(_ run: InventoryRun) async throws(ObjectsError) -> VersionPage {
        let keys = ListQuery(prefix: Array(run.inventory.prefix.utf8), after: run.progress.position?.key)
        if run.inventory.includesAllVersions {
            return try await listVersions(
                run.bucket.name, VersionListQuery(keys: keys, afterVersion: run.progress.position?.version))
        }
        let page = try await list(run.bucket.name, keys)
        let entries = page.entries.map { entry in
            VersionEntry(object: entry, version: .null, lsn: LSN(0), isLatest: true, isDeleteMarker: false)
        }
        return VersionPage(
            bucket: page.bucket, entries: entries, commonPrefixes: [], next: page.next.map { .init(key: $0, version: nil) })
    }
}

extension InventoryProgress {
    init(_ value: [UInt8]) throws {
        do {
            let record = try PBInventoryProgressRecord(serializedBytes: value)
            self.init(started: Timestamp(milliseconds: record.startedMs))
            isComplete = record.isComplete
            if record.hasAfterKey {
                position = VersionPage.Position(
                    key: Array(record.afterKey), version: record.hasAfterVersion ? VersionID(record.afterVersion) : nil)
            }
            files = record.files.map { File(key: $0.key, size: $0.size, md5: $0.md5) }
        } catch {
            throw LedgerError.damaged("inventory progress: \(error)")
        }
    }

    func encoded() throws -> [UInt8] {
        let record = PBInventoryProgressRecord.with {
            $0.startedMs = started.milliseconds
            $0.isComplete = isComplete
            if let position { $0.afterKey = Data(position.key) }
            if let version = position?.version { $0.afterVersion = version.description }
            $0.files = files.map { file in
                PBInventoryFileRecord.with {
                    $0.key = file.key
                    $0.size = file.size
                    $0.md5 = file.md5
                }
            }
        }
        return try record.serializedBytes()
    }
}
