import AWSWire
import Doors
import HTTPTypes
import Model
import ModelLedger
import NIOCore
import Queues
import SQS
import SimulationKit
import Testing

/// The query protocol, byte for byte.
@Suite struct QueryDoorTests {
    private let head = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
    private let xmlns = #" xmlns="http://queue.amazonaws.com/doc/2012-11-05/""#

    private func metadata(_ number: Int) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        let id = String(repeating: "0", count: 16 - digits.utf8.count) + digits
        return "<ResponseMetadata><RequestId>\(id)</RequestId></ResponseMetadata>"
    }

    @Test func createsAndListsQueues() async {
        let fixture = DoorFixture()
        let created = await fixture.query(
            "Action=CreateQueue&Version=2012-11-05&QueueName=jobs&Attribute.1.Name=VisibilityTimeout"
                + "&Attribute.1.Value=60&Tag.1.Key=a&Tag.1.Value=b"
        )
        #expect(
            created.body == head
                + "<CreateQueueResponse\(xmlns)><CreateQueueResult><QueueUrl>"
                + "http://queues.example:9000/000000000000/jobs</QueueUrl></CreateQueueResult>\(metadata(1))</CreateQueueResponse>"
        )
        #expect(created.status == 200 && created.header("content-type") == "text/xml" && created.header("x-roost-lsn") == "1")
        let listed = await fixture.ask(.get, "/", query: "Action=ListQueues&Version=2012-11-05&QueueNamePrefix=j", [:], "", signed: true)
        #expect(
            listed.body == head
                + "<ListQueuesResponse\(xmlns)><ListQueuesResult><QueueUrl>"
                + "http://queues.example:9000/000000000000/jobs</QueueUrl></ListQueuesResult>\(metadata(2))</ListQueuesResponse>"
        )
        let attributes = await fixture.query(
            "Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout&AttributeName.2=QueueArn", path: "/000000000000/jobs")
        #expect(
            attributes.body == head
                + "<GetQueueAttributesResponse\(xmlns)><GetQueueAttributesResult><Attribute><Name>QueueArn</Name>"
                + "<Value>arn:aws:sqs:us-east-1:000000000000:jobs</Value></Attribute>"
                + "<Attribute><Name>VisibilityTimeout</Name><Value>60</Value></Attribute></GetQueueAttributesResult>"
                + "\(metadata(3))</GetQueueAttributesResponse>"
        )
        let tags = await fixture.query("Action=ListQueueTags", path: "/000000000000/jobs")
        #expect(tags.body.contains("<ListQueueTagsResult><Tag><Key>a</Key><Value>b</Value></Tag></ListQueueTagsResult>"))
    }

    @Test func sendsReceivesAndDeletes() async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let sent = await fixture.query(
            "Action=SendMessage&MessageBody=a%3Cb+c&MessageAttribute.1.Name=timestamp&MessageAttribute.1.Value.DataType=Number"
                + "&MessageAttribute.1.Value.StringValue=1493147359900", path: "/000000000000/jobs")
        let id = try #require(sent.body.firstMatch(of: #/<MessageId>([^<]+)/#)?.1)
        let md5 = MessageDigests.body("a<b c")
        #expect(
            sent.body == head
                + "<SendMessageResponse\(xmlns)><SendMessageResult><MessageId>\(id)</MessageId><MD5OfMessageBody>"
                + "\(md5)</MD5OfMessageBody>"
                + "<MD5OfMessageAttributes>235c5c510d26fb653d073faed50ae77c</MD5OfMessageAttributes>"
                + "</SendMessageResult>\(metadata(2))</SendMessageResponse>"
        )
        let received = await fixture.query(
            "Action=ReceiveMessage&QueueUrl=http%3A%2F%2Fany%2F000000000000%2Fjobs&AttributeName.1=SenderId&MessageAttributeName.1=All")
        let handle = try #require(received.body.firstMatch(of: #/<ReceiptHandle>([^<]+)/#)?.1)
        #expect(
            received.body == head
                + "<ReceiveMessageResponse\(xmlns)><ReceiveMessageResult><Message><MessageId>\(id)</MessageId>"
                + "<ReceiptHandle>\(handle)</ReceiptHandle>"
                + "<MD5OfBody>\(md5)</MD5OfBody><Body>a&lt;b c</Body><Attribute><Name>SenderId</Name><Value>"
                + "000000000000</Value></Attribute>"
                + "<MD5OfMessageAttributes>235c5c510d26fb653d073faed50ae77c</MD5OfMessageAttributes><MessageAttribute>"
                + "<Name>timestamp</Name>"
                + "<Value><StringValue>1493147359900</StringValue><DataType>Number</DataType></Value></MessageAttribute></Message>"
                + "</ReceiveMessageResult>\(metadata(3))</ReceiveMessageResponse>")
        let escaped = handle.split(separator: "+", omittingEmptySubsequences: false).joined(separator: "%2B")
        let deleted = await fixture.query("Action=DeleteMessage&ReceiptHandle=\(escaped)", path: "/000000000000/jobs")
        #expect(deleted.body == head + "<DeleteMessageResponse\(xmlns)>\(metadata(4))</DeleteMessageResponse>")
        let empty = await fixture.query("Action=ReceiveMessage", path: "/000000000000/jobs")
        #expect(
            empty.body == head
                + "<ReceiveMessageResponse\(xmlns)><ReceiveMessageResult/>\(metadata(5))</ReceiveMessageResponse>")
    }

    @Test func batchesAnswerEntryByEntry() async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let sent = await fixture.query(
            "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=hello"
                + "&SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=x"
                + "&SendMessageBatchRequestEntry.2.DelaySeconds=-1",
            path: "/000000000000/jobs")
        let id = try #require(sent.body.firstMatch(of: #/<MessageId>([^<]+)/#)?.1)
        #expect(
            sent.body == head
                + "<SendMessageBatchResponse\(xmlns)><SendMessageBatchResult><SendMessageBatchResultEntry><Id>a</Id>"
                + "<MessageId>\(id)</MessageId>"
                + "<MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592</MD5OfMessageBody></SendMessageBatchResultEntry>"
                + "<BatchResultErrorEntry><Id>b</Id>"
                + "<SenderFault>true</SenderFault><Code>InvalidParameterValue</Code><Message>Value -1 for parameter "
                + "DelaySeconds is invalid. "
                + "Reason: Must be between 0 and 900, if provided.</Message></BatchResultErrorEntry>"
                + "</SendMessageBatchResult>\(metadata(2))</SendMessageBatchResponse>"
        )
    }

    /// A parameter names the queue before the path does, and a bare name is enough.
    @Test func theParameterNamesTheQueue() async {
        let fixture = DoorFixture()
        for name in ["one", "two"] { await fixture.makeQueue(name) }
        let form = "Action=GetQueueAttributes&AttributeName.1=QueueArn&QueueUrl="
        for url in ["http%3A%2F%2Fx%2F000000000000%2Ftwo", "two"] {
            let answer = await fixture.query(form + url, path: "/000000000000/one")
            #expect(answer.body.contains("<Value>arn:aws:sqs:us-east-1:000000000000:two</Value>"), "\(answer.body)")
        }
    }

    @Test func aQueuesURLKnowsOnlyWhatAQueueDoes() async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        for action in ["CreateQueue&QueueName=x", "ListQueues"] {
            let name = action.prefix { $0 != "&" }
            let answer = await fixture.query("Action=\(action)", path: "/000000000000/jobs")
            #expect(answer.status == 400 && answer.body.contains("<Code>InvalidAction</Code>"))
            #expect(answer.body.contains("<Message>The action \(name) is not valid for this endpoint.</Message>"))
            // Behind a proxy the service itself may have a path.
            #expect(await fixture.query("Action=\(action)", path: "/sqs").status == 200)
        }
        let json = await fixture.ask(
            .post, "/000000000000/jobs", [HTTPField.Name("x-amz-target")!: "AmazonSQS.ListQueues"], "{}", signed: true)
        #expect(json.status == 200)
    }

    @Test(arguments: ["", "application/json"]) func aGetWithoutAnActionIsNoOperation(accept: String) async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let answer = await fixture.ask(.get, "/000000000000/jobs", [.accept: accept], "", signed: true)
        #expect(answer.status == 404 && answer.body == "<UnknownOperationException/>\n" && answer.header("content-type") == "text/xml")
    }

    /// `Accept: application/json` makes the same answers JSON.
    @Test func answersAreJSONForThoseWhoAccept() async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        func ask(_ form: String) async -> DoorFixture.Answer {
            await fixture.ask(
                .get, "/000000000000/jobs", query: form, [.accept: "application/json; charset=utf-8, */*"], "", signed: true)
        }
        let listed = await fixture.ask(.get, "/", query: "Action=ListQueues", [.accept: "application/json"], "", signed: true)
        #expect(listed.header("content-type") == "application/json")
        #expect(
            listed.body == #"{"ListQueuesResponse":{"ListQueuesResult":{"queueUrls":["http://queues.example:9000/000000000000/jobs"]},"#
                + #""ResponseMetadata":{"RequestId":"0000000000000002"}}}"#)
        let attributes = await ask("Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout")
        #expect(
            attributes.body.hasPrefix(
                #"{"GetQueueAttributesResponse":{"GetQueueAttributesResult":{"Attributes":[{"Name":"VisibilityTimeout","Value":"30"}]},"#))
        _ = await ask(
            "Action=SendMessage&MessageBody=x&MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=Number"
                + "&MessageAttribute.1.Value.StringValue=1")
        let received = await ask("Action=ReceiveMessage&MessageAttributeName.1=*")
        #expect(received.body.hasPrefix(#"{"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":[{"MessageId":""#))
        #expect(received.body.contains(#""Body":"x""#))
        #expect(received.body.contains(#""MessageAttributes":[{"Name":"n","Value":{"StringValue":"1","DataType":"Number"}}]"#))
        let deleted = await ask("Action=DeleteMessage&ReceiptHandle=x")
        #expect(
            deleted.status == 404
                && deleted.body == #"{"Error":{"Code":"ReceiptHandleIsInvalid","Message":"The input receipt handle \"x\" is not a valid "#
                    + #"receipt handle.","Type":"Sender"},"RequestId":"0000000000000006"}"#
        )
        let purged = await ask("Action=PurgeQueue")
        #expect(purged.body == #"{"PurgeQueueResponse":{"ResponseMetadata":{"RequestId":"0000000000000007"}}}"#)
    }

    @Test func errorsAreXML() async {
        let fixture = DoorFixture()
        let answer = await fixture.query("Action=SendMessage&MessageBody=x", path: "/000000000000/none")
        #expect(answer.status == 400 && answer.header("content-type") == "text/xml" && answer.header("x-amzn-query-error") == nil)
        #expect(
            answer.body == head
                + "<ErrorResponse\(xmlns)><Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
                + "<Message>The specified queue does not exist for this wsdl version.</Message><Detail></Detail></Error><RequestId>"
                + "0000000000000001</RequestId></ErrorResponse>"
        )
        #expect(await fixture.query("Action=Nonsense").body.contains("<Code>InvalidAction</Code>"))
        #expect(await fixture.query("Version=2012-11-05").body.contains("<Code>MissingParameter</Code>"))
        #expect(await fixture.query("Action=%GG").body.contains("<Code>MalformedQueryString</Code>"))
        #expect(await fixture.query("Action=StartMessageMoveTask").body.contains("<Code>MissingParameter</Code>"))
    }
}
