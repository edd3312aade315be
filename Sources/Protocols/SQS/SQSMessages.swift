import Doors
import Model
import Queues

/// Messages between their wire form and the domain's values.
enum SQSMessages {
    /// The message of a `SendMessage` or of one entry of its batch. Throws `QueueError` for what is wrong with this message, `SQSError` for
    /// what is no request at all.
    static func message(_ input: SQSInput, _ call: SQSCall) throws -> OutgoingMessage {
        try refuseFIFO(input)
        guard let body = try input.string("MessageBody") else { throw QueueError.missingParameter("MessageBody") }
        return OutgoingMessage(
            body: body, attributes: try attributes(input), traceHeader: try traceHeader(input), requestTrace: call.request.trace,
            groupID: try input.string("MessageGroupId"), delaySeconds: try input.integer("DelaySeconds"),
            sender: call.principal.account.rawValue)
    }

    private static func refuseFIFO(_ input: SQSInput) throws {
        if let id = try input.string("MessageDeduplicationId") {
            throw QueueError.invalidParameter(
                "Value \(id) for parameter MessageDeduplicationId is invalid. Reason: The request includes a "
                    + "parameter that is not valid for this queue type: it needs a FIFO queue."
            )
        }
    }

    private static func attributes(_ input: SQSInput) throws -> [MessageAttribute] {
        try input.structures(map: "MessageAttributes", query: "MessageAttribute").map { try attribute($0.key, $0.value) }
    }

    private static func attribute(_ name: String, _ input: SQSInput) throws -> MessageAttribute {
        guard let type = try input.string("DataType"), !type.isEmpty else {
            throw QueueError.invalidParameter("The message attribute '\(name)' must contain non-empty message attribute type.")
        }
        let text = try input.string("StringValue")
        let binary = try input.binary("BinaryValue")
        switch (text, binary) {
        case (let text?, nil): return MessageAttribute(name: name, type: type, value: .text(text))
        case (nil, let binary?): return MessageAttribute(name: name, type: type, value: .binary(binary))
        case (nil, nil):
            throw QueueError.invalidParameter("The message attribute '\(name)' must contain non-empty message attribute value.")
        case (_?, _?):
            throw QueueError.invalidParameter("Message attribute '\(name)' has multiple values.")
        }
    }

    private static func traceHeader(_ input: SQSInput) throws -> String? {
        var trace: String?
        for (name, value) in try input.structures(map: "MessageSystemAttributes", query: "MessageSystemAttribute") {
            guard name == "AWSTraceHeader" else {
                throw QueueError.invalidParameter("Message system attribute name '\(name)' is invalid.")
            }
            let attribute = try attribute(name, value)
            guard attribute.type == "String", case .text(let text) = attribute.value else {
                throw QueueError.invalidParameter("The message system attribute 'AWSTraceHeader' must be of type String.")
            }
            trace = text
        }
        return trace
    }

    // MARK: Out

    static func add(_ sent: SentMessage, to output: inout SQSOutput) {
        output.add("MessageId", sent.messageID)
        output.add("MD5OfMessageBody", sent.bodyMD5)
        output.add("MD5OfMessageAttributes", sent.attributesMD5)
        output.add("MD5OfMessageSystemAttributes", sent.systemAttributesMD5)
    }

    static func attribute(_ attribute: MessageAttribute) -> SQSOutput {
        var output = SQSOutput()
        switch attribute.value {
        case .text(let text): output.add("StringValue", text)
        case .binary(let bytes): output.add("BinaryValue", .binary(bytes))
        }
        output.add("DataType", attribute.type)
        return output
    }
}
