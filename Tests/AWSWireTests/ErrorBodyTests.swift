import AWSWire
import HTTPTypes
import JSON
import NIOCore
import Testing

struct ErrorBodyTests {
    static let error = WireError(
        status: .notFound, code: "NoSuchKey", message: "The specified key does not exist.", elements: [.init("Key", "a<b")])

    @Test func s3() {
        let text = S3ErrorBody.write(Self.error, resource: "/b/a%3Cb", requestID: "0123", hostID: "host").text
        #expect(
            text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist."
                + "</Message><Key>a&lt;b</Key><Resource>/b/a%3Cb</Resource><RequestId>0123</RequestId><HostId>host</HostId></Error>")
    }

    @Test func query() throws {
        let namespace = "http://queue.amazonaws.com/doc/2012-11-05/"
        let body = QueryErrorBody.write(Self.error, namespace: namespace, requestID: "0123")
        #expect(body.text.contains("<ErrorResponse xmlns=\"\(namespace)\">"))
        let root = try XMLElement.parse(body, limits: XMLLimits(bytesMax: 10_000))
        #expect(root["Error"]?["Type"]?.text == "Sender")
        #expect(root["Error"]?["Code"]?.text == "NoSuchKey")
        #expect(root["RequestId"]?.text == "0123")
    }

    @Test func json() {
        let body = JSONErrorBody.write(Self.error, type: "com.amazonaws.sqs#QueueDoesNotExist")
        #expect(body.text == #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified key does not exist."}"#)
        let header = JSONErrorBody.queryErrorHeader(code: "AWS.SimpleQueueService.NonExistentQueue", isSenderFault: true)
        #expect(header.name.canonicalName == "x-amzn-query-error")
        #expect(header.value == "AWS.SimpleQueueService.NonExistentQueue;Sender")
    }

    /// A mismatch shows what was signed, bytes that XML cannot hold included, and stays well-formed.
    @Test func hostileMismatch() throws {
        var request = Sample.get("/b/\u{1}<x>&%00")
        request = Sample.signed(request)
        let error = try #require(refusal(of: request, key: SigningKey(secret: "other", scope: Sample.scope))).wireError(for: .s3)
        let body = S3ErrorBody.write(error, resource: request.rawPath, requestID: "1", hostID: "h")
        #expect(try XMLElement.parse(body, limits: XMLLimits(bytesMax: 100_000))["Code"]?.text == "SignatureDoesNotMatch")
    }
}

struct ServiceClassifierTests {
    private func service(_ change: (inout WireRequest) -> Void) -> String? {
        var request = Sample.get("/")
        change(&request)
        return ServiceClassifier.classify(request)
    }

    @Test func byScope() {
        let signer = SigV4Signer(accessKeyID: "A/B", secret: "s", region: "us-east-1", service: "sqs")
        #expect(service { signer.sign(&$0, payload: .implied, at: Sample.now) } == "sqs")
        #expect(service { signer.presign(&$0, expiresSeconds: 1, at: Sample.now) } == "sqs")
        #expect(ServiceClassifier.classify(Sample.signed(Sample.get())) == "s3")
    }

    @Test func withoutSignature() {
        #expect(service { _ in } == "s3")
        #expect(service { $0.headers[.xAmzTarget] = "AmazonSQS.SendMessage" } == "sqs")
        #expect(service { $0.headers[.xAmzTarget] = "DynamoDB_20120810.GetItem" } == "dynamodb")
        #expect(service { $0.rawQuery = "Action=ListQueues&Version=2012-11-05" } == "sqs")
        #expect(service { $0.rawQuery = "Version=2011-06-15&Action=AssumeRoleWithWebIdentity" } == "sts")
        #expect(service { $0.rawQuery = "Action=Nothing" } == "s3")
        #expect(service { $0.headers[.authorization] = "Credential=abc" } == "s3")
        #expect(service { $0.headers[.authorization] = "Credential=" } == "s3")
        #expect(service { $0.rawQuery = "X-Amz-Credential=%" } == "s3")
        let form: (inout WireRequest) -> Void = {
            $0.method = "POST"
            $0.headers[.contentType] = "application/x-www-form-urlencoded; charset=utf-8"
        }
        #expect(service(form) == nil)
        #expect(
            service {
                form(&$0)
                $0.rawPath = "/bucket/"
            } == "s3")
    }

    @Test func byForm() throws {
        func service(_ text: String) throws -> String? {
            ServiceClassifier.classify(form: try QueryForm.parse(ByteBuffer(string: text)))
        }
        #expect(try service("Action=SendMessage&Version=2012-11-05") == "sqs")
        #expect(try service("Action=Publish&Version=2010-03-31") == "sns")
        #expect(try service("Version=2010-03-31") == nil)
    }
}
