import Environment

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder on the machine's disk for one test, removed with all that is in it when the last reference goes.
package final class ScratchFolder: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/roost-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        precondition(made != nil, "no folder can be made in /tmp")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        let disk = LinuxDisk()
        for name in (try? disk.list(path)) ?? [] { remove("\(path)/\(name)") }
        try? disk.remove(path)
    }
}
