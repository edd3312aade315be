import BlobFiles
import Bytes
import Environment
import Index
import Journal
import Model
import StoragePorts

/// Brings journal, packs and index to one position after whatever end the last process had.
///
/// Crash stories (beside those of the journal and the packs themselves):
/// 1. A batch's journal write reached the disk, its pack write did not. Nobody was told of the batch: its records are cut
///    from the first one on whose payloads are not whole (`Journal.open`'s `confirm`). Are they whole, they may be in the page
///    cache only: they are written and synced before the journal states those records to be durable (`securing`).
/// 2. The batch reached both, the index not. The index says how far it got; what follows is replayed.
/// 3. The index is ahead of the journal. It only ever takes synced records, so the journal has lost some: damage.
struct StorageRecovery {
    /// Records applied to the index at once while replaying; bounds memory.
    static let replayGroupRecords = 4096

    let root: String
    let environment: Environment
    let configuration: JournalConfiguration
    let index: any OrderedIndex
    let blobs: BlobStore

    struct Outcome {
        let journal: Journal
        let writer: JournalWriter
        let packs: PackAppender
        let report: RecoveryReport
        let last: LSN
        let lastTime: Timestamp
        /// Records that the index had not.
        let replayed: UInt64
    }

    func run() throws(StorageOpenError) -> Outcome {
        do {
            let opened = try openJournal()
            if opened.report.isNew, blobs.statistics.packs > 0 {
                throw StorageOpenError.damaged("\(root)/journal: no segments, but there are packs, which are made after the first segment")
            }
            let newest = try newestRecord(opened)
            let packs = blobs.makeAppender()
            try packs.recover(to: newest.map { try decode($0) }?.packEnd)
            let replayed = try replay(opened.journal, to: opened.report.last)
            return Outcome(
                journal: opened.journal, writer: opened.writer, packs: packs, report: opened.report, last: opened.report.last,
                lastTime: newest?.time ?? Timestamp(milliseconds: 0), replayed: replayed)
        } catch {
            throw StorageOpenError(error)
        }
    }

    private func openJournal() throws -> Journal.Opened {
        let durable = try index.durableLSN()
        var unproven: [Extent] = []
        return try Journal.open(
            directory: "\(root)/journal", environment: environment, configuration: configuration, atLeast: max(durable, index.appliedLSN),
            confirm: { record in
                guard let decoded = try? decode(record), decoded.staged.allSatisfy(blobs.hasReachedPack) else { return false }
                unproven += decoded.staged
                return true
            },
            securing: { () throws(DiskError) in try blobs.secure(unproven) })
    }

    private func newestRecord(_ opened: Journal.Opened) throws -> JournalRecord? {
        let last = opened.report.last
        guard last >= opened.journal.oldestLSN else { return nil }
        return try opened.journal.makeReader(from: last).next(upTo: last)
    }

    private func replay(_ journal: Journal, to last: LSN) throws -> UInt64 {
        let start = index.appliedLSN
        guard start < last else { return 0 }
        let reader = try journal.makeReader(from: start.next)
        var group: [[IndexWrite]] = []
        while let record = try reader.next(upTo: last) {
            group.append(try decode(record).writes)
            if group.count == Self.replayGroupRecords || record.lsn == last {
                try index.apply(group, lsn: record.lsn)
                group.removeAll(keepingCapacity: true)
            }
        }
        guard index.appliedLSN == last else {
            throw StorageOpenError.damaged("the journal ends at \(index.appliedLSN) where LSN \(last) was expected")
        }
        return last.rawValue - start.rawValue
    }

    private func decode(_ record: JournalRecord) throws -> DecodedRecord {
        do {
            return try record.payload.withUnsafeBytes { try RecordCodec.decode($0) }
        } catch {
            throw StorageOpenError.damaged("the journal's record \(record.lsn) cannot be decoded: \(error)")
        }
    }
}

extension StorageOpenError {
    /// What an engine threw while the folder was being opened.
    init(_ error: any Error) {
        switch error {
        case let error as StorageOpenError: self = error
        case JournalError.damaged(let file, let offset, let reason): self = .damaged("\(file) at \(offset): \(reason)")
        case BlobError.damaged(let text), IndexError.damaged(let text): self = .damaged(text)
        case JournalError.notRetained(let oldest): self = .damaged("the index is behind the journal, whose oldest record is \(oldest)")
        default: self = .failed("\(error)")
        }
    }
}
