import Environment
import JSON
import Model
import NIOCore
import Objects
import Outbound
import S3
import Webhooks

/// Asks declared functions whether an object may come in. The request is signed as an event's is.
struct AdmissionQuestions: Sendable {
    /// Of an answer: a verdict and a sentence.
    private static let answerBytesMax = 16 * 1024

    private let targets: [ARN: WebhookTarget]
    private let caller: HTTPCaller
    private let clock: any Clock

    init(_ targets: [WebhookTarget], caller: HTTPCaller, clock: any Clock) {
        self.targets = Dictionary(targets.map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })
        self.caller = caller
        self.clock = clock
    }

    func ask(_ question: AdmissionQuestion, _ subject: AdmissionSubject) async -> AdmissionAnswer {
        guard let target = targets[question.function], let url = CallURL(target.url) else { return .unanswered("it is not declared") }
        let body = Array(Self.document(subject).bytes.readableBytesView)
        let headers = [(name: "content-type", value: "application/json"), (name: "x-roost-function", value: target.arn.description)]
        let signature = WebhookSignature.headers(secret: target.secret, time: clock.now(), body: body)
        do throws(CallFailure) {
            let answer = try await caller.post(
                url, headers: headers + signature, body: body, timeout: question.timeout, answerBytesMax: Self.answerBytesMax)
            return Self.verdict(answer)
        } catch {
            return .unanswered(error.description)
        }
    }

    private static func document(_ subject: AdmissionSubject) -> JSONValue {
        .object([
            "admission": .object([
                "operation": .string(subject.operation), "bucket": .string(subject.bucket.rawValue), "key": .string(subject.key.string),
                "size": subject.size.map { .integer($0) } ?? .null, "contentType": subject.contentType.map { .string($0) } ?? .null,
                "account": .string(subject.principal.account.rawValue), "principal": .string(subject.principal.arn.description),
                "requestId": .string(subject.requestID.description),
            ])
        ])
    }

    private static func verdict(_ answer: CallAnswer) -> AdmissionAnswer {
        guard answer.status == 200 else { return .unanswered("it answered \(answer.status)") }
        let value = try? JSONValue.parse(ByteBuffer(bytes: answer.body), limits: JSONLimits(bytesMax: answerBytesMax))
        guard let object = value?.object, let admits = object["admit"]?.bool else { return .unanswered("it answered no verdict") }
        return admits ? .admitted : .refused(object["reason"]?.string ?? "the function refused it.")
    }
}
