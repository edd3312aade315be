import AWSWire
import Doors
import HTTPTypes
import Model
import Objects
import S3
import SimulationKit
import Testing

@Suite struct LoggingTests {
    static func document(_ target: String = "logs", _ format: String = "") -> String {
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>\(target)</TargetBucket><TargetPrefix>p/</TargetPrefix>\(format)"
            + "</LoggingEnabled></BucketLoggingStatus>"
    }

    static func format(_ content: String) -> String { "<TargetObjectKeyFormat>\(content)</TargetObjectKeyFormat>" }

    static func put(_ bench: Bench, _ document: String) async -> Reply {
        await bench.put("/photos", document, query: "logging")
    }

    static func bench() async -> Bench {
        let bench = Bench(logs: true)
        _ = await bench.put("/photos")
        _ = await bench.put("/logs")
        await bench.admit("logging.s3.amazonaws.com", to: "logs")
        return bench
    }

    @Test(arguments: [
        "", format("<SimplePrefix></SimplePrefix>"),
        format("<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>"),
        format("<PartitionedPrefix><PartitionDateSource>DeliveryTime</PartitionDateSource></PartitionedPrefix>"),
    ])
    func configurationsComeAndGo(_ format: String) async {
        let bench = await Self.bench()
        let document = Self.document("logs", format)
        #expect(await Self.put(bench, document).status == 200)
        #expect(await bench.get("/photos", "logging").text.contains(document.dropFirst("<BucketLoggingStatus>".count)))
        #expect(await Self.put(bench, "<BucketLoggingStatus/>").status == 200)
        let none = await bench.get("/photos", "logging")
        #expect(none.status == 200 && none.xml("LoggingEnabled") == nil)
    }

    @Test(arguments: [
        ("<Other/>", "MalformedXML"), ("<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>", "MalformedXML"),
        (document("nowhere"), "InvalidTargetBucketForLogging"), (document("X"), "InvalidBucketName"),
        (
            document("logs", format("<PartitionedPrefix><PartitionDateSource>kaboom</PartitionDateSource></PartitionedPrefix>")),
            "MalformedXML"
        ),
        (document("logs", format("")), "MalformedXML"), (document("logs", "<LoggingType>Journal</LoggingType>"), "MalformedXML"),
        (document("logs", "<TargetGrants><Grant/></TargetGrants>"), "MalformedXML"),
        (document("logs", grants), "AccessControlListNotSupported"),
    ])
    func refusedConfigurations(_ document: String, _ code: String) async {
        let bench = await Self.bench()
        let reply = await Self.put(bench, document)
        #expect(reply.status == 400 && reply.code == code)
    }

    @Test func noLogsInAnotherRegion() async {
        let bench = await Self.bench()
        for (name, region) in [("ohio", "us-east-2"), ("oregon", "us-west-2")] {
            _ = await bench.put("/\(name)", BucketTests.configuration("<LocationConstraint>\(region)</LocationConstraint>"))
        }
        let refused = await Self.put(bench, Self.document("oregon"))
        #expect(refused.status == 403 && refused.code == "CrossLocationLoggingProhibitted")
        #expect(refused.xml("SourceBucketLocation") == nil && refused.xml("TargetBucketLocation") == "us-west-2")
        let other = await bench.put("/ohio", Self.document("oregon"), query: "logging")
        #expect(other.xml("SourceBucketLocation") == "us-east-2" && other.xml("TargetBucketLocation") == "us-west-2")
    }

    static let grants =
        "<TargetGrants><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">"
        + "<URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee><Permission>READ_ACP</Permission></Grant></TargetGrants>"

    /// Where lists count, log objects have the grants besides their owner's.
    @Test func targetGrants() async {
        let bench = await Self.bench()
        #expect(await bench.delete("/logs", "ownershipControls").status == 204)
        #expect(await Self.put(bench, Self.document("logs", Self.grants)).status == 200)
        #expect(await bench.get("/photos", "logging").text.contains("</TargetBucket>\(Self.grants)<TargetPrefix>"))
        for expected in [["FULL_CONTROL", "READ_ACP"], ["FULL_CONTROL"]] {
            _ = await bench.get("/photos")
            let key = await Self.delivered(bench).map(\.key).max() ?? ""
            #expect(await bench.get("/logs/\(key)", "acl").all("Permission") == expected)
            _ = await bench.delete("/logs/\(key)")
            let enforced = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"
            #expect(await bench.put("/logs", enforced, query: "ownershipControls").status == 200)
        }
    }

