import Bytes
import Identity
import JSON
import Model
import NIOCore
import Queues
import StoragePorts

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html
enum CancelMessageMoveTask: SQSOperation {
    static let wire = SQSOperationWire(
        name: "CancelMessageMoveTask", response: "CancelMessageMoveTaskResponse", result: "CancelMessageMoveTaskResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        guard let handle = MoveTaskHandle(try call.input.requiredString("TaskHandle")) else {
            throw SQSError.invalidParameter("Value for parameter TaskHandle is invalid.")
        }
        let source = try call.queue(handle.source, "SourceArn", for: .sqs("CancelMessageMoveTask"))
        let cancelled = try await call.queues.cancelMove(handle.task, of: source)
        var output = SQSOutput()
        output.add("ApproximateNumberOfMessagesMoved", .number(cancelled.value))
        return SQSAnswer(output: output, lsn: cancelled.lsn)
    }
}

/// Names a move task: Base64 of `{"taskId":"...","sourceArn":"..."}`, as AWS's is.
struct MoveTaskHandle {
    private static let bytesMax = 4096

    let task: String
    let source: ARN

    init(task: String, source: ARN) {
        self.task = task
        self.source = source
    }

    /// Nil when it is none.
    init?(_ text: String) {
        guard let bytes = Base64.decode(text),
            let object = (try? JSONValue.parse(ByteBuffer(bytes: bytes), limits: JSONLimits(bytesMax: Self.bytesMax)))?.object,
            let task = object["taskId"]?.string, let source = object["sourceArn"]?.string.flatMap({ ARN($0) })
        else { return nil }
        self.init(task: task, source: source)
    }

    var text: String {
        let object: JSONObject = ["taskId": .string(task), "sourceArn": .string(source.description)]
        return Base64.encode(Array(JSONValue.object(object).bytes.readableBytesView))
    }
}
