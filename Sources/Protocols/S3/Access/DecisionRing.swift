import Identity
import Model
import Objects
import Synchronization

/// One decision about access, kept for `roost explain`.
package struct AccessRecord: Sendable {
    package let requestID: String
    package let time: Timestamp
    package let isAllowed: Bool
    /// `s3:GetObject`.
    package let action: String
    package let resource: String
    /// The caller's ARN.
    package let principal: String
    /// What decided, in a sentence.
    package let reason: String
    /// What an operator needs to see why, line by line: the statement, its conditions with the request's values, what was missing.
    package let details: [String]

    /// For a log.
    package var summary: AccessRefusal {
        AccessRefusal(requestID: requestID, action: action, resource: resource, principal: principal, reason: reason)
    }
}

/// What a log says of a refusal.
package struct AccessRefusal: Sendable {
    package let requestID: String
    package let action: String
    package let resource: String
    package let principal: String
    package let reason: String
}

/// The last decisions: all refusals, and what was allowed too where the door is told to keep it. In memory and bounded: the oldest go.
package final class DecisionRing: Sendable {
    /// A few hundred bytes each.
    package static let countMax = 4_096
    /// Of a decision's details; a whole policy of 20 KiB would not be read by anybody.
    static let detailBytesMax = 4_096

    private struct State {
        var records: [AccessRecord] = []
        var next = 0
    }

    /// Whether decisions that allow are kept too; then no request takes the short way.
    package let keepsAll: Bool
    private let state = Mutex(State())

    package init(keepsAll: Bool = false) {
        self.keepsAll = keepsAll
    }

    func add(_ record: AccessRecord) {
        state.withLock { state in
            if state.records.count < Self.countMax {
                state.records.append(record)
            } else {
                state.records[state.next] = record
            }
            state.next = (state.next + 1) % Self.countMax
        }
    }

    /// In the order in which they were made; empty for a request of which nothing is kept.
    package func records(of requestID: String) -> [AccessRecord] {
        state.withLock { state in
            let start = state.records.count < Self.countMax ? 0 : state.next
            let ordered = state.records[start...] + state.records[..<start]
            return ordered.filter { $0.requestID == requestID }
        }
    }
}
