import Bytes
import Environment

/// Everything that a `SimDisk` holds: files and directories by number, as on a real disk, so that an open file outlives its name.
///
/// Invariants: the root is directory 0; every name leads to a file or a directory that exists; `pendingNames` is ordered.
struct SimDiskState: Sendable {
    static let root = 0

    struct Directory: Sendable {
        var entries: [String: Int] = [:]
        var durable: [String: Int] = [:]
        /// The change that each durable name comes from, so that an older unsynced one cannot overwrite it.
        var durableSequence: [String: Int] = [:]
    }

    /// One step that is there as a whole or not at all. The first change of a rename is the new name, the second the old.
    struct NameOperation: Sendable {
        let sequence: Int
        var changes: [NameChange]
    }

    struct NameChange: Sendable {
        let directory: Int
        let name: String
        /// Nil removes the name.
        let target: Int?
    }

    var control = SimDiskControl()
    var capacityBytes: UInt64?
    var files: [Int: SimFileNode] = [:]
    var directories: [Int: Directory] = [root: Directory()]
    private var pendingNames: [NameOperation] = []
    private var nextInode = 1
    private var nextHandle = 1
    private var lastSequence = 0

    init(capacityBytes: UInt64?) {
        self.capacityBytes = capacityBytes
    }

    var usedBytes: UInt64 {
        files.values.reduce(0) { $0 + ($1.links > 0 || $1.handles > 0 ? UInt64($1.bytes.count) : 0) }
    }

    /// Without a limit as much as a large disk has.
    var freeBytes: UInt64 {
        guard let capacityBytes else { return 1 << 50 }
        let used = usedBytes
        return capacityBytes > used ? capacityBytes - used : 0
    }

    /// Counts and records an operation, and throws what is planned for it.
    mutating func begin(_ operation: String, _ path: String, detail: String = "", mutates: Bool) throws(DiskError) {
        if let failure = try control.begin(operation, path, detail, mutates: mutates) { throw failure }
    }

    // MARK: Names

    mutating func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> (inode: Int, handle: Int) {
        let place = try self.place(of: path, "open")
        let inode: Int
        if let existing = place.target {
            if mode == .createNew { throw error(17, "open", path) }
            guard files[existing] != nil else { throw error(21, "open", path) }
            inode = existing
        } else {
            guard mode == .createNew || mode == .createOrOpen else { throw error(2, "open", path) }
            inode = nextInode
            nextInode += 1
            files[inode] = SimFileNode()
            change([NameChange(directory: place.directory, name: place.name, target: inode)])
        }
        files[inode]!.handles += 1
        nextHandle += 1
        return (inode, nextHandle)
    }

    mutating func close(inode: Int, handle: Int) {
        files[inode]?.handles -= 1
        if files[inode]?.lockHolder == handle { files[inode]?.lockHolder = nil }
    }

    func list(_ path: String) throws(DiskError) -> [String] {
        directories[try directory(at: path, "list")]!.entries.keys.sorted()
    }

    mutating func createDirectory(_ path: String) throws(DiskError) {
        var directory = Self.root
        let names = try components(of: path, "createDirectory")
        for (index, name) in names.enumerated() {
            if let existing = directories[directory]!.entries[name] {
                guard directories[existing] != nil else { throw error(index == names.count - 1 ? 17 : 20, "createDirectory", path) }
                directory = existing
            } else {
                directories[nextInode] = Directory()
                change([NameChange(directory: directory, name: name, target: nextInode)])
                directory = nextInode
                nextInode += 1
            }
        }
    }

    mutating func rename(_ from: String, to: String) throws(DiskError) {
        let source = try place(of: from, "rename")
        let target = try place(of: to, "rename")
        guard let inode = source.target else { throw error(2, "rename", from) }
        if target.target == inode { return }
        if let replaced = target.target {
            if directories[replaced] != nil { throw error(files[inode] != nil ? 21 : 39, "rename", from) }
            if files[inode] == nil { throw error(20, "rename", from) }
        }
        change([
            NameChange(directory: target.directory, name: target.name, target: inode),
            NameChange(directory: source.directory, name: source.name, target: nil),
        ])
    }

    mutating func remove(_ path: String) throws(DiskError) {
        let place = try self.place(of: path, "remove")
        guard let inode = place.target else { throw error(2, "remove", path) }
        if let directory = directories[inode], !directory.entries.isEmpty { throw error(39, "remove", path) }
        change([NameChange(directory: place.directory, name: place.name, target: nil)])
    }

    func exists(_ path: String) -> Bool {
        guard let place = try? self.place(of: path, "exists") else { return (try? directory(at: path, "exists")) != nil }
        return place.target != nil
    }

    mutating func syncDirectory(_ path: String) throws(DiskError) {
        let directory = try self.directory(at: path, "syncDirectory")
        for index in pendingNames.indices {
            let operation = pendingNames[index]
            // An old name is never gone for good before the new one is there for good.
            let oldNameIsHere = operation.changes.contains { $0.directory == directory && $0.target == nil }
            let applied = operation.changes.filter { oldNameIsHere || $0.directory == directory }
            for change in applied { makeDurable(change, operation.sequence) }
            pendingNames[index].changes.removeAll { change in oldNameIsHere || change.directory == directory }
        }
        pendingNames.removeAll { $0.changes.isEmpty }
        dropUnreachable()
    }

