import S3
import Testing

@Suite struct NotificationTests {
    static func document(_ content: String) -> String {
        "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(content)</NotificationConfiguration>"
    }

    static let arn = "arn:aws:sqs:us-east-1:000000000000:inbox"
    static let queue =
        "<QueueConfiguration><Id>one</Id><Queue>\(arn)</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule>"
        + "<Name>prefix</Name><Value>in/</Value></FilterRule><FilterRule><Name>Suffix</Name><Value>.pdf</Value></FilterRule></S3Key></Filter>"
        + "</QueueConfiguration>"

    @Test func roundTrip() async {
        let bench = await ObjectTests.bench()
        let put = await bench.put("/photos", Self.document(Self.queue), query: "notification")
        #expect(put.status == 200 && put["x-roost-lsn"] != nil)
        let get = await bench.get("/photos", "notification")
        #expect(get.xml("Queue") == Self.arn && get.xml("Event") == "s3:ObjectCreated:*" && get.xml("Id") == "one")
        #expect(get.all("Name") == ["Prefix", "Suffix"] && get.all("Value") == ["in/", ".pdf"])
        #expect(await bench.put("/photos", Self.document(""), query: "notification").status == 200)
        #expect(await bench.get("/photos", "notification").xml("Queue") == nil)
    }

    @Test func whatARefusalNames() async {
        let bench = await ObjectTests.bench()
        let event = "<Event>s3:ObjectCreated:*</Event>"
        let noARN = await bench.put(
            "/photos", Self.document("<QueueConfiguration><Queue>q</Queue>\(event)</QueueConfiguration>"), query: "notification")
        #expect(noARN.xml("ArgumentName") == "Queue" && noARN.xml("ArgumentValue") == "q")
        let filter = "<Filter><S3Key><FilterRule><Name>INVALID</Name><Value>x</Value></FilterRule></S3Key></Filter>"
        let noRule = await bench.put(
            "/photos", Self.document("<QueueConfiguration><Queue>\(Self.arn)</Queue>\(event)\(filter)</QueueConfiguration>"),
            query: "notification")
        #expect(noRule.xml("ArgumentName") == "FilterRule.Name" && noRule.xml("ArgumentValue") == "INVALID")
    }

    /// A rule with an empty value matches every key, and is shown.
    @Test func emptyFiltersAreShown() async {
        let bench = await ObjectTests.bench()
        let queue =
            "<QueueConfiguration><Queue>\(Self.arn)</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule>"
            + "<Name>Suffix</Name><Value></Value></FilterRule></S3Key></Filter></QueueConfiguration>"
        #expect(await bench.put("/photos", Self.document(queue), query: "notification").status == 200)
        let shown = await bench.get("/photos", "notification")
        #expect(shown.all("Name") == ["Suffix"] && shown.all("Value") == [""])
    }

    @Test(arguments: [
        (
            "<TopicConfiguration><Topic>arn:aws:sns:us-east-1:1:t</Topic><Event>s3:ObjectCreated:*</Event></TopicConfiguration>",
            "InvalidArgument"
        ),
        (
            "<CloudFunctionConfiguration><CloudFunction>arn:aws:lambda:us-east-1:1:function:f</CloudFunction>"
                + "<Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration>",
            "InvalidArgument"
        ),
        ("<Nonsense/>", "MalformedXML"),
        ("<QueueConfiguration><Queue>inbox</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration>", "InvalidArgument"),
        ("<QueueConfiguration><Queue>\(arn)</Queue><Event>s3:Nonsense</Event></QueueConfiguration>", "InvalidArgument"),
        ("<QueueConfiguration><Queue>\(arn)</Queue></QueueConfiguration>", "MalformedXML"),
        ("\(queue)\(queue)", "InvalidArgument"),
    ])
    func refusals(_ content: String, _ code: String) async {
        let bench = await ObjectTests.bench()
        let reply = await bench.put("/photos", Self.document(content), query: "notification")
        #expect(reply.code == code && reply.status == 400)
        #expect(await bench.get("/photos", "notification").xml("Queue") == nil)
    }

    /// What is not declared is refused as what does not exist; what is declared is stored and shown, in AWS's older words too.
    @Test func functionsAndTheBus() async {
        let declared = "arn:aws:lambda:us-east-1:000000000000:function:thumbnails"
        let bench = Bench(functions: [declared])
        _ = await bench.put("/photos")
        func function(_ arn: String, _ element: String = "CloudFunction") -> String {
            "<CloudFunctionConfiguration><Id>f</Id><\(element)>\(arn)</\(element)><Event>s3:ObjectTagging:*</Event>"
                + "</CloudFunctionConfiguration><EventBridgeConfiguration/>"
        }
        let refused = await bench.put("/photos", Self.document(function(declared + "2")), query: "notification")
        #expect(refused.status == 400 && refused.code == "InvalidArgument")
        #expect(refused.xml("ArgumentName1") == declared + "2, null")
        #expect(refused.xml("ArgumentValue1") == "Not authorized to invoke function [\(declared)2]")
        let wrong = await bench.put("/photos", Self.document(function(Self.arn)), query: "notification")
        #expect(wrong.xml("Message") == "The ARN could not be parsed" && wrong.xml("ArgumentName") == "CloudFunction")
        #expect(await bench.put("/photos", Self.document(function(declared, "LambdaFunctionArn")), query: "notification").status == 200)
        let shown = await bench.get("/photos", "notification")
        #expect(shown.xml("CloudFunction") == declared && shown.xml("Event") == "s3:ObjectTagging:*")
        #expect(shown.text.contains("<EventBridgeConfiguration></EventBridgeConfiguration>"))
    }

    @Test(arguments: [
        (QueueTargetProblem.doesNotExist, "The destination queue does not exist"), (.isFIFO, "FIFO SQS queues are not supported"),
    ])
    func targets(_ problem: QueueTargetProblem, _ reason: String) async {
        let bench = Bench(queueProblem: problem)
        _ = await bench.put("/photos")
        let second = "<QueueConfiguration><Queue>\(Self.arn)-2</Queue><Event>s3:ObjectRemoved:*</Event></QueueConfiguration>"
        let reply = await bench.put("/photos", Self.document(Self.queue + second), query: "notification")
        #expect(reply.status == 400 && reply.xml("Message") == "Unable to validate the following destination configurations")
        #expect(reply.xml("ArgumentName1") == Self.arn && reply.xml("ArgumentValue1") == reason)
        #expect(reply.xml("ArgumentName2") == Self.arn + "-2" && reply.xml("ArgumentValue2") == reason)
        let skipped = await bench.put(
            "/photos", Self.document(Self.queue), [("x-amz-skip-destination-validation", "true")], query: "notification")
        #expect(skipped.status == 200)
    }
}
