import AWSWire
import Bytes
import Doors
import HTTPTypes
import Model
import ModelLedger
import NIOCore
import Queues
import SQS
import SimulationKit
import Testing

/// The JSON protocol, byte for byte.
@Suite struct JSONDoorTests {
    @Test func createsAndFindsQueues() async {
        let fixture = DoorFixture()
        let created = await fixture.json("CreateQueue", #"{"QueueName":"jobs","Attributes":{"VisibilityTimeout":"60"},"tags":{"a":"b"}}"#)
        #expect(created.status == 200)
        #expect(created.body == #"{"QueueUrl":"http://queues.example:9000/000000000000/jobs"}"#)
        #expect(created.header("content-type") == "application/x-amz-json-1.0")
        #expect(created.header("x-amzn-requestid") == "0000000000000001")
        #expect(created.header("x-roost-lsn") == "1")
        #expect(created.response.operation == "CreateQueue")
        #expect(!created.response.closesConnection)
        let found = await fixture.json("GetQueueUrl", #"{"QueueName":"jobs"}"#)
        #expect(found.body == created.body && found.header("x-roost-lsn") == nil)
        let listed = await fixture.json("ListQueues", "{}")
        #expect(listed.body == #"{"QueueUrls":["http://queues.example:9000/000000000000/jobs"]}"#)
        #expect(await fixture.json("ListQueues", #"{"QueueNamePrefix":"x"}"#).body == "{}")
        #expect(await fixture.json("ListQueueTags", "{\"QueueUrl\":\"\(DoorFixture.url)\"}").body == #"{"Tags":{"a":"b"}}"#)
    }

    @Test func pagesThroughQueues() async throws {
        let fixture = DoorFixture()
        for name in ["a", "b", "c"] { await fixture.makeQueue(name) }
        let first = await fixture.json("ListQueues", #"{"MaxResults":2}"#)
        let token = try #require(fixture.member("NextToken", of: first))
        let second = await fixture.json("ListQueues", "{\"MaxResults\":2,\"NextToken\":\"\(token)\"}")
        #expect(second.body == #"{"QueueUrls":["http://queues.example:9000/000000000000/c"]}"#)
    }

    @Test func sendsReceivesAndDeletes() async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let sent = await fixture.json(
            "SendMessage",
            "{\"QueueUrl\":\"\(DoorFixture.url)\",\"MessageBody\":\"hello\",\"MessageAttributes\":{"
                + #""timestamp":{"DataType":"Number","StringValue":"1493147359900"}},"MessageSystemAttributes":"#
                + #"{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1-5759e988-bd862e3fe1be46a994272793"}}}"#)
        let id = try #require(fixture.member("MessageId", of: sent))
        #expect(
            sent.body == "{\"MessageId\":\"\(id)\",\"MD5OfMessageBody\":\"5d41402abc4b2a76b9719d911017c592\","
                + #""MD5OfMessageAttributes":"235c5c510d26fb653d073faed50ae77c","#
                + #""MD5OfMessageSystemAttributes":"62a56dd927315f2b2e12832b84617ea5"}"#)
        #expect(sent.header("x-roost-lsn") == "2")
        let received = await fixture.json(
            "ReceiveMessage",
            "{\"QueueUrl\":\"\(DoorFixture.url)\",\"MaxNumberOfMessages\":10,\"MessageAttributeNames\":[\"All\"],"
                + #""MessageSystemAttributeNames":["All"]}"#)
        let handle = try #require(received.body.firstMatch(of: #/"ReceiptHandle":"([^"]+)"/#)?.1)
        let now = fixture.clock.now().milliseconds
        #expect(
            received.body == "{\"Messages\":[{\"MessageId\":\"\(id)\",\"ReceiptHandle\":\"\(handle)\","
                + #""MD5OfBody":"5d41402abc4b2a76b9719d911017c592","Body":"hello","Attributes":{"SenderId":"000000000000","#
                + "\"ApproximateFirstReceiveTimestamp\":\"\(now)\",\"ApproximateReceiveCount\":\"1\",\"SentTimestamp\":\"\(now)\","
                + #""AWSTraceHeader":"Root=1-5759e988-bd862e3fe1be46a994272793"},"#
                + #""MD5OfMessageAttributes":"235c5c510d26fb653d073faed50ae77c","#
                + #""MessageAttributes":{"timestamp":{"StringValue":"1493147359900","DataType":"Number"}}}]}"#)
        let empty = await fixture.json("ReceiveMessage", "{\"QueueUrl\":\"\(DoorFixture.url)\"}")
        #expect(empty.status == 200 && empty.body == "{}")
        let changed = await fixture.json(
            "ChangeMessageVisibility",
            "{\"QueueUrl\":\"\(DoorFixture.url)\",\"ReceiptHandle\":\"\(handle)\",\"VisibilityTimeout\":100}")
        #expect(changed.status == 200 && changed.body == "{}")
        let deleted = await fixture.json(
            "DeleteMessage", "{\"QueueUrl\":\"\(DoorFixture.url)\",\"ReceiptHandle\":\"\(handle)\"}")
        #expect(deleted.status == 200 && deleted.body == "{}" && deleted.header("x-roost-lsn") != nil)
    }

    @Test func batchesAnswerEntryByEntry() async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let sent = await fixture.json(
            "SendMessageBatch",
            "{\"QueueUrl\":\"\(DoorFixture.url)\",\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"hello\"},{\"Id\":\"b\"}]}")
        let id = try #require(sent.body.firstMatch(of: #/"MessageId":"([^"]+)"/#)?.1)
        #expect(
            sent.body
                == "{\"Successful\":[{\"Id\":\"a\",\"MessageId\":\"\(id)\",\"MD5OfMessageBody\":\"5d41402abc4b2a76b9719d911017c592\"}],"
                + #""Failed":[{"Id":"b","SenderFault":true,"Code":"MissingParameter","Message":"The request must "#
                + #"contain the parameter MessageBody."}]}"#
        )
        let deleted = await fixture.json(
            "DeleteMessageBatch", "{\"QueueUrl\":\"\(DoorFixture.url)\",\"Entries\":[{\"Id\":\"a\",\"ReceiptHandle\":\"x\"}]}")
        #expect(
            deleted.body == #"{"Successful":[],"Failed":[{"Id":"a","SenderFault":true,"Code":"ReceiptHandleIsInvalid","#
                + #""Message":"The input receipt handle \"x\" is not a valid receipt handle."}]}"#)
        let empty = await fixture.json("SendMessageBatch", "{\"QueueUrl\":\"\(DoorFixture.url)\",\"Entries\":[]}")
        #expect(empty.header("x-amzn-query-error") == "AWS.SimpleQueueService.EmptyBatchRequest;Sender")
    }

    @Test func permissionsAreStatementsOfThePolicy() async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        func policy() async -> String {
            await fixture.json("GetQueueAttributes", #"{"QueueUrl":"jobs","AttributeNames":["Policy"]}"#).body.replacing(#"\"#, with: "")
        }
        func add(_ label: String, _ accounts: String) async -> DoorFixture.Answer {
            await fixture.json(
                "AddPermission",
                #"{"QueueUrl":"jobs","Label":"\#(label)","AWSAccountIds":[\#(accounts)],"Actions":["ReceiveMessage"]}"#)
        }
        func remove(_ label: String) async -> DoorFixture.Answer {
            await fixture.json("RemovePermission", #"{"QueueUrl":"jobs","Label":"\#(label)"}"#)
        }
        func statement(_ label: String, _ principal: String) -> String {
            #"{"Sid":"\#(label)","Effect":"Allow","Principal":{"AWS":\#(principal)},"Action":"SQS:ReceiveMessage","#
                + #""Resource":"arn:aws:sqs:us-east-1:000000000000:jobs"}"#
        }
        let head =
            #"{"Attributes":{"Policy":"{"Version":"2008-10-17","#
            + #""Id":"arn:aws:sqs:us-east-1:000000000000:jobs/SQSDefaultPolicy","Statement":["#
        let (one, two) = (#""arn:aws:iam::111111111111:root""#, #""arn:aws:iam::222222222222:root""#)
        #expect(await add("a", #""111111111111","222222222222""#).status == 200)
        #expect(await policy() == head + statement("a", "[\(one),\(two)]") + "]}\"}}")
        let again = await add("a", #""111111111111""#)
        #expect(again.status == 400)
        #expect(fixture.member("message", of: again) == "Value a for parameter Label is invalid. Reason: Already exists.")
        #expect(await add("b", #""111111111111""#).status == 200)
        #expect(await remove("a").status == 200)
        #expect(await policy() == head + statement("b", one) + "]}\"}}")
        #expect(await remove("b").status == 200)
        #expect(await policy() == "{}")
        #expect(
            fixture.member("message", of: await remove("b")) == "Value b for parameter Label is invalid. Reason: can't find label.")
    }

    /// The statements that the owner wrote stay.
    @Test func permissionsJoinAPolicy() async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let policy = #"{\"Statement\":{\"Sid\":\"mine\",\"Effect\":\"Allow\"}}"#
        _ = await fixture.json("SetQueueAttributes", #"{"QueueUrl":"jobs","Attributes":{"Policy":"\#(policy)"}}"#)
        let added = await fixture.query(
            "Action=AddPermission&QueueUrl=jobs&Label=a&AWSAccountId.1=111111111111&ActionName.1=SendMessage&ActionName.2=DeleteMessage")
        #expect(added.status == 200, "\(added.body)")
        let found = await fixture.json("GetQueueAttributes", #"{"QueueUrl":"jobs","AttributeNames":["Policy"]}"#).body
        #expect(found.contains(#"{\"Statement\":[{\"Sid\":\"mine\",\"Effect\":\"Allow\"},{\"Sid\":\"a\","#))
        #expect(found.contains(#"\"Action\":[\"SQS:SendMessage\",\"SQS:DeleteMessage\"]"#))
    }

    @Test func moveTasksAreStartedListedAndCancelled() async throws {
        let fixture = DoorFixture()
        for name in ["dead", "other"] { await fixture.makeQueue(name) }
        let arn = "arn:aws:sqs:us-east-1:000000000000:"
        let redrive = #"{\"deadLetterTargetArn\":\"\#(arn)dead\",\"maxReceiveCount\":1}"#
        _ = await fixture.json("CreateQueue", #"{"QueueName":"jobs","Attributes":{"RedrivePolicy":"\#(redrive)"}}"#)
        for _ in 0..<2 { _ = await fixture.json("SendMessage", #"{"QueueUrl":"dead","MessageBody":"x"}"#) }
        let started = await fixture.json(
            "StartMessageMoveTask",
            #"{"SourceArn":"\#(arn)dead","DestinationArn":"\#(arn)other","MaxNumberOfMessagesPerSecond":1}"#)
        let handle = try #require(fixture.member("TaskHandle", of: started))
        let text = String(decoding: try #require(Base64.decode(handle)), as: UTF8.self)
        #expect(text.wholeMatch(of: #/\{"taskId":"[0-9a-f-]{36}","sourceArn":"arn:aws:sqs:us-east-1:000000000000:dead"\}/#) != nil)
        try await fixture.queues.stepMoves()
        let rest =
            #""SourceArn":"\#(arn)dead","DestinationArn":"\#(arn)other","MaxNumberOfMessagesPerSecond":1,"#
            + #""ApproximateNumberOfMessagesMoved":1,"ApproximateNumberOfMessagesToMove":2,"#
            + #""StartedTimestamp":\#(fixture.clock.now().milliseconds)}]}"#
        let running = await fixture.json("ListMessageMoveTasks", #"{"SourceArn":"\#(arn)dead"}"#)
        #expect(running.body == #"{"Results":[{"TaskHandle":"\#(handle)","Status":"RUNNING","# + rest)
        let cancelled = await fixture.json("CancelMessageMoveTask", #"{"TaskHandle":"\#(handle)"}"#)
        #expect(cancelled.body == #"{"ApproximateNumberOfMessagesMoved":1}"#)
        let ended = await fixture.json("ListMessageMoveTasks", #"{"SourceArn":"\#(arn)dead","MaxResults":10}"#)
        #expect(ended.body == #"{"Results":[{"Status":"CANCELLED","# + rest)
        let asXML = await fixture.query("Action=ListMessageMoveTasks&SourceArn=\(arn)dead")
        #expect(asXML.body.contains("<ListMessageMoveTasksResult><ListMessageMoveTasksResultEntry><Status>CANCELLED</Status>"))
    }

    @Test func aBatchWithoutFailuresNamesNone() async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let sent = await fixture.json(
            "SendMessageBatch", #"{"QueueUrl":"jobs","Entries":[{"Id":"a","MessageBody":"hello"}]}"#)
        #expect(sent.status == 200 && !sent.body.contains("Failed"))
    }

    @Test func aSecondPurgeIsRefusedByName() async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        #expect(await fixture.json("PurgeQueue", #"{"QueueUrl":"jobs"}"#).status == 200)
        let again = await fixture.json("PurgeQueue", #"{"QueueUrl":"jobs"}"#)
        #expect(again.status == 403)
        #expect(again.header("x-amzn-query-error") == "AWS.SimpleQueueService.PurgeQueueInProgress;Sender")
        #expect(
            again.body == #"{"__type":"com.amazonaws.sqs#PurgeQueueInProgress","#
                + #""message":"Only one PurgeQueue operation on jobs is allowed every 60 seconds."}"#)
    }

    @Test func waitsAreRefusedInTheirOwnWords() async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let answer = await fixture.json("ReceiveMessage", #"{"QueueUrl":"jobs","WaitTimeSeconds":21}"#)
        #expect(
            fixture.member("message", of: answer)
                == "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.")
    }

    @Test(arguments: [
        (#"{\"maxReceiveCount\":\"42\"}"#, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        (
            #"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:jobs\"}"#,
            "Redrive policy does not contain mandatory attribute: maxReceiveCount."
        ),
        (
            #"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:jobs\",\"maxReceiveCount\":\"invalid\"}"#,
            "Invalid value for maxReceiveCount."
        ),
        (
            #"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:jobs\",\"maxReceiveCount\":1001}"#,
            "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive."
        ),
        (#"{\"deadLetterTargetArn\":\"jobs\",\"maxReceiveCount\":1}"#, "Invalid value for deadLetterTargetArn."),
        ("nonsense", "Redrive policy is not a valid JSON map."),
    ])
    func redrivePoliciesAreInvalidParameters(policy: String, reason: String) async {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let answer = await fixture.json("SetQueueAttributes", "{\"QueueUrl\":\"jobs\",\"Attributes\":{\"RedrivePolicy\":\"\(policy)\"}}")
        #expect(answer.status == 400 && answer.header("x-amzn-query-error") == "InvalidParameterValue;Sender")
        #expect(fixture.member("message", of: answer)?.hasSuffix(" for parameter RedrivePolicy is invalid. Reason: \(reason)") == true)
    }

    /// The header's trace is the message's, but for one that the message has itself.
    @Test func tracesOfRequestsAreKept() async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
        func send(_ action: String, _ body: String, trace: String) async {
            let headers: HTTPFields = [
                HTTPField.Name("x-amz-target")!: "AmazonSQS.\(action)", HTTPField.Name("x-amzn-trace-id")!: trace,
            ]
            let answer = await fixture.ask(.post, "/", headers, body, signed: true)
            #expect(answer.status == 200 && !answer.body.contains("MD5OfMessageSystemAttributes"))
        }
        func receive() async -> String {
            await fixture.json(
                "ReceiveMessage", #"{"QueueUrl":"jobs","MessageSystemAttributeNames":["AWSTraceHeader","MessageGroupId"]}"#
            ).body
        }
        await send("SendMessage", #"{"QueueUrl":"jobs","MessageBody":"x","MessageGroupId":"g1"}"#, trace: trace)
        #expect(await receive().contains(#""Attributes":{"MessageGroupId":"g1","AWSTraceHeader":"\#(trace)"}"#))
        await send("SendMessageBatch", #"{"QueueUrl":"jobs","Entries":[{"Id":"a","MessageBody":"x"}]}"#, trace: trace)
        #expect(await receive().contains(#""Attributes":{"AWSTraceHeader":"\#(trace)"}"#))
        await send("SendMessage", #"{"QueueUrl":"jobs","MessageBody":"x"}"#, trace: String(repeating: "x", count: 513))
        #expect(await !receive().contains("AWSTraceHeader"))
    }

    @Test func attributesComeBackAsTexts() async {
        let fixture = DoorFixture()
        await fixture.makeQueue("dead")
        let redrive = #"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":\"5\"}"#
        let created = await fixture.json("CreateQueue", "{\"QueueName\":\"jobs\",\"Attributes\":{\"RedrivePolicy\":\"\(redrive)\"}}")
        #expect(created.status == 200)
        let some = await fixture.json(
            "GetQueueAttributes",
            "{\"QueueUrl\":\"\(DoorFixture.url)\",\"AttributeNames\":[\"QueueArn\",\"RedrivePolicy\",\"Policy\",\"CreatedTimestamp\"]}")
        let seconds = fixture.clock.now().seconds
        #expect(
            some.body == "{\"Attributes\":{\"QueueArn\":\"arn:aws:sqs:us-east-1:000000000000:jobs\",\"CreatedTimestamp\":\"\(seconds)\","
                + #""RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":5}"}}"#)
        let sources = await fixture.json(
            "ListDeadLetterSourceQueues", #"{"QueueUrl":"http://elsewhere/000000000000/dead"}"#)
        #expect(sources.body == #"{"queueUrls":["http://queues.example:9000/000000000000/jobs"]}"#)
        #expect(await fixture.json("GetQueueAttributes", "{\"QueueUrl\":\"\(DoorFixture.url)\"}").body == "{}")
        let unknown = await fixture.json("GetQueueAttributes", "{\"QueueUrl\":\"\(DoorFixture.url)\",\"AttributeNames\":[\"Nope\"]}")
        #expect(unknown.body == #"{"__type":"com.amazonaws.sqs#InvalidAttributeName","message":"Unknown Attribute Nope."}"#)
    }

    @Test(arguments: [
        ("DeleteQueue", #"{"QueueUrl":"http://x/000000000000/none"}"#, 400, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
        (
            "SendMessage", #"{"QueueUrl":"http://x/000000000000/none","MessageBody":"x"}"#, 400, "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue"
        ),
        ("SendMessage", #"{"MessageBody":"x"}"#, 400, "MissingRequiredParameterException", "MissingParameter"),
        ("SendMessage", #"{"QueueUrl":"non sense","MessageBody":"x"}"#, 404, "InvalidAddress", "InvalidAddress"),
        ("SendMessage", #"{"QueueUrl":"http://x/name","MessageBody":"x"}"#, 404, "InvalidAddress", "InvalidAddress"),
        (
            "SendMessage", #"{"QueueUrl":"nonsense","MessageBody":"x"}"#, 400, "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue"
        ),
        ("SendMessage", #"{"QueueUrl":"URL","MessageBody":"\u0001"}"#, 400, "InvalidMessageContents", "InvalidMessageContents"),
        (
            "SendMessage", #"{"QueueUrl":"URL","MessageBody":"x","MessageGroupId":"g h"}"#, 400, "InvalidParameterValueException",
            "InvalidParameterValue"
        ),
        ("SendMessage", #"{"QueueUrl":"URL","MessageBody":5}"#, 400, "SerializationException", "SerializationException"),
        (
            "SendMessage", #"{"QueueUrl":"URL","MessageBody":"x","DelaySeconds":901}"#, 400, "InvalidParameterValueException",
            "InvalidParameterValue"
        ),
        ("SendMessage", #"{"QueueUrl""#, 400, "SerializationException", "SerializationException"),
        ("SendMessage", "[]", 400, "SerializationException", "SerializationException"),
        (
            "ReceiveMessage", #"{"QueueUrl":"URL","ReceiveRequestAttemptId":"x"}"#, 400, "InvalidParameterValueException",
            "InvalidParameterValue"
        ),
        ("ReceiveMessage", #"{"QueueUrl":"URL","WaitTimeSeconds":21}"#, 400, "InvalidParameterValueException", "InvalidParameterValue"),
        ("CreateQueue", #"{"QueueName":"a.fifo"}"#, 400, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
        (
            "CreateQueue", #"{"QueueName":"a","Attributes":{"FifoQueue":"true"}}"#, 400, "UnsupportedOperation",
            "AWS.SimpleQueueService.UnsupportedOperation"
        ),
        (
            "CreateQueue", #"{"QueueName":"a","Attributes":{"DeduplicationScope":"queue","FifoQueue":"true"}}"#, 400,
            "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"
        ),
        ("CreateQueue", #"{"QueueName":"a","Attributes":{"FifoQueue":"false"}}"#, 400, "InvalidAttributeName", "InvalidAttributeName"),
        (
            "CreateQueue", #"{"QueueName":"a","Attributes":{"ContentBasedDeduplication":"false"}}"#, 400, "InvalidAttributeName",
            "InvalidAttributeName"
        ),
        (
            "CreateQueue", #"{"QueueName":"a","Attributes":{"DeduplicationScope":"queue"}}"#, 400, "InvalidAttributeName",
            "InvalidAttributeName"
        ),
        ("CreateQueue", #"{"QueueName":"a b"}"#, 400, "InvalidParameterValueException", "InvalidParameterValue"),
        ("CreateQueue", #"{"QueueName":"a","Attributes":{"Nope":"1"}}"#, 400, "InvalidAttributeName", "InvalidAttributeName"),
        ("CreateQueue", #"{"QueueName":"a","Attributes":{"DelaySeconds":"x"}}"#, 400, "InvalidAttributeValue", "InvalidAttributeValue"),
        ("CreateQueue", #"{"QueueName":"jobs","Attributes":{"DelaySeconds":"1"}}"#, 400, "QueueNameExists", "QueueAlreadyExists"),
        (
            "CreateQueue", #"{"QueueName":"a","Attributes":{"Policy":"{\"Statement\":[{\"Effect\":\"Deny\"}]}"}}"#, 400,
            "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"
        ),
        ("DeleteMessage", #"{"QueueUrl":"URL","ReceiptHandle":"x"}"#, 404, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
        ("AddPermission", #"{"QueueUrl":"URL"}"#, 400, "MissingRequiredParameterException", "MissingParameter"),
        (
            "AddPermission", #"{"QueueUrl":"URL","Label":"a","AWSAccountIds":["1"],"Actions":["SendMessage"]}"#, 400,
            "InvalidParameterValueException", "InvalidParameterValue"
        ),
        (
            "AddPermission", #"{"QueueUrl":"URL","Label":"a","AWSAccountIds":["111111111111"],"Actions":["DeleteQueue"]}"#, 400,
            "InvalidParameterValueException", "InvalidParameterValue"
        ),
        (
            "AddPermission",
            #"{"QueueUrl":"URL","Label":"a","AWSAccountIds":["111111111111"],"Actions":["*","*","*","*","*","*","*","*"]}"#, 403,
            "OverLimit", "OverLimit"
        ),
        (
            "AddPermission", #"{"QueueUrl":"URL","Label":"a b","AWSAccountIds":["111111111111"],"Actions":["*"]}"#, 400,
            "InvalidParameterValueException", "InvalidParameterValue"
        ),
        ("CancelMessageMoveTask", #"{"TaskHandle":"foobared"}"#, 400, "InvalidParameterValueException", "InvalidParameterValue"),
        (
            "ListMessageMoveTasks", #"{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"}"#, 404, "ResourceNotFoundException",
            "ResourceNotFoundException"
        ),
        ("ListMessageMoveTasks", #"{"SourceArn":"none"}"#, 400, "InvalidParameterValueException", "InvalidParameterValue"),
        (
            "ListMessageMoveTasks", #"{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:jobs","MaxResults":11}"#, 400,
            "InvalidParameterValueException", "InvalidParameterValue"
        ),
        ("Nonsense", "{}", 400, "UnknownOperationException", "InvalidAction"),
        ("GetQueueUrl", #"{"QueueName":"jobs","QueueOwnerAWSAccountId":"111111111111"}"#, 403, "AccessDeniedException", "AccessDenied"),
    ])
    func errorsAreAWSs(action: String, body: String, status: Int, shape: String, code: String) async throws {
        let fixture = DoorFixture()
        await fixture.makeQueue()
        let answer = await fixture.json(action, body.replacing("\"URL\"", with: "\"\(DoorFixture.url)\""))
        #expect(answer.status == status, "\(answer.body)")
        let type = try #require(fixture.member("__type", of: answer))
        #expect(type.hasSuffix("#" + shape), "\(answer.body)")
        #expect(answer.header("x-amzn-query-error") == code + ";Sender")
        #expect(answer.header("content-type") == "application/x-amz-json-1.0")
        #expect(answer.header("x-amzn-requestid") != nil)
        #expect(fixture.member("message", of: answer)?.isEmpty == false)
    }
}
