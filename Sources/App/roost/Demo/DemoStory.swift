import ArgumentParser
import Bytes
import Crypto
import Environment
import HTTPTypes
import Model

/// The story, step by step. Every step is a real request; the first that fails ends it, after cleaning up.
struct DemoStory {
    private static let key = "report.txt"
    private static let content = Array("Quarterly report: the nest is warm.\n".utf8)
    private static let waitSeconds = 20

    let client: SignedClient
    let page: DemoPage
    private let clock = SystemClock()
    private let name = "roost-demo-" + String(UInt32.random(in: .min ... .max), radix: 36)

    init(client: SignedClient, page: DemoPage) {
        self.client = client
        self.page = page
    }

    func tell() async throws {
        page.opening("\(client.caller.endpoint)")
        var steps = StepCounter()
        var queueURL: String?
        do {
            queueURL = try await prepare(&steps)
            try await store(&steps)
            try await fetch(&steps, queueURL: queueURL ?? "")
            try await cleanUp(&steps, queueURL: queueURL)
        } catch let failure as StepFailure {
            page.failed(steps.number, failure.title, failure.reason)
            var rest = StepCounter()
            try? await cleanUp(&rest, queueURL: queueURL, isQuiet: true)
            throw ExitCode.failure
        }
        page.closing("The object and its message were one commit: there is no moment at which one exists without the other.")
    }