    /// Each log object's key and its lines.
    static func delivered(_ bench: Bench) async -> [(key: String, lines: [String])] {
        await bench.accessLog.flush()
        var objects: [(String, [String])] = []
        for key in await bench.get("/logs", "list-type=2").all("Key") {
            objects.append((key, await bench.get("/logs/" + key).text.split(separator: "\n").map(String.init)))
        }
        return objects
    }

    @Test func everyRequestIsALine() async throws {
        let bench = await Self.bench()
        _ = await bench.put("/photos/before", "x")
        _ = await Self.put(bench, Self.document())
        let made = await bench.put("/photos/a%20b", "hello", [("User-Agent", "test \"1\"")])
        _ = await bench.get("/photos/a%20b", "", [("Range", "bytes=0-1"), ("Referer", "http://r/\u{FC}")])
        _ = await bench.get("/photos/none")
        let anonymous = await bench.send(Bench.Call(method: .get, path: "/photos/a%20b", signing: .anonymous))
        _ = await bench.get("/photos", "versioning")
        let ids = [made, anonymous].map { $0["x-amz-id-2"] ?? "none" }
        let objects = await Self.delivered(bench)
        #expect(objects.count == 1 && objects[0].key.hasPrefix("p/2026-01-01-00-00-00-") && objects[0].key.count == 38)
        let lines = try #require(objects.first).lines
        try #require(lines.count == 5, "the request that began the log comes before it")
        let owner = bench.canonicalID
        let date = "\(owner) photos [01/Jan/2026:00:00:00 +0000] 127.0.0.1 "
        #expect(lines.allSatisfy { $0.hasPrefix(date) })
        let rest = lines.map { line in String(line.dropFirst(date.count)).split(separator: " ").map(String.init) }
        let put = rest[0]
        #expect(Array(put[2...7]) == ["REST.PUT.OBJECT", "a%20b", "\"PUT", "/photos/a%20b", "HTTP/1.1\"", "200"])
        #expect(put[0] == owner && Array(put[8...12]) == ["-", "-", "5", "0", "0"])
        #expect(lines[0].contains(" \"-\" \"test %221%22\" - \(ids[0]) SigV4 - AuthHeader 127.0.0.1:9000 - - -"))
        #expect(rest[1][2] == "REST.GET.OBJECT" && Array(rest[1][7...10]) == ["206", "-", "2", "5"])
        #expect(lines[1].contains("\"http://r/%C3%BC\""))
        #expect(Array(rest[2][7...8]) == ["404", "NoSuchKey"])
        #expect(rest[3][0] == "-" && Array(rest[3][7...8]) == ["403", "AccessDenied"])
        #expect(lines[3].contains(" \(ids[1]) - - - 127.0.0.1:9000 "))
        #expect(rest[4][2] == "REST.GET.VERSIONING" && rest[4][3] == "-")
        #expect(await Self.delivered(bench).count == 1, "nothing new")
    }

    @Test func largeAnswersAreCountedAsSent() async {
        let bench = await Self.bench()
        _ = await bench.send(Bench.Call(method: .put, path: "/photos/big", body: [UInt8](repeating: 1, count: 300_000)))
        _ = await Self.put(bench, Self.document())
        _ = await bench.get("/photos/big")
        let lines = await Self.delivered(bench).flatMap(\.lines)
        #expect(lines.count == 1 && lines[0].contains(" 200 - 300000 300000 "))
    }

    @Test func keysByTheirFormat() async {
        let bench = await Self.bench()
        let day = "000000000000/us-east-1/photos/2026/01/01/2026-01-01-"
        for (source, prefix) in [("EventTime", "p/\(day)00-00-00-"), ("DeliveryTime", "p/\(day)00-00-05-")] {
            let partitioned = "<PartitionedPrefix><PartitionDateSource>\(source)</PartitionDateSource></PartitionedPrefix>"
            _ = await Self.put(bench, Self.document("logs", Self.format(partitioned)))
            _ = await bench.get("/photos")
            if source == "DeliveryTime" { bench.clock.advance(by: .seconds(5)) }
            let keys = await Self.delivered(bench).map(\.key)
            #expect(keys.contains { $0.hasPrefix(prefix) }, "\(keys)")
        }
    }

