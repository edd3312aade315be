import Bytes
import Journal
import Model
import StoragePorts

/// Reads pages of the feed from the journal. Blocks; safe on any thread, each page has a reader of its own.
final class FeedReader: Sendable {
    private let journal: Journal

    init(_ journal: Journal) {
        self.journal = journal
    }

    func records(after position: LSN, upTo durable: LSN, countMax: Int, bytesMax: Int) throws(LedgerError) -> [CommittedRecord] {
        var page: [CommittedRecord] = []
        var bytes = 0
        do {
            let reader = try journal.makeReader(from: position.next)
            while page.count < countMax, bytes < bytesMax, let record = try reader.next(upTo: durable) {
                let facts = try record.payload.withUnsafeBytes { try RecordCodec.decodeFacts(of: $0) }
                page.append(CommittedRecord(lsn: record.lsn, time: record.time, facts: facts))
                bytes += record.payload.count
            }
        } catch JournalError.notRetained(let oldest) {
            throw .positionNotRetained(oldest: oldest)
        } catch {
            throw .damaged("\(error)")
        }
        return page
    }
}
