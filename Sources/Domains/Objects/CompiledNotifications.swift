import Model
import StoragePorts
import SwiftProtobuf

/// A bucket's notifications, ready to be matched: made once per version of the bucket's record.
struct CompiledNotifications: Sendable {
    private enum Writer: Sendable {
        case queue(EventTemplate)
        case function(EventTemplate)
        case bus(EventBusTemplate)
    }

    private struct Target: Sendable {
        let arn: String
        let events: UInt32
        let prefix: [UInt8]
        let suffix: [UInt8]
        let writer: Writer

        func hears(_ object: ObjectEvent) -> Bool {
            let key = object.key.utf8
            return events & object.event.bit != 0 && key.starts(with: prefix) && key.reversed().starts(with: suffix.reversed())
        }
    }

    private let bucket: LSN
    private let targets: [Target]
    private let events: UInt32

    /// Nil when there is no target.
    init?(_ record: PBNotificationRecord, bucket: Bucket) throws {
        let configuration = try NotificationConfiguration(record)
        guard configuration != NotificationConfiguration() else { return nil }
        func compiled(_ target: NotificationTarget, _ writer: (EventTemplate) -> Writer) -> Target {
            Target(
                arn: target.arn.description, events: target.eventBits, prefix: Array((target.prefix ?? "").utf8),
                suffix: Array((target.suffix ?? "").utf8), writer: writer(EventTemplate(bucket, configurationID: target.id ?? "")))
        }
        var targets =
            configuration.queues.map { compiled($0) { .queue($0) } } + configuration.functions.map { compiled($0) { .function($0) } }
        if configuration.sendsToEventBus {
            targets.append(
                Target(
                    arn: EventBusTemplate.bus(of: bucket).description, events: EventBusTemplate.events, prefix: [], suffix: [],
                    writer: .bus(EventBusTemplate(bucket))))
        }
        self.bucket = bucket.instance
        self.targets = targets
        events = targets.reduce(0) { $0 | $1.events }
    }

    /// Signals a `NotificationDue` for each target that hears of this change. The record keeps the change's own fact and the
    /// message that the reaction writes; a third copy of the event would only make the journal longer.
    func announce(_ object: ObjectEvent, context: ChangeContext, in transaction: Transaction) throws {
        guard events & object.event.bit != 0 else { return }
        for target in targets where target.hears(object) {
            switch target.writer {
            case .queue(let template):
                let body = template.body(object, context: context, time: transaction.now, lsn: transaction.lsn)
                try transaction.signal(NotificationDue(targetARN: target.arn, body: body, trace: context.trace).fact)
            case .function(let template):
                let body = template.body(object, context: context, time: transaction.now, lsn: transaction.lsn)
                try transaction.signal(NotificationDue(targetARN: target.arn, body: body, lane: lane(of: object.key)).functionFact)
            case .bus(let template):
                let lane = lane(of: object.key)
                let body = template.body(object, context: context, time: transaction.now, lsn: transaction.lsn, lane: lane)
                try transaction.signal(NotificationDue(targetARN: target.arn, body: body, lane: lane).functionFact)
            }
        }
    }

    /// FNV-1a of bucket and key: two keys that meet only wait for each other.
    ///
    /// Source: http://www.isthe.com/chongo/tech/comp/fnv/
    private func lane(of key: ObjectKey) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ bucket.rawValue
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
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
    /// Of an object that was restored.
    var restoredUntil: Timestamp?
}

extension BucketState {
    /// Tells the bucket's targets, in this commit, what happened to an object. Costs nothing when the bucket notifies nobody.
    func announce(
        _ event: NotificationEvent, _ key: ObjectKey, _ version: VersionID?, _ stored: StoredHeader?, context: ChangeContext,
        in transaction: Transaction
    ) throws {
        guard let notifications else { return }
        let object = ObjectEvent(event: event, key: key, version: version, stored: stored)
        try notifications.announce(object, context: context, in: transaction)
    }
}
