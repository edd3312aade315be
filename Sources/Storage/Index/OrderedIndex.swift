import Model
import StoragePorts

/// One change: a nil value deletes.
package typealias IndexWrite = (key: [UInt8], value: [UInt8]?)

/// The ordered key-value view of the journal. It keeps no log of its own: after a crash it is at `durableLSN` of then or later, always
/// exactly at a position passed to `apply`, and the journal is replayed from there.
///
/// Keys are ordered as unsigned bytes. Keys below `IndexKeys.floor` are the index's own. One thread calls `apply`; everything else may
/// be called from any thread.
package protocol OrderedIndex: AnyObject, Sendable {
    /// Applies the groups in order as one change, which brings the index to `lsn`; a crash keeps all of it or nothing.
    /// `lsn` is above `appliedLSN`. Visible to every snapshot made after it returns; durable only with a later `flush`.
    /// After an error the index may be anywhere between both positions until it is opened anew.
    func apply(_ groups: [[IndexWrite]], lsn: LSN) throws(IndexError)

    /// The position that new snapshots see.
    var appliedLSN: LSN { get }

    /// A crash now would leave the index at this position or a later one: the journal is needed from the next one on.
    /// May block for a read.
    func durableLSN() throws(IndexError) -> LSN

    /// Makes what was applied before the call durable, and returns that position. Blocks, up to seconds.
    func flush() throws(IndexError) -> LSN

    /// The state after the last finished `apply`, or one that is just finishing. Cheap, never blocks. With `mayBlock` false its reads
    /// throw `WouldBlock` rather than wait for the device. Throws `.closed`.
    func makeSnapshot(mayBlock: Bool) throws(IndexError) -> any IndexSnapshot

    /// Writes a copy to `directory`, which must not exist, at `appliedLSN` or later; durable on return.
    /// Blocks. Opened like any index; it says itself where it is.
    func checkpoint(to directory: String) throws(IndexError)

    /// Reads every stored block and checks its checksum; returns the number of keys. Throws `.damaged`, naming the place.
    func verify() throws(IndexError) -> UInt64

    func statistics() -> IndexStatistics

    /// Nothing is accepted any more. Files are closed when the last snapshot has gone.
    func close()
}

extension OrderedIndex {
    package func apply(writes: [IndexWrite], lsn: LSN) throws(IndexError) { try apply([writes], lsn: lsn) }
}

/// A consistent state of the index. Its reads throw `LedgerError.damaged` and `WouldBlock`. May be used from several threads.
package protocol IndexSnapshot: Snapshot, AnyObject, Sendable {}

/// Keys that the index keeps for itself.
package enum IndexKeys {
    /// The lowest key that callers may use; scans begin here at the earliest, and lower keys read as absent.
    package static let floor: [UInt8] = [0x00, 0x01]
    /// `00 00` -> the applied position, 8 bytes big-endian.
    static let applied: [UInt8] = [0x00, 0x00]

    static func isReserved(_ key: [UInt8]) -> Bool { key.lexicographicallyPrecedes(floor) }
}

/// For metrics; all estimates.
package struct IndexStatistics: Sendable, Equatable {
    package var keys: UInt64 = 0
    package var diskBytes: UInt64 = 0
    /// Changes in memory that a flush would write.
    package var unflushedBytes: UInt64 = 0
    /// Memory in use: unflushed changes, block cache, open tables.
    package var memoryBytes: UInt64 = 0
    package var blockCacheBytes: UInt64 = 0
    package var pendingCompactionBytes: UInt64 = 0
    /// Failed flushes and compactions since opening.
    package var backgroundErrors: UInt64 = 0
}

/// Texts name files of the host: for the log, not for clients.
package enum IndexError: Error, Sendable, Equatable {
    case noSpace(String)
    case damaged(String)
    case failed(String)
    case closed

    /// What a reader of the ledger sees.
    package var asLedgerError: LedgerError {
        switch self {
        case .noSpace: .noSpace
        case .damaged(let text): .damaged(text)
        case .failed(let text): .poisoned(text)
        case .closed: .closed
        }
    }
}
