import AWSWire
import Doors
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
enum GetBucketNotification {
    static let action = Action.s3("GetBucketNotification")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        return S3Reply.xml(encode(try await call.objects.notifications(bucket)))
    }

    private static func encode(_ configuration: NotificationConfiguration) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("NotificationConfiguration", xmlns: S3Reply.namespace)
        for target in configuration.queues { write(target, "QueueConfiguration", "Queue", to: &xml) }
        for target in configuration.functions { write(target, "CloudFunctionConfiguration", "CloudFunction", to: &xml) }
        if configuration.sendsToEventBus { xml.element("EventBridgeConfiguration", "") }
        xml.close("NotificationConfiguration")
        return xml.finish()
    }

    private static func write(
        _ target: NotificationTarget, _ element: StaticString, _ destination: StaticString, to xml: inout XMLWriter
    ) {
        xml.open(element)
        xml.element("Id", target.id ?? "")
        xml.element(destination, target.arn.description)
        for event in target.events { xml.element("Event", event.wireName) }
        writeFilter(target, to: &xml)
        xml.close(element)
    }

    private static func writeFilter(_ target: NotificationTarget, to xml: inout XMLWriter) {
        if target.prefix == nil && target.suffix == nil { return }
        xml.open("Filter")
        xml.open("S3Key")
        if let prefix = target.prefix { writeRule("Prefix", prefix, to: &xml) }
        if let suffix = target.suffix { writeRule("Suffix", suffix, to: &xml) }
        xml.close("S3Key")
        xml.close("Filter")
    }

    private static func writeRule(_ name: String, _ value: String, to xml: inout XMLWriter) {
        xml.open("FilterRule")
        xml.element("Name", name)
        xml.element("Value", value)
        xml.close("FilterRule")
    }
}
