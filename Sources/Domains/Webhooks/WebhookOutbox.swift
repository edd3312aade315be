import Environment
import Model
import StoragePorts
import Synchronization

/// Writes the events for declared targets into the ledger, within the commits that they tell of.
///
/// Made before the ledger, because its reaction is given to the ledger; `WebhookCourier` delivers what it wrote.
package final class WebhookOutbox: Sendable {
    /// What was written, as far as the courier needs to know before it looks. A commit that failed afterwards leaves a mark too.
    struct Mark: Sendable, Equatable {
        var generation: UInt64 = 0
        var newest = LSN.zero
    }

    private struct State {
        var marks: [String: Mark] = [:]
        var lsn = LSN.zero
        var index: UInt32 = 0
    }

    private let alarms: [String: Alarm]
    private let state = Mutex(State())

    /// `declared` are the targets' ARNs.
    package init(declared: [ARN]) {
        alarms = Dictionary(declared.map { ($0.description, Alarm()) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether events for the target are kept.
    package func isDeclared(_ arn: ARN) -> Bool { alarms[arn.description] != nil }

    /// What happens when another domain's fact says that a target gets an event: it is written in the same commit.
    ///
    /// `decode` reads a fact; it runs on the ledger's thread. `dropped` hears of a fact whose target nobody declared: the commit goes on
    /// without an event.
    package func reaction(
        to kind: Fact.Kind, dropped: @escaping @Sendable (_ target: String) -> Void,
        decode: @escaping @Sendable (Fact) throws -> (target: String, lane: UInt64, body: [UInt8])
    ) -> Reaction {
        Reaction(to: kind) { [self] transaction, fact in
            let (target, lane, body) = try decode(fact)
            guard let alarm = alarms[target] else { return dropped(target) }
            let event = PendingEvent(lane: lane, recorded: transaction.now, body: body)
            transaction.put(WebhookKeys.event(target, note(transaction.lsn, target)), event.stored)
            alarm.ring()
        }
    }

    private func note(_ lsn: LSN, _ target: String) -> EventSequence {
        state.withLock { state in
            state.index = state.lsn == lsn ? state.index + 1 : 0
            state.lsn = lsn
            state.marks[target, default: Mark()].generation += 1
            state.marks[target]?.newest = lsn
            return EventSequence(lsn: lsn, index: state.index)
        }
    }

    func mark(_ target: String) -> Mark { state.withLock { $0.marks[target] ?? Mark() } }

    func alarm(_ target: String) -> Alarm? { alarms[target] }

    /// ARNs of targets that events wait for although nobody declares them any more.
    package func undeclared(in snapshot: any Snapshot) throws -> [String] {
        var found: [String] = []
        try snapshot.scan(WebhookKeys.allEvents, .forward) { key, _ in
            let arn = WebhookKeys.arn(ofEventKey: key)
            if alarms[arn] == nil { found.append(arn) }
            return .seek([WebhookKeys.eventTag] + Array(arn.utf8) + [1])
        }
        return found
    }
}