    /// What CreateBucket has to say of a client's region; in us-east-1 nothing.
    private var placing: [UInt8] {
        let region = client.caller.region
        guard region != Region.usEast1.rawValue else { return [] }
        let constraint = "<LocationConstraint>\(region)</LocationConstraint>"
        return Array(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(constraint)</CreateBucketConfiguration>".utf8)
    }

    // MARK: The chapters

    /// Returns the queue's URL.
    private func prepare(_ steps: inout StepCounter) async throws -> String {
        page.chapter("Before")
        try await step(&steps, "make a bucket", "PUT /\(name)") { try await client.s3("PUT", "/\(name)", body: placing) }
        let made = try await step(&steps, "make a queue", "SQS CreateQueue") {
            try await client.sqs("CreateQueue", #"{"QueueName":"\#(name)"}"#)
        }
        let url = try JSONText.string("QueueUrl", in: made.body)
        let described = try await step(&steps, "ask for the queue's name", "SQS GetQueueAttributes") {
            try await client.sqs("GetQueueAttributes", #"{"QueueUrl":"\#(url)","AttributeNames":["QueueArn"]}"#)
        }
        let arn = try JSONText.string("QueueArn", in: described.body)
        let configuration =
            #"<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><QueueConfiguration><Queue>\#(arn)</Queue>"#
            + "<Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>"
        // Without a test event, so that the first message is the file's.
        var headers = HTTPFields()
        if let name = HTTPField.Name("x-amz-skip-destination-validation") { headers[name] = "true" }
        let unvalidated = headers
        try await step(&steps, "connect the bucket to the queue", "PUT /\(name)?notification") {
            try await client.s3("PUT", "/\(name)", query: "notification", headers: unvalidated, body: Array(configuration.utf8))
        }
        return url
    }

    private func store(_ steps: inout StepCounter) async throws {
        page.chapter("Service A stores a file")
        let stored = try await step(&steps, "store it", "PUT /\(name)/\(Self.key)") {
            try await client.s3("PUT", "/\(name)/\(Self.key)", headers: [.contentType: "text/plain"], body: Self.content)
        }
        page.detail("ETag", stored.headers[.eTag] ?? "")
        page.detail("on disk", "synced before this answer")
    }

    private func fetch(_ steps: inout StepCounter, queueURL: String) async throws {
        page.chapter("Service B hears of it and fetches it")
        let receipt = try await receiveEvent(&steps, queueURL: queueURL)
        let target = client.presigned("/\(name)/\(Self.key)", seconds: 300)
        let got = try await step(&steps, "fetch by a presigned URL", "GET /\(name)/\(Self.key)?X-Amz-...") { try await client.get(target) }
        let expected = "\"" + Hex.encode(Array(Insecure.MD5.hash(data: Self.content))) + "\""
        guard got.body == Self.content, got.headers[.eTag] == expected else {
            throw StepFailure(title: "compare", reason: "the bytes or the ETag differ from what was stored")
        }
        page.detail("bytes", "\(got.body.count), the same as stored, ETag too")
        try await step(&steps, "done: remove the message", "SQS DeleteMessage") {
            try await client.sqs("DeleteMessage", #"{"QueueUrl":"\#(queueURL)","ReceiptHandle":\#(JSONText.quoted(receipt))}"#)
        }
    }

    /// Returns the receipt handle of the object's event. Test events and others are removed.
    private func receiveEvent(_ steps: inout StepCounter, queueURL: String) async throws -> String {
        for _ in 0..<5 {
            let answer = try await step(&steps, "wait for a message", "SQS ReceiveMessage") {
                try await client.sqs("ReceiveMessage", #"{"QueueUrl":"\#(queueURL)","WaitTimeSeconds":\#(Self.waitSeconds)}"#)
            }
            guard let body = try? JSONText.string("Body", in: answer.body) else { continue }
            let receipt = try JSONText.string("ReceiptHandle", in: answer.body)
            let event = Array(body.utf8)
            if let name = try? JSONText.string("eventName", in: event) {
                page.detail("event", name)
                page.detail("object", try JSONText.string("key", in: event))
                page.detail("sequencer", "\((try? JSONText.string("sequencer", in: event)) ?? "")   (its order is the commits' order)")
                return receipt
            }
            _ = try await client.sqs("DeleteMessage", #"{"QueueUrl":"\#(queueURL)","ReceiptHandle":\#(JSONText.quoted(receipt))}"#)
        }
        throw StepFailure(title: "wait for a message", reason: "the event did not come")
    }

    private func cleanUp(_ steps: inout StepCounter, queueURL: String?, isQuiet: Bool = false) async throws {
        if isQuiet {
            _ = try? await client.s3("DELETE", "/\(name)/\(Self.key)")
            _ = try? await client.s3("DELETE", "/\(name)")
            if let queueURL { _ = try? await client.sqs("DeleteQueue", #"{"QueueUrl":"\#(queueURL)"}"#) }
            return
        }
        page.chapter("After")
        try await step(&steps, "remove the file", "DELETE /\(name)/\(Self.key)") { try await client.s3("DELETE", "/\(name)/\(Self.key)") }
        try await step(&steps, "remove the bucket", "DELETE /\(name)") { try await client.s3("DELETE", "/\(name)") }
        try await step(&steps, "remove the queue", "SQS DeleteQueue") {
            try await client.sqs("DeleteQueue", #"{"QueueUrl":"\#(queueURL ?? "")"}"#)
        }
    }

    // MARK: One step

    @discardableResult
    private func step(
        _ steps: inout StepCounter, _ title: String, _ request: String, _ body: () async throws -> ClientAnswer
    ) async throws -> ClientAnswer {
        steps.number += 1
        let start = clock.monotonicNanoseconds()
        let answer: ClientAnswer
        do {
            answer = try await body()
        } catch {
            throw StepFailure(title: title, reason: "\(error)")
        }
        let milliseconds = Double(clock.monotonicNanoseconds() - start) / 1e6
        guard (200..<300).contains(answer.status) else {
            throw StepFailure(title: title, reason: "HTTP \(answer.status): \(answer.text.prefix(500))")
        }
        let position = HTTPField.Name("x-roost-lsn").flatMap { answer.headers[$0] }
        page.step(steps.number, title, request, milliseconds: milliseconds, position: position)
        return answer
    }
}

struct StepCounter {
    var number = 0
}

struct StepFailure: Error {
    let title: String
    let reason: String
}
