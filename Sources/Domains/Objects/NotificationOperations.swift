import Environment
import Model
import StoragePorts
import SwiftProtobuf

extension Objects {
    /// Replaces a bucket's configuration; an empty one ends all notifications. With `sendsTestEvent`, each target that the bucket did not
    /// notify before gets `s3:TestEvent` in the same commit. Throws `.noSuchBucket`, `.invalidNotification`.
    /// Whether the targets exist and may be written to is for the caller to check.
    package func setNotifications(
        _ bucket: BucketName, _ configuration: NotificationConfiguration, sendsTestEvent: Bool = false, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Void> {
        let configuration = named(configuration)
        if let problem = configuration.problem() { throw .invalidNotification(problem) }
        let committed = try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            var record = state.record
            let known = Set((record.notifications.queues + record.notifications.functions).map(\.arn))
            record.clearNotifications()
            if configuration != NotificationConfiguration() { record.notifications = configuration.record }
            try put(record, of: state, in: transaction)
            try transaction.emit(.notificationsChanged(bucket, targets: configuration.targets.count, context))
            guard sendsTestEvent else { return }
            let body = TestEvent.body(bucket, context: context, time: transaction.now)
            var told = known
            for target in configuration.targets where told.insert(target.arn.description).inserted {
                let due = NotificationDue(targetARN: target.arn.description, body: body)
                try transaction.signal(target.arn.service == "sqs" ? due.fact : due.functionFact)
            }
        }
        return Committed(value: (), lsn: committed.lsn)
    }

    /// Throws `.noSuchBucket`.
    package func notifications(_ bucket: BucketName) async throws(ObjectsError) -> NotificationConfiguration {
        try await read { [self] snapshot in try NotificationConfiguration(try require(bucket, in: snapshot).record.notifications) }
    }

    /// Gives a made-up id to each target without one.
    private func named(_ configuration: NotificationConfiguration) -> NotificationConfiguration {
        var configuration = configuration
        func name(_ target: inout NotificationTarget) {
            if (target.id ?? "").isEmpty { target.id = makeRuleID() }
        }
        for index in configuration.queues.indices { name(&configuration.queues[index]) }
        for index in configuration.functions.indices { name(&configuration.functions[index]) }
        return configuration
    }
}

extension NotificationConfiguration {
    init(_ record: PBNotificationRecord) throws {
        self.init(
            queues: try record.queues.map { try NotificationTarget($0) },
            functions: try record.functions.map { try NotificationTarget($0) },
            sendsToEventBus: record.eventBus)
    }

    var record: PBNotificationRecord {
        PBNotificationRecord.with {
            $0.queues = queues.map(\.record)
            $0.functions = functions.map(\.record)
            $0.eventBus = sendsToEventBus
        }
    }
}

extension NotificationTarget {
    init(_ record: PBQueueTargetRecord) throws {
        guard let arn = ARN(record.arn) else { throw LedgerError.damaged("notification target \(record.arn)") }
        let events = try record.events.map { name in
            guard let pattern = EventPattern(name) else { throw LedgerError.damaged("notification event \(name)") }
            return pattern
        }
        self.init(
            id: record.id, arn: arn, events: events, prefix: record.hasPrefix ? record.prefix : nil,
            suffix: record.hasSuffix ? record.suffix : nil)
    }

    var record: PBQueueTargetRecord {
        PBQueueTargetRecord.with {
            $0.id = id ?? ""
            $0.arn = arn.description
            $0.events = events.map(\.wireName)
            if let prefix { $0.prefix = prefix }
            if let suffix { $0.suffix = suffix }
        }
    }
}
