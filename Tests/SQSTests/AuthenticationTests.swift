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
        let answer = await fixture.ask(.post, "/", headers, "{}", signed: true, region: "eu-west-1")
        #expect(answer.status == 403 && answer.body.contains("Credential should be scoped to a valid region, not 'eu-west-1'."))
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
}
