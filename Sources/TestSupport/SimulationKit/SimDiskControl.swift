import Bytes
import Environment

/// Which operation a fault strikes; both are numbered from 1.
package enum SimFaultPoint: Hashable, Sendable {
    /// Counting every call.
    case operation(Int)
    /// Counting only calls that change something: enough to cut a run at every different state.
    case mutation(Int)
}

/// Counters, planned faults and the record of what was done.
struct SimDiskControl: Sendable {
    /// The trace keeps this many lines; the digest covers all.
    static let traceMax = 10_000

    var crashPoint: SimFaultPoint?
    var failures: [SimFaultPoint: DiskError.Kind] = [:]
    var cacheMissInterval: Int?

    private(set) var operationCount = 0
    private(set) var mutationCount = 0
    private(set) var isCrashed = false
    private(set) var trace: [String] = []
    private(set) var traceDigest: UInt64 = 0
    private var cachedReads = 0

    /// Counts and records an operation. Throws after a crash; returns the error when the operation has to fail.
    mutating func begin(_ operation: String, _ path: String, _ detail: String, mutates: Bool) throws(DiskError) -> DiskError? {
        operationCount += 1
        if mutates { mutationCount += 1 }
        if let crashPoint, isAt(crashPoint, mutates) { isCrashed = true }
        record(operation, path, detail)
        if isCrashed { throw DiskError(kind: .failed, errno: SimDisk.crashErrno, operation: operation, path: path) }
        let points = mutates ? [SimFaultPoint.operation(operationCount), .mutation(mutationCount)] : [.operation(operationCount)]
        for point in points {
            if let kind = failures.removeValue(forKey: point) { return DiskError(simulated: kind, operation: operation, path: path) }
        }
        return nil
    }

    /// Whether this read from the cache finds nothing there.
    mutating func missesCache() -> Bool {
        guard let cacheMissInterval else { return false }
        cachedReads += 1
        return cachedReads % cacheMissInterval == 0
    }

    mutating func clearFaults() {
        crashPoint = nil
        failures.removeAll()
        isCrashed = false
    }

    private func isAt(_ point: SimFaultPoint, _ mutates: Bool) -> Bool {
        switch point {
        case .operation(let number): operationCount >= number
        case .mutation(let number): mutates && mutationCount >= number
        }
    }

    private mutating func record(_ operation: String, _ path: String, _ detail: String) {
        let line = "\(operationCount) \(operation) \(path) \(detail)\(isCrashed ? " CRASHED" : "")"
        traceDigest = CRC64NVME.checksum(Array(line.utf8), continuing: traceDigest)
        trace.append(line)
        // Dropped by halves, so that a long run does not move the array at every line.
        if trace.count > Self.traceMax { trace.removeFirst(Self.traceMax / 2) }
    }
}

extension DiskError {
    /// With the errno that Linux has for it.
    init(simulated kind: Kind, operation: String, path: String) {
        let errno: Int32 =
            switch kind {
            case .notFound: 2
            case .exists: 17
            case .noSpace: 28
            case .tooManyFiles: 24
            case .failed: 5
            }
        self.init(kind: kind, errno: errno, operation: operation, path: path)
    }
}