    /// A line for each key, in the log of the bucket that holds it.
    @Test func everyKeyOfManyIsALine() async throws {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a", "x")
        _ = await bench.put("/other")
        _ = await bench.put("/other/b", "x")
        _ = await Self.put(bench, Self.document())
        let delete = "<Delete><Object><Key>a</Key></Object><Object><Key>b c</Key><VersionId>nonsense</VersionId></Object></Delete>"
        let deleted = await bench.post("/photos", "delete", delete, [("Content-MD5", MD5Text.of(delete))])
        _ = await bench.post(
            "/other", "roost-batch", #"{"changes":[{"op":"put","bucket":"photos","key":"n","content":"1"},{"op":"delete","key":"b"}]}"#)
        _ = await bench.post("/other", "roost-batch", #"{"changes":[{"op":"rename","bucket":"photos","key":"m","source":"none"}]}"#)
        let lines = try #require(await Self.delivered(bench).first).lines
        let fields = lines.map { $0.split(separator: " ").map(String.init).dropFirst(4).dropFirst(3) }.map(Array.init)
        #expect(
            fields.map { Array($0.prefix(5)) } == [
                ["BATCH.DELETE.OBJECT", "a", "-", "204", "-"], ["BATCH.DELETE.OBJECT", "b%20c", "-", "400", "InvalidArgument"],
                ["REST.POST.MULTI_OBJECT_DELETE", "-", "\"POST", "/photos?delete", "HTTP/1.1\""],
                ["BATCH.PUT.OBJECT", "n", "-", "200", "-"], ["BATCH.RENAME.OBJECT", "m", "-", "404", "NoSuchKey"],
            ])
        #expect(lines[0].hasSuffix(" - - - - - - - \(deleted["x-amz-id-2"] ?? "") SigV4 - AuthHeader 127.0.0.1:9000 - - -"))
        let ids = lines.map { $0.split(separator: " ")[6] }
        #expect(ids[0] == ids[2] && ids[0] != ids[3])
    }

    @Test func theVersionOfTLS() async throws {
        let bench = await Self.bench()
        _ = await Self.put(bench, Self.document())
        _ = await bench.send(Bench.Call(method: .get, path: "/photos", tls: .v1_3))
        let line = try #require(await Self.delivered(bench).first?.lines.first)
        #expect(line.hasSuffix(" 127.0.0.1:9000 TLSv1.3 - -"))
    }

    /// The last column says that nothing but a list of grants allowed the request.
    @Test func whereAGrantWasNeeded() async throws {
        let bench = Bench(dialect: .ceph, logs: true)
        for name in ["photos", "logs"] { _ = await bench.put("/\(name)") }
        await bench.admit("logging.s3.amazonaws.com", to: "logs")
        _ = await bench.put("/photos/a", "x", [("x-amz-acl", "public-read")])
        _ = await Self.put(bench, Self.document())
        _ = await bench.get("/photos/a")
        _ = await bench.send(Bench.Call(method: .get, path: "/photos/a", signing: .anonymous))
        let lines = try #require(await Self.delivered(bench).first).lines
        #expect(lines.map { $0.hasSuffix(" Yes") } == [false, true])
    }

    static let service = "logging.s3.amazonaws.com"
    static func condition(_ arn: String, _ account: String) -> String {
        #","Condition":{"ArnLike":{"aws:SourceArn":"\#(arn)"},"StringEquals":{"aws:SourceAccount":"\#(account)"}}"#
    }

    /// What the target's policy says of the service, and about whose requests.
    @Test(arguments: [
        (condition("arn:aws:s3:::photos", "000000000000"), true), (condition("arn:aws:s3:::p*", "000000000000"), true),
        (condition("arn:aws:s3:::other", "000000000000"), false), (condition("arn:aws:s3:::photos", "111111111111"), false),
    ])
    func theTargetsPolicyDecides(_ condition: String, _ isDelivered: Bool) async {
        let bench = await Self.bench()
        await bench.admit(Self.service, to: "logs", condition)
        _ = await Self.put(bench, Self.document())
        _ = await bench.get("/photos")
        #expect(await Self.delivered(bench).count == (isDelivered ? 1 : 0))
        #expect(bench.log.all.contains { $0.contains("was not delivered") } == !isDelivered)
    }

    /// A user's id, as Ceph's policies name the source's account; here the canonical id.
    @Test(arguments: [(S3Dialect.aws, false), (.ceph, true)])
    func theSourcesOwnerByAUsersID(_ dialect: S3Dialect, _ isDelivered: Bool) async {
        let bench = Bench(dialect: dialect, logs: true)
        for name in ["photos", "logs"] { _ = await bench.put("/\(name)") }
        await bench.admit(Self.service, to: "logs", Self.condition("arn:aws:s3:::photos", bench.canonicalID))
        _ = await Self.put(bench, Self.document())
        _ = await bench.get("/photos")
        #expect(await Self.delivered(bench).count == (isDelivered ? 1 : 0))
    }

    /// Policies made for Ceph name the prefix of the logs, where AWS's name their keys.
    @Test(arguments: [(S3Dialect.aws, "p/", false), (.ceph, "p/", true), (.ceph, "q/", false), (.ceph, "p/*", true)])
    func thePrefixOfTheLogs(_ dialect: S3Dialect, _ keys: String, _ isDelivered: Bool) async {
        let bench = Bench(dialect: dialect, logs: true)
        for name in ["photos", "logs"] { _ = await bench.put("/\(name)") }
        await bench.admit(Self.service, to: "logs", keys: keys)
        _ = await Self.put(bench, Self.document())
        _ = await bench.get("/photos")
        #expect(await Self.delivered(bench).count == (isDelivered ? 1 : 0))
    }

    @Test func withoutAPolicyNothingIsDelivered() async {
        let bench = await Self.bench()
        for policy in ["", #"{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}"#] {
            _ = await bench.delete("/logs", "policy")
            if !policy.isEmpty {
                _ = await bench.delete("/logs", "publicAccessBlock")
                #expect(await bench.put("/logs", #"{"Statement":[\#(policy)]}"#, query: "policy").status == 204)
            }
            _ = await Self.put(bench, Self.document())
            _ = await bench.get("/photos")
            #expect(await Self.delivered(bench).isEmpty, "a service is let in by its name only")
        }
        await bench.admit("s3.amazonaws.com", to: "logs")
        _ = await bench.get("/photos")
        #expect(await Self.delivered(bench).isEmpty, "another service")
    }

    /// Where lists count, the grants of the log delivery's group are enough.
    @Test(arguments: [("log-delivery-write", true), ("private", false)])
    func theGroupsGrants(_ acl: String, _ isDelivered: Bool) async {
        let bench = Bench(dialect: .ceph, logs: true)
        _ = await bench.put("/photos")
        _ = await bench.put("/logs", "", [("x-amz-acl", acl)])
        _ = await Self.put(bench, Self.document())
        _ = await bench.get("/photos")
        #expect(await Self.delivered(bench).count == (isDelivered ? 1 : 0))
        let deny = #"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}"#
        _ = await bench.put("/logs", #"{"Statement":[\#(deny)]}"#, query: "policy")
        _ = await bench.get("/photos")
        #expect(await Self.delivered(bench).count == (isDelivered ? 1 : 0), "a deny for everybody is one for services too")
    }

    @Test func whatCannotBeDeliveredIsReported() async {
        let bench = await Self.bench()
        _ = await Self.put(bench, Self.document())
        _ = await bench.delete("/logs")
        _ = await bench.get("/photos")
        await bench.accessLog.flush()
        #expect(bench.log.all.contains { $0.contains("was not delivered") })
        #expect(await bench.get("/photos").status == 200)
    }

    @Test func memoryIsBounded() async {
        let bench = await Self.bench()
        _ = await Self.put(bench, Self.document())
        let agent = String(repeating: "a", count: 1 << 20)
        for _ in 0..<18 { _ = await bench.get("/photos", "", [("User-Agent", agent)]) }
        #expect(bench.accessLog.dropped >= 2)
        let objects = await Self.delivered(bench)
        #expect(objects.count >= 4, "one object has at most 4 MiB")
    }
}
