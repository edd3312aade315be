import AWSWire
import Doors
import HTTPTypes
import Model
import ModelLedger
import Queues
import SQS
import SimulationKit
import Testing

@Suite struct AuthenticationTests {
    private let headers: HTTPFields = [HTTPField.Name("x-amz-target")!: "AmazonSQS.ListQueues"]

    @Test func strangersAreRefusedBeforeTheirBodyIsRead() async {
        let fixture = DoorFixture()
        let answer = await fixture.json("ListQueues", "{}", signed: false)
        #expect(answer.status == 403)
        #expect(answer.header("x-amzn-query-error") == "MissingAuthenticationToken;Sender")
        #expect(!answer.response.closesConnection, "a short body is thrown away")
        let long = await fixture.ask(.post, "/", headers, "{}", signed: false, declaredLength: 1 << 30)
        #expect(long.status == 403 && long.response.closesConnection)
    }

    @Test func aWrongSecretIsRefused() async {
        let fixture = DoorFixture()
        let answer = await fixture.ask(.post, "/", headers, "{}", signed: true, secret: "guess")
        #expect(answer.status == 403)
        #expect(answer.header("x-amzn-query-error") == "SignatureDoesNotMatch;Sender")
    }

    @Test func anotherRegionIsNamed() async {
        let fixture = DoorFixture()
        let answer = await fixture.ask(.post, "/", headers, "{}", signed: true, region: "mars-1")
        #expect(answer.status == 403 && answer.body.contains("Credential should be scoped to a valid region, not 'mars-1'."))
    }

    @Test func aChangedBodyIsRefused() async {
        let fixture = DoorFixture()
        let answer = await fixture.ask(.post, "/", headers, "{}", signed: true, pieces: ["{ }"])
        #expect(answer.status == 403)
    }

    @Test func aBodyMayComeInPieces() async {
        let fixture = DoorFixture()
        let answer = await fixture.ask(.post, "/", headers, #"{"MaxResults":5}"#, signed: true, pieces: [#"{"MaxRe"#, #"sults":5}"#])
        #expect(answer.status == 200 && answer.body == "{}")
    }

    @Test func aBodyOverTheLimitIsRefused() async {
        let fixture = DoorFixture()
        let declared = await fixture.ask(
            .post, "/", headers, "{}", signed: true, declaredLength: Int64(SQSLimits.bodyBytesMax) + 1)
        #expect(declared.status == 413 && declared.response.closesConnection)
        let piece = String(repeating: " ", count: 1 << 20)
        let sent = await fixture.ask(
            .post, "/", headers, "{}", signed: true, pieces: Array(repeating: piece, count: 5), declaredLength: nil)
        #expect(sent.status == 413)
    }

    @Test func aReadWaitsForAPosition() async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        var headers = headers
        headers[HTTPField.Name("x-roost-wait-lsn")!] = "1"
        #expect(await fixture.ask(.post, "/", headers, "{}", signed: true).status == 200)
        headers[HTTPField.Name("x-roost-wait-lsn")!] = "soon"
        #expect(await fixture.ask(.post, "/", headers, "{}", signed: true).status == 400)
    }

    /// The region is the one that a request is signed for; URLs are the same in all.
    @Test func aRequestIsAboutItsRegion() async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        func ask(_ action: String, _ body: String, _ region: String) async -> DoorFixture.Answer {
            let headers: HTTPFields = [.contentType: "application/x-amz-json-1.0", HTTPField.Name("x-amz-target")!: "AmazonSQS.\(action)"]
            return await fixture.ask(.post, "/", headers, body, signed: true, region: region)
        }
        let url = #"{"QueueUrl":"\#(DoorFixture.url)","AttributeNames":["QueueArn"]}"#
        #expect(await ask("GetQueueAttributes", url, "eu-west-1").body.contains("QueueDoesNotExist"))
        #expect(await ask("ListQueues", "{}", "eu-west-1").body == "{}")
        let made = await ask("CreateQueue", #"{"QueueName":"jobs"}"#, "eu-west-1")
        #expect(fixture.member("QueueUrl", of: made) == DoorFixture.url)
        for region in ["us-east-1", "eu-west-1"] {
            #expect(await ask("GetQueueAttributes", url, region).body.contains("arn:aws:sqs:\(region):000000000000:jobs"))
            #expect(await ask("ListQueues", "{}", region).body.contains(DoorFixture.url))
        }
        let sent = await ask("SendMessage", #"{"QueueUrl":"\#(DoorFixture.url)","MessageBody":"west"}"#, "eu-west-1")
        #expect(sent.status == 200)
        #expect(await ask("ReceiveMessage", #"{"QueueUrl":"\#(DoorFixture.url)"}"#, "us-east-1").body == "{}")
        #expect(await ask("ReceiveMessage", #"{"QueueUrl":"\#(DoorFixture.url)"}"#, "eu-west-1").body.contains("west"))
    }
}
