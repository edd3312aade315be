import CIntrinsics

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The machine's file system. Files are the server's own: mode 600, directories 700. Also right on macOS, where syncs are full
/// ones and nothing can be read without the risk of blocking.
package struct LinuxDisk: Disk {
    private static let fileMode: mode_t = 0o600
    private static let directoryMode: mode_t = 0o700

    package init() {}

    package func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        if mode == .uncached {
            let descriptor = retryingInterrupted { roost_open_uncached(path) }
            if descriptor < 0 { throw .last("open", path) }
            return LinuxDiskFile(descriptor: descriptor, path: path)
        }
        let flags =
            switch mode {
            case .readOnly: O_RDONLY
            case .readWrite, .uncached: O_RDWR
            case .createOrOpen: O_RDWR | O_CREAT
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            }
        return LinuxDiskFile(descriptor: try descriptor(path, flags, operation: "open"), path: path)
    }

    package func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = opendir(directory) else { throw .last("opendir", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw .last("readdir", directory) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    package func createDirectory(_ path: String) throws(DiskError) {
        if mkdir(path, Self.directoryMode) == 0 { return }
        switch errno {
        case EEXIST where isDirectory(path): return
        case ENOENT:
            guard let parent = parent(of: path) else { throw .last("mkdir", path) }
            try createDirectory(parent)
            // Somebody else may have made it meanwhile.
            if mkdir(path, Self.directoryMode) == 0 || (errno == EEXIST && isDirectory(path)) { return }
            throw .last("mkdir", path)
        default: throw .last("mkdir", path)
        }
    }

    package func syncDirectory(_ path: String) throws(DiskError) {
        let directory = try descriptor(path, O_RDONLY | O_DIRECTORY, operation: "syncDirectory")
        defer { close(directory) }
        if roost_sync_directory(directory) != 0 { throw .last("syncDirectory", path) }
    }

    package func rename(_ from: String, to: String) throws(DiskError) {
        #if canImport(Darwin)
            let result = Darwin.rename(from, to)
        #elseif canImport(Glibc)
            let result = Glibc.rename(from, to)
        #elseif canImport(Musl)
            let result = Musl.rename(from, to)
        #endif
        if result != 0 { throw .last("rename", from) }
    }

    package func remove(_ path: String) throws(DiskError) {
        if unlink(path) == 0 { return }
        // What unlink says of a directory: EISDIR on Linux, EPERM elsewhere.
        let code = errno
        guard code == EISDIR || code == EPERM, isDirectory(path) else { throw DiskError(errno: code, operation: "remove", path: path) }
        if rmdir(path) != 0 { throw .last("remove", path) }
    }

    package func exists(_ path: String) throws(DiskError) -> Bool {
        if access(path, F_OK) == 0 { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw .last("exists", path)
    }

    package func freeBytes(at path: String) throws(DiskError) -> UInt64 {
        var status = statvfs()
        if retryingInterrupted({ statvfs(path, &status) }) != 0 { throw .last("freeBytes", path) }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    private func descriptor(_ path: String, _ flags: Int32, operation: String) throws(DiskError) -> Int32 {
        let descriptor = retryingInterrupted { roost_open(path, flags, Self.fileMode) }
        if descriptor < 0 { throw .last(operation, path) }
        return descriptor
    }

    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Nil when there is none that could be missing.
    private func parent(of path: String) -> String? {
        let trimmed = path.utf8.last == UInt8(ascii: "/") ? path.dropLast() : path[...]
        guard let slash = trimmed.lastIndex(of: "/"), slash > trimmed.startIndex else { return nil }
        return String(trimmed[..<slash])
    }
}
