import Identity
import Model
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
enum ReceiveMessage: SQSOperation {
    static let wire = SQSOperationWire(name: "ReceiveMessage", response: "ReceiveMessageResponse", result: "ReceiveMessageResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let queue = try call.queue(for: .sqs("ReceiveMessage"))
        let wanted = try systemAttributes(call.input)
        if let id = try call.input.string("ReceiveRequestAttemptId") {
            throw SQSError.invalidParameter(
                "Value \(id) for parameter ReceiveRequestAttemptId is invalid. Reason: The request includes a "
                    + "parameter that is not valid for this queue type: it needs a FIFO queue."
            )
        }
        let request = ReceiveRequest(
            countMax: try call.input.integer("MaxNumberOfMessages") ?? 1,
            visibilityTimeoutSeconds: try call.input.integer("VisibilityTimeout"), waitSeconds: try call.input.integer("WaitTimeSeconds"),
            attributes: AttributeSelection(try call.input.strings("MessageAttributeNames", query: "MessageAttributeName")))
        let messages = try await call.queues.receive(request, from: queue)
        var output = SQSOutput()
        if !messages.isEmpty { output.add("Messages", xml: "Message", .structures(messages.map { encode($0, wanted) })) }
        return SQSAnswer(output: output)
    }

    private static let known: Set<String> = [
        "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber",
        "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
    ]

    /// Named by the parameter of today or by the older one, which may also name attributes of the queue: those mean nothing here.
    private static func systemAttributes(_ input: SQSInput) throws -> Set<String> {
        var names = Set(try input.strings("MessageSystemAttributeNames", query: "MessageSystemAttributeName"))
        names.formUnion(try input.strings("AttributeNames", query: "AttributeName"))
        for name in names where !known.contains(name) && !SQSAttributes.names.contains(name) { throw QueueError.invalidAttributeName(name) }
        return names
    }

    private static func encode(_ message: ReceivedMessage, _ wanted: Set<String>) -> SQSOutput {
        var output = SQSOutput()
        output.add("MessageId", message.messageID)
        output.add("ReceiptHandle", message.receiptHandle)
        output.add("MD5OfBody", message.bodyMD5)
        output.add("Body", message.body)
        let attributes = systemAttributes(of: message).filter { wanted.contains("All") || wanted.contains($0.key) }
        if !attributes.isEmpty { output.add("Attributes", xml: "Attribute", .textMap(attributes, key: "Name", value: "Value")) }
        output.add("MD5OfMessageAttributes", message.attributesMD5)
        if !message.attributes.isEmpty {
            let attributes = message.attributes.map { (key: $0.name, value: SQSMessages.attribute($0)) }
            output.add("MessageAttributes", xml: "MessageAttribute", .structureMap(attributes))
        }
        return output
    }

    private static func systemAttributes(of message: ReceivedMessage) -> [(key: String, value: String)] {
        var attributes = [
            (key: "SenderId", value: message.sender),
            (key: "ApproximateFirstReceiveTimestamp", value: String(message.firstReceived.milliseconds)),
            (key: "ApproximateReceiveCount", value: String(message.receiveCount)),
            (key: "SentTimestamp", value: String(message.sent.milliseconds)),
        ]
        if let group = message.groupID { attributes.append((key: "MessageGroupId", value: group)) }
        if let trace = message.traceHeader { attributes.append((key: "AWSTraceHeader", value: trace)) }
        if let source = message.deadLetterSource { attributes.append((key: "DeadLetterQueueSourceArn", value: source)) }
        return attributes
    }
}
