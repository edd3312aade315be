#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension DiskError {
    /// For the C library's `errno` of a call that just failed.
    static func last(_ operation: String, _ path: String) -> DiskError {
        DiskError(errno: currentErrno(), operation: operation, path: path)
    }

    package init(errno code: Int32, operation: String, path: String) {
        let kind: Kind =
            switch code {
            case ENOENT: .notFound
            case EEXIST: .exists
            case ENOSPC, EDQUOT: .noSpace
            case EMFILE, ENFILE: .tooManyFiles
            default: .failed
            }
        self.init(kind: kind, errno: code, operation: operation, path: path)
    }
}

/// The C library's `errno`, under a name that `DiskError.errno` does not hide.
func currentErrno() -> Int32 { errno }

/// Repeats a call that a signal interrupted. Not for syncs: after a failed one the kernel may have dropped the bytes, and a second
/// call would report success.
@inline(__always)
func retryingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
