import Model
import StoragePorts
import SwiftProtobuf

/// A bucket's notifications, ready to be matched: made once per version of the bucket's record.
struct CompiledNotifications: Sendable {
    private struct Target: Sendable {
        let arn: String
        let events: UInt32
        let prefix: [UInt8]
        let suffix: [UInt8]
        let template: EventTemplate

        func hears(_ object: ObjectEvent) -> Bool {
            let key = object.key.utf8
            return events & object.event.bit != 0 && key.starts(with: prefix) && key.reversed().starts(with: suffix.reversed())
        }
    }

    private let targets: [Target]
    private let events: UInt32

    /// Nil when there is no target.
    init?(_ record: PBNotificationRecord, bucket: Bucket) throws {
        guard !record.queues.isEmpty else { return nil }
        targets = try record.queues.map { record in
            let target = try QueueNotification(record)
            return Target(
                arn: record.arn, events: target.eventBits, prefix: Array(target.prefix.utf8), suffix: Array(target.suffix.utf8),
                template: EventTemplate(bucket, configurationID: record.id))
        }
        events = targets.reduce(0) { $0 | $1.events }
    }

    /// Signals a `NotificationDue` for each target that hears of this change. The record keeps the change's own fact and the
    /// message that the reaction writes; a third copy of the event would only make the journal longer.
    func announce(_ object: ObjectEvent, context: ChangeContext, in transaction: Transaction) throws {
        guard events & object.event.bit != 0 else { return }
        for target in targets where target.hears(object) {
            let body = target.template.body(object, context: context, time: transaction.now, lsn: transaction.lsn)
            try transaction.signal(NotificationDue(targetARN: target.arn, body: body).fact)
        }
    }
}

/// What happened to an object.
struct ObjectEvent: Sendable {
    let event: NotificationEvent
    let key: ObjectKey
    /// Nil in a bucket that never had versions.
    let version: VersionID?
    /// Nil when it was removed.
    let stored: StoredHeader?
}

extension QueueNotification {
    init(_ record: PBQueueTargetRecord) throws {
        guard let queue = ARN(record.arn) else { throw LedgerError.damaged("notification target \(record.arn)") }
        let events = try record.events.map { name in
            guard let pattern = EventPattern(name) else { throw LedgerError.damaged("notification event \(name)") }
            return pattern
        }
        self.init(id: record.id, queue: queue, events: events, prefix: record.prefix, suffix: record.suffix)
    }

    var record: PBQueueTargetRecord {
        PBQueueTargetRecord.with {
            $0.id = id ?? ""
            $0.arn = queue.description
            $0.events = events.map(\.wireName)
            $0.prefix = prefix
            $0.suffix = suffix
        }
    }
}
