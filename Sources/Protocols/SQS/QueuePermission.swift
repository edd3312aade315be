import HTTPTypes
import JSON
import Model
import NIOCore
import Queues

/// What `AddPermission` asks for, and what it and `RemovePermission` make of a queue's policy: a statement for each label.
///
/// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
struct QueuePermission: Sendable {
    private static let actionsMax = 7
    private static let labelBytesMax = 80
    /// What another account may be allowed.
    private static let grantable: Set<String> = [
        "*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",
        "ReceiveMessage", "SendMessage",
    ]

    let label: String
    private let accounts: [AccountID]
    private let actions: [String]

    /// Throws `SQSError` for what is missing or makes no sense.
    init(_ input: SQSInput) throws(SQSError) {
        label = try Self.label(input)
        let accounts = try input.strings("AWSAccountIds", query: "AWSAccountId")
        let actions = try input.strings("Actions", query: "ActionName")
        guard !accounts.isEmpty else { throw .missingParameter("AWSAccountIds") }
        guard !actions.isEmpty else { throw .missingParameter("Actions") }
        guard actions.count <= Self.actionsMax else {
            throw SQSError(
                "OverLimit", code: "OverLimit", status: .forbidden,
                "\(actions.count) Actions were found, maximum allowed is \(Self.actionsMax).")
        }
        for action in actions where !Self.grantable.contains(action) {
            let isKnown = SQSOperations.named(action, atQueue: false) != nil
            let reason = isKnown ? "Only the queue owner is allowed to invoke this action." : "There is no such action."
            throw .invalidParameter("Value SQS:\(action) for parameter ActionName is invalid. Reason: \(reason)")
        }
        self.accounts = accounts.compactMap { AccountID($0) }
        self.actions = actions
        guard self.accounts.count == accounts.count else {
            throw .invalidParameter(
                "Value [\(accounts.joined(separator: ", "))] for parameter PrincipalId is invalid. Reason: Unable to verify.")
        }
    }

    /// 1 to 80 letters, digits, `-` and `_`.
    static func label(_ input: SQSInput) throws(SQSError) -> String {
        let label = try input.requiredString("Label")
        let isPlain = label.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain, (1...labelBytesMax).contains(label.utf8.count) else {
            throw .invalidParameter(
                "Value \(label) for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or "
                    + "underscores. 1 to \(labelBytesMax) in length.")
        }
        return label
    }

    /// The policy with a statement more. Throws when the label is taken.
    func added(to policy: String?, of queue: ARN) throws(QueueError) -> String {
        var document = try policy.map { (text) throws(QueueError) in try Self.document(text) } ?? Self.empty(of: queue)
        let statements = Self.statements(of: document)
        guard !statements.contains(where: { Self.label(of: $0) == label }) else {
            throw .invalidParameter("Value \(label) for parameter Label is invalid. Reason: Already exists.")
        }
        document["Statement"] = .array(statements + [statement(on: queue)])
        return String(buffer: JSONValue.object(document).bytes)
    }

    /// The policy without the label's statement; nil when none is left. Throws when there is none of that label.
    static func removed(_ label: String, from policy: String?) throws(QueueError) -> String? {
        var document = try policy.map { (text) throws(QueueError) in try Self.document(text) } ?? JSONObject()
        let statements = statements(of: document)
        let left = statements.filter { Self.label(of: $0) != label }
        guard left.count < statements.count else {
            throw .invalidParameter("Value \(label) for parameter Label is invalid. Reason: can't find label.")
        }
        document["Statement"] = .array(left)
        return left.isEmpty ? nil : String(buffer: JSONValue.object(document).bytes)
    }

    private static func empty(of queue: ARN) -> JSONObject {
        ["Version": .string("2008-10-17"), "Id": .string("\(queue)/SQSDefaultPolicy")]
    }

    private static func document(_ text: String) throws(QueueError) -> JSONObject {
        let limits = JSONLimits(bytesMax: QueueLimits.policyBytesMax)
        guard let document = (try? JSONValue.parse(ByteBuffer(string: text), limits: limits))?.object else {
            throw .invalidAttributeValue(name: "Policy", value: text)
        }
        return document
    }

    private static func statements(of document: JSONObject) -> [JSONValue] {
        guard let statement = document["Statement"] else { return [] }
        return statement.array ?? [statement]
    }

    private static func label(of statement: JSONValue) -> String? { statement.object?["Sid"]?.string }

    private func statement(on queue: ARN) -> JSONValue {
        let principals = accounts.map { "arn:aws:iam::\($0):root" }
        return .object([
            "Sid": .string(label), "Effect": .string("Allow"), "Principal": .object(["AWS": Self.oneOrMany(principals)]),
            "Action": Self.oneOrMany(actions.map { "SQS:" + $0 }), "Resource": .string(queue.description),
        ])
    }

    private static func oneOrMany(_ texts: [String]) -> JSONValue {
        texts.count == 1 ? .string(texts[0]) : .strings(texts)
    }
}
