import CRocksDB
import StoragePorts

/// RocksDB's C API reports failures as text only. The texts begin with a word for the kind of failure (`Status::ToString`).
enum RocksStatus: Equatable {
    /// The block-cache read tier would have had to read, or a scan skipped too many deleted keys.
    case incomplete
    case noSpace(String)
    case tooManyFiles(String)
    case damaged(String)
    case failed(String)

    init(text: String) {
        if text.hasPrefix("Result incomplete") {
            self = .incomplete
        } else if text.contains("No space left on device") || text.contains("Disk quota exceeded") {
            self = .noSpace(text)
        } else if text.contains("Too many open files") {
            self = .tooManyFiles(text)
        } else if text.hasPrefix("Corruption") || text.hasPrefix("Invalid argument") || text.contains("No such file") {
            self = .damaged(text)
        } else {
            self = .failed(text)
        }
    }

    /// For calls that change something.
    var asIndexError: IndexError {
        switch self {
        case .incomplete: .failed("incomplete")
        case .noSpace(let text): .noSpace(text)
        case .damaged(let text): .damaged(text)
        case .tooManyFiles(let text), .failed(let text): .failed(text)
        }
    }

    /// For reads: what a snapshot throws.
    var asReadError: any Error {
        switch self {
        case .incomplete: WouldBlock()
        case .tooManyFiles: LedgerError.busy
        case .noSpace(let text), .damaged(let text), .failed(let text): LedgerError.damaged(text)
        }
    }

    typealias ErrorPointer = UnsafeMutablePointer<CChar>

    /// Takes over an error text of the library; nil when there is none.
    static func take(_ error: ErrorPointer?) -> RocksStatus? {
        guard let error else { return nil }
        defer { rocksdb_free(error) }
        return RocksStatus(text: String(cString: error))
    }

    /// Runs a call that reports failures through its last argument.
    static func check<Value>(
        _ call: (UnsafeMutablePointer<ErrorPointer?>) -> Value
    ) throws(IndexError) -> Value {
        var error: ErrorPointer?
        let value = call(&error)
        if let status = take(error) { throw status.asIndexError }
        return value
    }
}

extension UnsafeRawBufferPointer {
    /// The library takes `char *`, and not null even for nothing.
    var characters: UnsafePointer<CChar> {
        (baseAddress ?? UnsafeRawPointer(bitPattern: 1)!).assumingMemoryBound(to: CChar.self)
    }
}
