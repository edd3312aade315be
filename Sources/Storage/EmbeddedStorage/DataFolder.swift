import Environment
import Synchronization

/// Why a data folder cannot be opened. The texts name files of the host: for the operator, not for clients.
package enum StorageOpenError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process serves the folder; its process id as text.
    case heldBy(processID: String)
    /// Made by a newer Roost, or no data folder at all.
    case unknownFormat(String)
    case damaged(String)
    case failed(String)

    package var description: String {
        switch self {
        case .heldBy(let processID): "the data folder is in use by process \(processID); stop that one first"
        case .unknownFormat(let text): "not a data folder that this version can read: \(text)"
        case .damaged(let text): "the data folder is damaged: \(text). Nothing was changed; `roost verify` gives a full report"
        case .failed(let text): "the data folder cannot be opened: \(text)"
        }
    }
}

/// The folder itself: who holds it and which format it has.
///
/// - `lock`: locked while a process has the folder open; holds that process's id as decimal text and a line feed. The lock
///   is the kernel's and ends with the process; the text only names the holder.
/// - `format`: `formatText`, written once, before anything else. `format.tmp` is what a crash left of that.
final class DataFolder: Sendable {
    static let formatText = "roost data folder, format 1\n"
    /// What is in the folder only when `format` is.
    private static let ownNames = ["journal", "index", "blobs", "packs", "blob-numbers"]
    /// Longer than any process id or format text.
    private static let textBytesMax = 128

    let root: String
    private let holder: String
    /// Held for its lock, which ends when the file is closed.
    private let lockFile: Mutex<(any DiskFile)?>

    private init(root: String, holder: String, lockFile: any DiskFile) {
        self.root = root
        self.holder = holder
        self.lockFile = Mutex(lockFile)
    }

    /// Lets go of the lock.
    func close() { lockFile.withLock { $0 = nil } }

    /// Creates the folder when it is absent, takes its lock and checks its format.
    static func open(_ root: String, disk: any Disk, processID: Int32) throws(StorageOpenError) -> DataFolder {
        let lock = try onDisk { () throws(DiskError) in
            try disk.createDirectory(root)
            return try disk.open("\(root)/lock", .createOrOpen)
        }
        let isMine = try onDisk { () throws(DiskError) in try lock.tryLock() }
        guard isMine else {
            let holder = try onDisk { () throws(DiskError) in try text(of: lock) }
            throw .heldBy(processID: String(holder.prefix { $0.isNumber }))
        }
        try onDisk { () throws(DiskError) in
            try lock.truncate(to: 0)
            try write("\(processID)\n", to: lock)
        }
        try settleFormat(root: root, disk)
        return DataFolder(root: root, holder: "\(processID)\n", lockFile: lock)
    }

    /// False when the folder was moved, removed or replaced: what is written goes to files that no later start finds.
    func isThere(_ disk: any Disk) -> Bool {
        do throws(DiskError) {
            return try Self.text(of: disk.open("\(root)/lock", .readOnly)) == holder
        } catch {
            // Anything else, as a lack of descriptors, says nothing about the folder.
            return error.kind != .notFound
        }
    }

    /// Whatever has the text `format` was begun by Roost; without it the folder must hold nothing of Roost's, because the text
    /// comes first. It gets its name when it is whole, and the folder's own name is durable by then.
    private static func settleFormat(root: String, _ disk: any Disk) throws(StorageOpenError) {
        let path = "\(root)/format"
        let found = try onDisk { () throws(DiskError) in try disk.exists(path) ? text(of: disk.open(path, .readOnly)) : nil }
        if found == formatText { return }
        if let found { throw .unknownFormat("\(path) says \(found)") }
        let own = try onDisk { () throws(DiskError) in try disk.list(root) }.filter(ownNames.contains).sorted()
        if let name = own.first { throw .unknownFormat("\(path) is missing, but there is \(name)") }
        try onDisk { () throws(DiskError) in
            try syncNames(above: root, disk)
            let file = try disk.open("\(path).tmp", .createOrOpen)
            try file.truncate(to: 0)
            try write(formatText, to: file)
            try file.sync()
            try disk.rename("\(path).tmp", to: path)
            try disk.syncDirectory(root)
        }
    }

    /// Makes a folder's own name durable, and those of the folders that it lies in: any of them may be new.
    static func syncNames(above path: String, _ disk: any Disk) throws(DiskError) {
        let names = path.split(separator: "/")
        let top = path.hasPrefix("/") ? "/" : "."
        for index in names.indices.dropFirst().reversed() {
            try disk.syncDirectory((top == "/" ? "/" : "") + names[..<index].joined(separator: "/"))
        }
        try disk.syncDirectory(top)
    }

    private static func text(of file: any DiskFile) throws(DiskError) -> String {
        var bytes = [UInt8](repeating: 0, count: textBytesMax)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(DiskError) in try file.read(at: 0, into: buffer) }
        }
        return String(decoding: bytes.prefix(try result.get()), as: UTF8.self)
    }

    private static func write(_ text: String, to file: any DiskFile) throws(DiskError) {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(DiskError) in try file.write(at: 0, [buffer]) }
        }
        try result.get()
    }
}

/// Runs disk calls of opening; a failure names the file.
func onDisk<Value>(_ body: () throws(DiskError) -> Value) throws(StorageOpenError) -> Value {
    do throws(DiskError) {
        return try body()
    } catch {
        throw .failed("\(error)")
    }
}
