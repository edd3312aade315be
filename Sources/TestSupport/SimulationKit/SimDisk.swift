import Bytes
import Environment
import Synchronization

/// A file system in memory that tells apart what is durable and what a power cut may take.
///
/// What it promises, and no more than a real one:
/// - `sync` makes a file's bytes and size durable, but not the name that it was created or renamed under;
/// - `syncDirectory` makes the creations, renames and removals in that directory durable. Of a rename between directories, a
///   sync of the new one saves the new name, a sync of the old one both;
/// - everything else may be lost, kept or mixed at a power cut, in sectors of 512 bytes: see `crashClone(seed:)`;
/// - after a failed `sync` the bytes that it should have saved are still read, but never become durable, even if a later
///   sync succeeds. Linux does the same.
///
/// Every call counts as an operation, numbered from 1; those that change something are also numbered as mutations. Faults are
/// planned by these numbers, so that a run that is deterministic above the disk can be cut at every one of them. Paths
/// begin at the root with or without a slash. Thread-safe.
package final class SimDisk: Disk {
    /// What `DiskError.errno` says after a planned crash.
    package static let crashErrno: Int32 = -1

    let state: Mutex<SimDiskState>

    /// An empty disk. `capacityBytes` limits the sum of all files' sizes; nil is no limit.
    package convenience init(capacityBytes: UInt64? = nil) {
        self.init(state: SimDiskState(capacityBytes: capacityBytes))
    }

    private init(state: SimDiskState) {
        self.state = Mutex(state)
    }

    // MARK: What a machine finds later

    /// The disk after the power went at this moment. What was synced is there. For the rest the seed picks a manner: all of it
    /// reached the disk, none, everything up to some moment (the write under way torn), or any mixture in which
    /// each sector is as it was at some moment since its last sync. Names may fare differently from contents. The clone starts
    /// without faults, with counters at zero; this disk stays as it is.
    package func crashClone(seed: UInt64) -> SimDisk {
        SimDisk(state: state.withLock { $0.afterPowerCut(seed: seed) })
    }

    /// The disk as a new process finds it on the same machine after the old one was killed: nothing is lost, nothing is
    /// synced, locks are free. Without faults, with counters at zero.
    package func restartClone() -> SimDisk {
        SimDisk(state: state.withLock { $0.afterProcessEnd() })
    }

    // MARK: Faults

    /// That operation and all after it throw (`kind` failed, `errno` `crashErrno`) and do nothing.
    package func crash(at point: SimFaultPoint) {
        state.withLock { $0.control.crashPoint = point }
    }

    /// That operation throws, once. A failing write has written its first half; a failing sync has lost what it should
    /// have saved; anything else has done nothing.
    package func fail(at point: SimFaultPoint, with kind: DiskError.Kind) {
        state.withLock { $0.control.failures[point] = kind }
    }

    /// Changes the capacity: less makes the disk full, more or nil makes room.
    package func setCapacity(_ bytes: UInt64?) {
        state.withLock { $0.capacityBytes = bytes }
    }

    /// Every `n`th `readWithoutBlocking` answers nil, as on a page cache's miss; nil for never.
    package func missCache(everyNth n: Int?) {
        state.withLock { $0.control.cacheMissInterval = n }
    }

    /// Forgets planned faults and a crash. Capacity stays.
    package func clearFaults() {
        state.withLock { $0.control.clearFaults() }
    }

    /// Damages the medium: flips one bit (0 to 7) of a byte that exists. Durable and visible at once. Not an operation.
    package func flipBit(inFile path: String, at offset: UInt64, bit: Int) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            let inode = try state.file(at: path, "flipBit")
            state.files[inode]!.flipBit(at: Int(offset), bit: bit)
        }
    }

    // MARK: Looking at it

    package var operationCount: Int { state.withLock { $0.control.operationCount } }
    package var mutationCount: Int { state.withLock { $0.control.mutationCount } }
    package var isCrashed: Bool { state.withLock { $0.control.isCrashed } }
    /// Bytes in all files.
    package var usedBytes: UInt64 { state.withLock { $0.usedBytes } }
    /// The last operations as text, at most `SimDiskControl.traceMax`.
    package var trace: [String] { state.withLock { Array($0.control.trace) } }
    /// A checksum of all operations since the start: equal for equal runs, however long.
    package var traceDigest: UInt64 { state.withLock { $0.control.traceDigest } }

    /// What would be left of a file if nothing unsynced survived; not an operation.
    package func durableBytes(ofFile path: String) throws(DiskError) -> [UInt8] {
        try state.withLock { state throws(DiskError) in
            state.files[try state.file(at: path, "durableBytes")]!.durable
        }
    }

    /// What a read of the whole file gives; not an operation.
    package func bytes(ofFile path: String) throws(DiskError) -> [UInt8] {
        try state.withLock { state throws(DiskError) in
            state.files[try state.file(at: path, "bytes")]!.bytes
        }
    }

    /// Every file's path, sorted; not an operation.
    package func allFiles() -> [String] { state.withLock { $0.allFiles() } }
}

// MARK: The operations

extension SimDisk {
    package func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let (inode, handle) = try state.withLock { state throws(DiskError) in
            try state.begin("open", path, detail: "\(mode)", mutates: mode == .createNew || mode == .createOrOpen)
            return try state.open(path, mode)
        }
        return SimDiskFile(disk: self, inode: inode, handle: handle, path: path, mode: mode)
    }

    package func list(_ directory: String) throws(DiskError) -> [String] {
        try state.withLock { state throws(DiskError) in
            try state.begin("list", directory, mutates: false)
            return try state.list(directory)
        }
    }

    package func createDirectory(_ path: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try state.begin("createDirectory", path, mutates: true)
            try state.createDirectory(path)
        }
    }

    package func syncDirectory(_ path: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try state.begin("syncDirectory", path, mutates: true)
            try state.syncDirectory(path)
        }
    }

    package func rename(_ from: String, to: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try state.begin("rename", from, detail: "to \(to)", mutates: true)
            try state.rename(from, to: to)
        }
    }

    package func remove(_ path: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try state.begin("remove", path, mutates: true)
            try state.remove(path)
        }
    }

    package func exists(_ path: String) throws(DiskError) -> Bool {
        try state.withLock { state throws(DiskError) in
            try state.begin("exists", path, mutates: false)
            return state.exists(path)
        }
    }

    package func freeBytes(at path: String) throws(DiskError) -> UInt64 {
        try state.withLock { state throws(DiskError) in
            try state.begin("freeBytes", path, mutates: false)
            return state.freeBytes
        }
    }
}
