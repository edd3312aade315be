import Environment
import Model
import ModelLedger
import StoragePorts

/// Every implementation of the ledger port, opened empty for one test.
enum LedgerUnderTest: String, CaseIterable, Sendable {
    case model

    /// Runs `body` with a fresh ledger and closes it afterwards.
    func with(reactions: [Reaction] = [], _ body: (any Ledger) async throws -> Void) async throws {
        switch self {
        case .model:
            try await body(ModelLedger(clock: FixedClock(), reactions: reactions))
        }
    }
}

struct FixedClock: Clock {
    func now() -> Timestamp { Timestamp(seconds: 1_800_000_000) }
    func monotonicNanoseconds() -> UInt64 { 0 }
}

/// A key of the domains' part.
func key(_ text: String) -> [UInt8] { [StorageKeys.domainFloor] + Array(text.utf8) }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension KeyValueReader {
    /// The entries of a range as texts, at most `countMax`.
    func texts(_ range: KeyRange, _ direction: ScanDirection = .forward, countMax: Int = .max) throws -> [String] {
        var found: [String] = []
        try scan(range, direction) { key, value in
            found.append(String(decoding: key.dropFirst(), as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
            return found.count < countMax ? .next : .stop
        }
        return found
    }
}
