import Index
import Model
import StoragePorts

/// The index as it is for one batch, opened at the first read that the overlay cannot answer. May block.
final class LazySnapshot: KeyValueReader {
    private let index: any OrderedIndex
    private var opened: (any IndexSnapshot)?

    init(index: any OrderedIndex) {
        self.index = index
    }

    private func snapshot() throws -> any IndexSnapshot {
        if let opened { return opened }
        do throws(IndexError) {
            let snapshot = try index.makeSnapshot(mayBlock: true)
            opened = snapshot
            return snapshot
        } catch {
            throw error.asLedgerError
        }
    }

    func get(_ key: [UInt8]) throws -> [UInt8]? { try snapshot().get(key) }

    func lastChange(ofTag tag: UInt8) -> LSN? { (try? snapshot())?.lastChange(ofTag: tag) }

    func scan(
        _ range: KeyRange, _ direction: ScanDirection,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        try snapshot().scan(range, direction, visit)
    }
}
