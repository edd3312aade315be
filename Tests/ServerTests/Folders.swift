import Environment

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder of this test's own, removed afterwards.
func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = try makeFolder()
    defer { removeFolder(folder) }
    return try body(folder)
}

func makeFolder() throws -> String {
    var template = Array("/tmp/roost-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw FolderError() }
    return String(cString: made)
}

struct FolderError: Error {}

func writeText(_ text: String, to path: String) throws {
    let file = try LinuxDisk().open(path, .createOrOpen)
    try file.truncate(to: 0)
    try Array(text.utf8).withUnsafeBytes { try file.write(at: 0, [$0]) }
}

func permissions(of path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

func removeFolder(_ folder: String) {
    let disk = LinuxDisk()
    for name in (try? disk.list(folder)) ?? [] { try? disk.remove("\(folder)/\(name)") }
    rmdir(folder)
}
