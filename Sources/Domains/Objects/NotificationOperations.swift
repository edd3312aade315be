import Environment
import Model
import StoragePorts
import SwiftProtobuf

extension Objects {
    /// Replaces a bucket's configuration; an empty one ends all notifications. Throws `.noSuchBucket`, `.invalidNotification`.
    /// Whether the queues exist and may be written to is for the caller to check.
    package func setNotifications(
        _ bucket: BucketName, _ configuration: NotificationConfiguration, context: ChangeContext
    ) async throws(ObjectsError) -> Committed<Void> {
        let configuration = named(configuration)
        if let problem = configuration.problem() { throw .invalidNotification(problem) }
        let committed = try await commit(reading: [ObjectKeys.bucket(bucket)]) { [self] transaction in
            let state = try require(bucket, in: transaction)
            var record = state.record
            record.clearNotifications()
            if !configuration.queues.isEmpty {
                record.notifications = PBNotificationRecord.with { $0.queues = configuration.queues.map(\.record) }
            }
            try put(record, of: state, in: transaction)
            try transaction.emit(.notificationsChanged(bucket, targets: configuration.queues.count, context))
        }
        return Committed(value: (), lsn: committed.lsn)
    }

    /// Throws `.noSuchBucket`.
    package func notifications(_ bucket: BucketName) async throws(ObjectsError) -> NotificationConfiguration {
        try await read { [self] snapshot in
            let record = try require(bucket, in: snapshot).record.notifications
            return NotificationConfiguration(queues: try record.queues.map { try QueueNotification($0) })
        }
    }

    /// Gives a made-up id to each target without one.
    private func named(_ configuration: NotificationConfiguration) -> NotificationConfiguration {
        var configuration = configuration
        for index in configuration.queues.indices where (configuration.queues[index].id ?? "").isEmpty {
            configuration.queues[index].id = makeRuleID()
        }
        return configuration
    }
}
