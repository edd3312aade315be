import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
enum PutBucketNotification {
    static let action = Action.s3("PutBucketNotification")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else {
            throw S3Error.missingRequestBody
        }
        _ = try await call.objects.bucket(bucket)
        let configuration = try NotificationDocument.decode(document)
        let skipsValidation = call.headers[.amzSkipDestinationValidation]?.lowercased() == "true"
        if !skipsValidation { try await validate(configuration, call.door.configuration) }
        let stored = try await call.objects.setNotifications(
            bucket, configuration, sendsTestEvent: !skipsValidation, context: call.change)
        var headers = HTTPFields()
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    private static func validate(_ configuration: NotificationConfiguration, _ door: S3Configuration) async throws(S3Error) {
        var problems: [(name: String, reason: String)] = []
        for target in configuration.queues {
            guard let problem = await door.validateQueueTarget(target.arn) else { continue }
            let reason =
                switch problem {
                case .doesNotExist: "The destination queue does not exist"
                case .isFIFO: "FIFO SQS queues are not supported"
                case .notPermitted: "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
                }
            problems.append((target.arn.description, reason))
        }
        for target in configuration.functions where !door.isFunctionDeclared(target.arn) {
            problems.append(("\(target.arn), null", "Not authorized to invoke function [\(target.arn)]"))
        }
        if !problems.isEmpty { throw .invalidDestinations(problems) }
    }
}

/// `<NotificationConfiguration>`.
enum NotificationDocument {
    /// Throws `MalformedXML`, `InvalidArgument`, and for topics, which do not exist yet.
    static func decode(_ document: XMLElement) throws(S3Error) -> NotificationConfiguration {
        guard document.name == "NotificationConfiguration" else { throw .malformedXML }
        var configuration = NotificationConfiguration()
        for child in document.children {
            switch child.name {
            case "QueueConfiguration":
                configuration.queues.append(try target(child, child["Queue"] ?? child["QueueArn"], service: "sqs", name: "Queue"))
            case "CloudFunctionConfiguration", "LambdaFunctionConfiguration":
                let arn = child["CloudFunction"] ?? child["LambdaFunctionArn"]
                configuration.functions.append(try target(child, arn, service: "lambda", name: "CloudFunction"))
            case "EventBridgeConfiguration": configuration.sendsToEventBus = true
            case "TopicConfiguration":
                throw .invalidDestination((child["Topic"] ?? child["TopicArn"])?.text ?? "", "The destination topic does not exist")
            default: throw .malformedXML
            }
        }
        return configuration
    }

    private static func target(
        _ element: XMLElement, _ destination: XMLElement?, service: String, name: String
    ) throws(S3Error) -> NotificationTarget {
        guard let text = destination?.text.trimmed else { throw .malformedXML }
        guard let arn = ARN(String(text)), arn.service == service else {
            throw .invalidArgument("The ARN could not be parsed", name: name, value: String(text))
        }
        var events: [EventPattern] = []
        for event in element.children(named: "Event") {
            guard let pattern = EventPattern(String(event.text.trimmed)) else {
                throw .invalidArgument("The event '\(event.text)' is not supported for notifications", name: "Event", value: event.text)
            }
            events.append(pattern)
        }
        guard !events.isEmpty else { throw .malformedXML }
        var target = NotificationTarget(id: element["Id"]?.text, arn: arn, events: events)
        for filter in element.children(named: "Filter") { try read(filter, into: &target) }
        return target
    }

    private static func read(_ filter: XMLElement, into target: inout NotificationTarget) throws(S3Error) {
        guard let rules = filter["S3Key"]?.children(named: "FilterRule") else { throw .malformedXML }
        var seen: Set<String> = []
        for rule in rules {
            guard let text = rule["Name"]?.text, let value = rule["Value"]?.text else { throw .malformedXML }
            let name = text.lowercased()
            guard name == "prefix" || name == "suffix" else {
                throw .invalidArgument("filter rule name must be either prefix or suffix", name: "FilterRule.Name", value: text)
            }
            guard seen.insert(name).inserted else {
                throw .invalidArgument("Cannot specify more than one \(name) rule in a filter.", name: "FilterRule.Name", value: name)
            }
            if name == "prefix" { target.prefix = value } else { target.suffix = value }
        }
    }
}
