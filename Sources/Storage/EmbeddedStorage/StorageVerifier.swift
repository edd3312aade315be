import BlobFiles
import Environment
import Index
import Journal
import Model
import StoragePorts

/// What `roost verify` found. Findings name files and offsets: for the operator.
package struct VerificationReport: Sendable {
    /// Acknowledged bytes that are missing or differ from their checksums or from one another.
    package var damage: [String] = []
    /// Leftovers that the next start or the sweep removes; nothing was ever acknowledged of them, or nothing names them any more.
    package var harmless: [String] = []
    package var records: UInt64 = 0
    package var last = LSN.zero
    package var keys: UInt64 = 0
    package var extents = 0
    package var payloadBytes: UInt64 = 0

    package var isClean: Bool { damage.isEmpty }
}

/// Checks every checksum and every reference of a data folder that no process has open, changing nothing.
///
/// The state it checks is the one that the next start would find: the index, and over it the journal's records that the
/// index has not seen, without the unacknowledged tail that the start would cut (StorageRecovery, story 1).
package struct StorageVerifier {
    /// The extents that a ledger entry of the domains names.
    package typealias Extents = (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> [Extent]

    private let root: String
    private let disk: any Disk
    private let index: any OrderedIndex
    private let overlay = Overlay()
    private var report = VerificationReport()
    private var packEnd: PackPosition?
    /// Records that the index has not seen, and the highest position that a frame states to be durable.
    private var unseen: [(record: DecodedRecord, lsn: LSN)] = []
    private var stated = LSN.zero

    /// Takes the folder's lock. `openIndex` opens the index in the directory that it is given, without writing. Throws
    /// `StorageOpenError` when the folder cannot be looked at; everything else is in the report.
    package static func verify(
        root: String, disk: any Disk, processID: Int32, openIndex: (String) throws -> any OrderedIndex, extents: Extents
    ) throws -> VerificationReport {
        guard try onDisk({ () throws(DiskError) in try disk.exists("\(root)/format") }) else {
            throw StorageOpenError.unknownFormat("\(root)/format is missing")
        }
        let folder = try DataFolder.open(root, disk: disk, processID: processID)
        defer { withExtendedLifetime(folder) {} }
        let index: any OrderedIndex
        do { index = try openIndex("\(root)/index") } catch { throw StorageOpenError(error) }
        defer { index.close() }
        var verifier = StorageVerifier(root: root, disk: disk, index: index)
        try verifier.checkJournal()
        verifier.layUnseenRecords()
        verifier.checkIndex()
        try verifier.checkReferences(extents)
        return verifier.report
    }

    private init(root: String, disk: any Disk, index: any OrderedIndex) {
        self.root = root
        self.disk = disk
        self.index = index
    }

    private mutating func checkJournal() throws {
        var verifier = self
        try Journal.verify(directory: "\(root)/journal", disk: disk) { verifier.take($0) }
        self = verifier
        if report.last < index.appliedLSN {
            report.damage.append("\(root)/journal ends at LSN \(report.last), but the index is at \(index.appliedLSN)")
        }
    }

    private mutating func take(_ finding: JournalFinding) {
        switch finding {
        case .segment: break
        case .damaged(let file, let offset, let reason): report.damage.append("\(file) at \(offset): \(reason)")
        case .tail(let file, let offset, let bytes, let frames):
            report.harmless.append("\(file) at \(offset): an unacknowledged tail of \(bytes) bytes, \(frames) frames")
        case .record(let file, let offset, let record, let durable):
            report.records += 1
            report.last = record.lsn
            stated = max(stated, durable)
            do {
                let decoded = try record.payload.withUnsafeBytes { try RecordCodec.decode($0) }
                if record.lsn > index.appliedLSN { unseen.append((decoded, record.lsn)) } else { packEnd = decoded.packEnd }
            } catch {
                report.damage.append("\(file) at \(offset): LSN \(record.lsn) cannot be decoded: \(error)")
            }
        }
    }

    /// Payloads of records that are stated to be durable are not asked for here: whatever is still named is checked by its name, the
    /// rest may have been given up and swept since.
    private mutating func layUnseenRecords() {
        for (record, lsn) in unseen {
            if lsn > stated, let hole = record.staged.first(where: { !BlobVerifier.hasReachedPack($0, disk: disk, root: root) }) {
                let text = "LSN \(lsn) names \(hole.length) bytes at \(hole.offset) of pack \(hole.container), which are not whole"
                report.harmless.append("\(root)/journal: \(text); it and what follows were never acknowledged")
                report.last = LSN(lsn.rawValue - 1)
                return
            }
            for (key, value) in record.writes { overlay.set(key, value) }
            packEnd = record.packEnd
        }
    }

    private mutating func checkIndex() {
        do {
            report.keys = try index.verify()
        } catch {
            report.damage.append("\(root)/index: \(error)")
        }
    }

    private mutating func checkReferences(_ extents: Extents) throws {
        var named: Set<Extent> = []
        var counts: [UInt64: UInt64] = [:]
        var damage: [String] = []
        do {
            let snapshot = try index.makeSnapshot(mayBlock: true)
            try overlay.scan(KeyRange(from: [StorageKeys.domainFloor], to: nil), .forward, over: snapshot) { key, value in
                do {
                    for extent in try extents(key, value) {
                        named.insert(extent)
                        if extent.kind == .file { counts[extent.container, default: 0] += 1 }
                    }
                } catch {
                    damage.append("\(root)/index: the value of key \(Array(key)) cannot be read: \(error)")
                }
                return .next
            }
            try overlay.scan(StorageKeys.allFileReferences, .forward, over: snapshot) { key, value in
                let file = StorageKeys.decodeCount(Array(key.suffix(8)))
                let stored = StorageKeys.decodeCount(Array(value))
                let found = counts.removeValue(forKey: file) ?? 0
                if stored != found { damage.append("\(root)/index: file \(file) is counted \(stored) times, but \(found) records name it") }
                return .next
            }
        } catch {
            damage.append("\(root)/index: \(error)")
        }
        for file in counts.keys.sorted() { damage.append("\(root)/index: file \(file) is named by records, but not counted") }
        report.damage += damage
        report.extents = named.count
        let blobs = try BlobVerifier.verify(disk, root: root, named: named, position: packEnd)
        report.payloadBytes = blobs.payloadBytesChecked
        for finding in blobs.findings {
            if finding.kind == .orphaned { report.harmless.append("\(finding)") } else { report.damage.append("\(finding)") }
        }
    }
}
