import Environment
import Model

/// Sizes that the journal is built around.
package enum JournalLimits {
    /// Bytes of an ordinary segment: large enough that changing segments is rare, small enough to fill with zeros in
    /// 0.1 s and to be the unit in which old records are dropped.
    package static let segmentBytes: UInt64 = 64 * 1024 * 1024
    /// The largest payload of a record; a commit is a few hundred bytes, a full batch of queue messages a few MiB.
    package static let recordBytesMax = 32 * 1024 * 1024
    /// Prepared segments kept ahead of the writer.
    package static let sparesMax = 1
    /// A reader finds its way into a segment by positions noted this many bytes apart.
    static let waypointBytes: UInt64 = 256 * 1024
    /// The unit of zero-filling, scanning and repairing.
    static let copyBytes = 1024 * 1024
}

/// Tests use small segments; everybody else takes the defaults. Not persisted: each segment's header states its own size.
package struct JournalConfiguration: Sendable {
    /// A multiple of 4 KiB, at least 8 KiB.
    package var segmentBytes = JournalLimits.segmentBytes
    package var recordBytesMax = JournalLimits.recordBytesMax

    package init() {}
}

/// One record as it was appended.
package struct JournalRecord: Sendable, Hashable {
    package let lsn: LSN
    /// The commit's time, to the millisecond.
    package let time: Timestamp
    package let payload: [UInt8]

    package init(lsn: LSN, time: Timestamp, payload: [UInt8]) {
        self.lsn = lsn
        self.time = time
        self.payload = payload
    }
}

/// What opening a journal found and did. For the log of the start.
package struct RecoveryReport: Sendable, Equatable {
    /// Bytes behind the last record that were not zero and are now. Nothing in them was ever acknowledged.
    package struct Cut: Sendable, Equatable {
        package let file: String
        package let offset: UInt64
        package let bytes: UInt64
        /// Whole or broken frames of this segment among them: above 0 it is the torn tail of a crash, at 0 what an
        /// earlier use of the file left behind.
        package let frames: Int
    }

    /// The journal was made just now.
    package var isNew = false
    package var oldest = LSN.zero
    /// The last record, `oldest` minus one when there is none.
    package var last = LSN.zero
    package var cut: Cut?
}

package enum JournalError: Error, Sendable, Equatable {
    /// No room for another segment. Nothing was written; works again when there is room.
    case noSpace
    /// The payload is above `recordBytesMax`. Nothing was written.
    case tooLarge(bytes: Int)
    /// Acknowledged records cannot be read. Never repaired silently; the texts are for the log and `roost verify`.
    case damaged(file: String, offset: UInt64, reason: String)
    /// The record was dropped by `retain(from:)`; the oldest one kept is this.
    case notRetained(oldest: LSN)
    /// A disk call failed. From the writer's `write` or `sync`: what of the batch is on disk is unknown until the next start.
    case failed(DiskError)
    /// An earlier `write` or `sync` failed: this writer takes nothing any more.
    case poisoned
}

/// Runs a disk call; a full disk gets its own case.
func onDisk<Value>(_ body: () throws(DiskError) -> Value) throws(JournalError) -> Value {
    do throws(DiskError) {
        return try body()
    } catch {
        throw error.kind == .noSpace ? .noSpace : .failed(error)
    }
}