    // MARK: Looking up

    func file(at path: String, _ operation: String) throws(DiskError) -> Int {
        guard let inode = try place(of: path, operation).target else { throw error(2, operation, path) }
        guard files[inode] != nil else { throw error(21, operation, path) }
        return inode
    }

    func allFiles() -> [String] {
        var paths: [String] = []
        var waiting = [(path: "", directory: Self.root)]
        while let (path, directory) = waiting.popLast() {
            for (name, inode) in directories[directory]!.entries {
                if files[inode] != nil { paths.append("\(path)/\(name)") } else { waiting.append(("\(path)/\(name)", inode)) }
            }
        }
        return paths.sorted()
    }

    private func components(of path: String, _ operation: String) throws(DiskError) -> [String] {
        let names = path.split(separator: "/").map(String.init).filter { $0 != "." }
        if names.contains("..") { throw error(22, operation, path) }
        return names
    }

    private func directory(at path: String, _ operation: String) throws(DiskError) -> Int {
        try walk(try components(of: path, operation)[...], operation, path)
    }

    private func place(of path: String, _ operation: String) throws(DiskError) -> (directory: Int, name: String, target: Int?) {
        let names = try components(of: path, operation)
        guard let name = names.last else { throw error(21, operation, path) }
        let directory = try walk(names.dropLast(), operation, path)
        return (directory, name, directories[directory]!.entries[name])
    }

    private func walk(_ names: ArraySlice<String>, _ operation: String, _ path: String) throws(DiskError) -> Int {
        var directory = Self.root
        for name in names {
            guard let next = directories[directory]!.entries[name] else { throw error(2, operation, path) }
            guard directories[next] != nil else { throw error(20, operation, path) }
            directory = next
        }
        return directory
    }

    private func error(_ errno: Int32, _ operation: String, _ path: String) -> DiskError {
        let kind: DiskError.Kind = errno == 2 ? .notFound : errno == 17 ? .exists : .failed
        return DiskError(kind: kind, errno: errno, operation: operation, path: path)
    }

    // MARK: Changing names

    private mutating func change(_ changes: [NameChange]) {
        for change in changes {
            let before = directories[change.directory]!.entries.updateOrRemove(change.target, forKey: change.name)
            if let before { files[before]?.links -= 1 }
            if let target = change.target { files[target]?.links += 1 }
        }
        pendingNames.append(NameOperation(sequence: nextSequence(), changes: changes))
    }

    /// Numbers the changes of names and contents in the order in which they are made, also across processes.
    private mutating func nextSequence() -> Int {
        lastSequence += 1
        return lastSequence
    }

    mutating func make(_ contentChange: SimFileNode.Change, in inode: Int) {
        files[inode]!.make(contentChange, sequence: nextSequence())
    }

    private mutating func makeDurable(_ change: NameChange, _ sequence: Int) {
        guard directories[change.directory] != nil else { return }
        guard sequence >= directories[change.directory]!.durableSequence[change.name] ?? 0 else { return }
        _ = directories[change.directory]!.durable.updateOrRemove(change.target, forKey: change.name)
        directories[change.directory]!.durableSequence[change.name] = sequence
    }

    /// Forgets files without a name, an open handle, or a chance to come back at a power cut.
    private mutating func dropUnreachable() {
        let nameless = files.filter { $0.value.links == 0 && $0.value.handles == 0 }.map(\.key)
        if nameless.isEmpty { return }
        var needed = Set(directories.values.flatMap(\.durable.values))
        needed.formUnion(pendingNames.flatMap { $0.changes.compactMap(\.target) })
        for inode in nameless where !needed.contains(inode) { files[inode] = nil }
    }
}

// MARK: What is found later

extension SimDiskState {
    func afterProcessEnd() -> SimDiskState {
        var found = self
        found.control = SimDiskControl()
        for inode in found.files.keys {
            found.files[inode]!.handles = 0
            found.files[inode]!.lockHolder = nil
        }
        return found
    }

    func afterPowerCut(seed: UInt64) -> SimDiskState {
        let sequences = pendingNames.map(\.sequence) + files.values.flatMap { $0.pending.map(\.sequence) }
        let dice = SimCrashDice(seed: seed, sequences: sequences)
        var survived = self
        for operation in pendingNames where dice.keepsName(operation.sequence) {
            for change in operation.changes { survived.makeDurable(change, operation.sequence) }
        }
        var found = SimDiskState(capacityBytes: capacityBytes)
        found.nextInode = nextInode
        var waiting = [Self.root]
        while let inode = waiting.popLast() {
            let entries = survived.directories[inode]!.durable
            found.directories[inode] = Directory(entries: entries, durable: entries)
            // In a fixed order: the dice fall one after the other.
            for (_, child) in entries.sorted(by: { $0.key < $1.key }) {
                if survived.directories[child] != nil {
                    waiting.append(child)
                } else {
                    if found.files[child] == nil { found.files[child] = SimFileNode(durable: files[child]!.afterPowerCut(dice.forFile())) }
                    found.files[child]!.links += 1
                }
            }
        }
        return found
    }
}

extension Dictionary {
    fileprivate mutating func updateOrRemove(_ value: Value?, forKey key: Key) -> Value? {
        guard let value else { return removeValue(forKey: key) }
        return updateValue(value, forKey: key)
    }
}
