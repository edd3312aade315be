import Doors
import HTTPTypes
import S3
import Testing

@Suite struct BucketTests {
    @Test func quotasByHeader() async {
        let bench = Bench()
        let quota = [("x-roost-quota-bytes", "10"), ("x-roost-quota-objects", "2")]
        #expect(await bench.put("/small", "", quota).status == 200)
        #expect(await bench.put("/small/a", "12345").status == 200)
        let head = await bench.head("/small")
        #expect(head["x-roost-quota-bytes"] == "10" && head["x-roost-quota-objects"] == "2")
        #expect(head["x-roost-usage-bytes"] == "5" && head["x-roost-usage-objects"] == "1")
        #expect(await bench.put("/small/b", "123456").code == "QuotaExceeded")
        #expect(await bench.put("/small/b", "12345").status == 200)
        #expect(await bench.put("/small/c").code == "QuotaExceeded")
        #expect(await bench.put("/small", "", quota).status == 200, "the same again")
        #expect(await bench.put("/small").status == 200)
        #expect(await bench.put("/small", "", [("x-roost-quota-bytes", "11")]).code == "BucketAlreadyOwnedByYou")
        #expect(await bench.head("/small")["x-roost-quota-bytes"] == "10")
        for text in ["-1", "ten", "1.5", "", "99999999999999999999"] {
            let reply = await bench.put("/other", "", [("x-roost-quota-objects", text)])
            #expect(reply.status == 400 && reply.code == "InvalidArgument", "\(text)")
        }
        _ = await bench.put("/free")
        #expect(await bench.head("/free")["x-roost-usage-bytes"] == nil)
    }

    @Test func bucketsComeAndGo() async {
        let bench = Bench()
        let made = await bench.put("/photos")
        #expect(made.status == 200)
        #expect(made["Location"] == "/photos")
        #expect(made["x-roost-lsn"] == "1")
        #expect(made["x-amz-request-id"] != nil && made["x-amz-bucket-arn"] == "arn:aws:s3:::photos")
        #expect(await bench.put("/photos").status == 200, "us-east-1 forgives repetition")

        let head = await bench.head("/photos")
        #expect(head.status == 200 && head["x-amz-bucket-region"] == "us-east-1" && head.body.isEmpty)
        #expect(head["x-amz-bucket-arn"] == "arn:aws:s3:::photos" && head["x-amz-access-point-alias"] == "false")
        let location = await bench.get("/photos", "location")
        #expect(location.text.hasSuffix("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>"))

        _ = await bench.put("/photos/a", "x")
        let full = await bench.delete("/photos")
        #expect(full.status == 409 && full.code == "BucketNotEmpty")
        #expect(full.xml("Message") == "The bucket you tried to delete is not empty")
        #expect(await bench.delete("/photos/a").status == 204)
        #expect(await bench.delete("/photos").status == 204)
        let gone = await bench.head("/photos")
        #expect(gone.status == 404 && gone.body.isEmpty)
        let list = await bench.get("/photos")
        #expect(list.status == 404 && list.code == "NoSuchBucket" && list.xml("BucketName") == "photos")
        #expect(list["Content-Type"] == "application/xml")
    }

    @Test func virtualHosts() async {
        let bench = Bench()
        #expect(await bench.send(Bench.Call(method: .put, path: "/", body: [], authority: "photos.localhost:9000")).status == 200)
        #expect(await bench.send(Bench.Call(method: .put, path: "/a/b", body: [1], authority: "photos.localhost:9000")).status == 200)
        #expect(await bench.get("/photos/a/b").body == [1])
    }

    @Test(arguments: [
        ("/ab", "InvalidBucketName"), ("/Photos", "InvalidBucketName"), ("/a..b", "InvalidBucketName"),
        ("/192.168.1.1", "InvalidBucketName"),
        ("/xn--photos", "InvalidBucketName"), ("/pho_tos", "InvalidBucketName"),
    ])
    func refusedNames(_ path: String, _ code: String) async {
        let reply = await Bench().put(path)
        #expect(reply.status == 400 && reply.code == code)
    }

    @Test(
        arguments: [
            ("<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>", 200, nil),
            (
                "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>", 400,
                "InvalidLocationConstraint"
            ),
            (
                "<CreateBucketConfiguration><LocationConstraint>?</LocationConstraint></CreateBucketConfiguration>", 400,
                "InvalidLocationConstraint"
            ),
            ("<CreateBucketConfiguration/>", 200, nil), ("<Other/>", 400, "MalformedXML"), ("<CreateBucket", 400, "MalformedXML"),
        ] as [(String, Int, String?)])
    func locations(_ body: String, _ status: Int, _ code: String?) async {
        let reply = await Bench().put("/photos", body)
        #expect(reply.status == status && reply.code == code)
    }

    static func configuration(_ content: String) -> String { "<CreateBucketConfiguration>\(content)</CreateBucketConfiguration>" }

    /// `region` is that of the endpoint, for which the client signs. Of AWS's regions only us-east-1 makes buckets in others.
    struct Placement: Sendable {
        var server = "us-east-1"
        var region = "us-east-1"
        var asked: String?
        var code: String?
        /// How the message begins, or where the bucket is.
        var text: String
    }

    @Test(arguments: [
        Placement(asked: "foo", code: "InvalidLocationConstraint", text: "The specified location-constraint"),
        Placement(asked: "aws-global", code: "InvalidLocationConstraint", text: "The specified location-constraint"),
        Placement(asked: "us-east-1", code: "InvalidLocationConstraint", text: "The specified location-constraint"),
        Placement(region: "us-west-1", code: "IllegalLocationConstraintException", text: "The unspecified location"),
        Placement(region: "us-west-1", asked: "aws-global", code: "IllegalLocationConstraintException", text: "The aws-global location"),
        Placement(region: "us-west-1", asked: "us-east-1", code: "IllegalLocationConstraintException", text: "The us-east-1 location"),
        Placement(region: "us-west-1", asked: "us-east-2", code: "IllegalLocationConstraintException", text: "The us-east-2 location"),
        Placement(region: "us-west-1", asked: "EU", code: "IllegalLocationConstraintException", text: "The EU location"),
        Placement(
            region: "mars-1", code: "AuthorizationHeaderMalformed", text: "The authorization header is malformed; the region 'mars-1'"),
        Placement(asked: "EU", text: "EU"), Placement(asked: "ap-south-2", text: "ap-south-2"), Placement(text: ""),
        Placement(region: "eu-west-1", asked: "EU", text: "EU"), Placement(region: "us-west-1", asked: "us-west-1", text: "us-west-1"),
        Placement(server: "home", region: "home", text: "home"), Placement(server: "home", region: "home", asked: "home", text: "home"),
        Placement(server: "home", asked: "home", text: "home"), Placement(server: "home", text: ""),
        Placement(server: "home", region: "eu-west-1", code: "IllegalLocationConstraintException", text: "The unspecified location"),
    ])
    func placements(_ placement: Placement) async {
        let bench = Bench(region: placement.server)
        let document = placement.asked.map { Self.configuration("<LocationConstraint>\($0)</LocationConstraint>") } ?? ""
        let reply = await bench.send(
            Bench.Call(method: .put, path: "/photos", body: Array(document.utf8), region: placement.region))
        #expect(reply.code == placement.code)
        if placement.code != nil {
            #expect(reply.status == 400 && reply.xml("Message")?.hasPrefix(placement.text) == true)
            #expect(reply.xml("LocationConstraint") == (placement.code == "InvalidLocationConstraint" ? placement.asked : nil))
        } else {
            let document = await bench.get("/photos", "location").text
            #expect(document.hasSuffix(placement.text.isEmpty ? "/>" : ">\(placement.text)</LocationConstraint>"), "\(document)")
        }
    }

    /// A policy's `aws:RequestedRegion` is the bucket's, whatever region the caller chose to sign for.
    @Test(arguments: [("us-west-2", 200), ("eu-west-1", 403)]) func theRequestedRegion(_ place: String, _ status: Int) async {
        let bench = Bench()
        _ = await bench.put("/photos", Self.configuration("<LocationConstraint>\(place)</LocationConstraint>"))
        _ = await bench.put("/photos/a", "hello")
        let statement =
            #"{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*","#
            + #""Condition":{"StringNotEquals":{"aws:RequestedRegion":"us-west-2"}}}"#
        #expect(await bench.put("/photos", #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#, query: "policy").status == 204)
        for region in ["us-east-1", "us-west-2", "eu-west-1"] {
            #expect(await bench.send(Bench.Call(method: .get, path: "/photos/a", region: region)).status == status)
        }
    }

    /// A bucket is reached by requests for any region, and says its own.
    @Test func bucketsOfManyRegions() async {
        let bench = Bench()
        for (name, region) in [("aaa", "EU"), ("abc", "us-west-2")] {
            let document = Self.configuration("<LocationConstraint>\(region)</LocationConstraint>")
            let made = await bench.send(Bench.Call(method: .put, path: "/\(name)", body: Array(document.utf8), authority: "localhost:9000"))
            #expect(made["location"] == "http://\(name).localhost:9000/")
            #expect(await bench.put("/\(name)", document).code == "BucketAlreadyOwnedByYou")
        }
        _ = await bench.put("/xyz")
        for region in ["us-east-1", "us-west-2", "eu-central-1"] {
            for query in ["", "list-type=2"] {
                let listed = await bench.send(Bench.Call(method: .get, path: "/abc", query: query, region: region))
                #expect(listed.status == 200 && listed["x-amz-bucket-region"] == "us-west-2")
            }
        }
        #expect(await bench.get("/", "bucket-region=eu-west-1").all("Name") == ["aaa"])
        #expect(await bench.get("/", "bucket-region=us-east-1&max-buckets=1").all("Name") == ["xyz"])
        #expect(await bench.get("/", "prefix=a").all("BucketRegion") == ["eu-west-1", "us-west-2"])
    }

    @Test func creatingWithTags() async {
        let bench = Bench()
        let tags = "<Tags><Tag><Key>tag1</Key><Value>value1</Value></Tag></Tags>"
        #expect(await bench.put("/photos", Self.configuration(tags)).status == 200)
        #expect(await TaggingTests.tags(bench, "/photos") == ["tag1=value1"])
        #expect(await bench.put("/photos", Self.configuration(tags)).code == "BucketAlreadyOwnedByYou")
        for again in ["", Self.configuration("<Tags/>")] { #expect(await bench.put("/photos", again).status == 200) }
        #expect(await TaggingTests.tags(bench, "/photos") == ["tag1=value1"])
        #expect(await bench.put("/plain", Self.configuration("<Tags/>")).status == 200)
        #expect(await bench.get("/plain", "tagging").code == "NoSuchTagSet")
    }

    @Test(arguments: [
        ("<Tag><Value>v</Value></Tag>", "MalformedXML"), ("<Tag><Key>k</Key></Tag>", "MalformedXML"),
        ("<Tag><Key>aws:k</Key><Value>v</Value></Tag>", "InvalidTag"), ("<Tag><Key>k</Key><Value>a,b</Value></Tag>", "InvalidTag"),
        ("<Tag><Key>k,l</Key><Value>v</Value></Tag>", "InvalidTag"),
        ("<Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>k</Key><Value>v</Value></Tag>", "InvalidTag"),
    ])
    func refusedTags(_ tags: String, _ code: String) async {
        let bench = Bench()
        let reply = await bench.put("/photos", Self.configuration("<Tags>\(tags)</Tags>"))
        #expect(reply.status == 400 && reply.code == code)
        #expect(await bench.head("/photos").status == 404)
    }

    @Test func anotherRegion() async {
        let bench = Bench(region: "eu-west-1")
        let body = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
        #expect(await bench.put("/photos", body).status == 200)
        #expect(await bench.get("/photos", "location").text.contains(">eu-west-1</LocationConstraint>"))
        #expect(await bench.put("/photos", body).code == "BucketAlreadyOwnedByYou")
    }

    @Test func listing() async {
        let bench = Bench()
        for name in ["aaa", "abc", "xyz"] { _ = await bench.put("/\(name)") }
        let all = await bench.get("/")
        #expect(all.all("Name") == ["aaa", "abc", "xyz"] && all.xml("BucketRegion") == nil)
        #expect(all.all("BucketArn") == ["arn:aws:s3:::aaa", "arn:aws:s3:::abc", "arn:aws:s3:::xyz"])
        let first = await bench.get("/", "max-buckets=1&prefix=a")
        #expect(first.all("Name") == ["aaa"] && first.xml("BucketRegion") == "us-east-1" && first.xml("Prefix") == "a")
        let token = first.xml("ContinuationToken") ?? ""
        let second = await bench.get("/", "max-buckets=1&prefix=a&continuation-token=\(token.replacing("=", with: "%3D"))")
        #expect(second.all("Name") == ["abc"])
        #expect(await bench.get("/", "max-buckets=0").code == "InvalidArgument")
        let elsewhere = await bench.get("/", "bucket-region=eu-west-1")
        #expect(elsewhere.status == 200 && elsewhere.all("Name").isEmpty)
        let nowhere = await bench.get("/", "bucket-region=eu-east-1")
        #expect(nowhere.status == 400 && nowhere.xml("Message") == "Argument value eu-east-1 is not a valid AWS Region")
        #expect(await bench.get("/", "continuation-token=%25").code == "InvalidArgument")
    }

    @Test(arguments: [
        ("versioning", 200, "VersioningConfiguration"), ("acl", 200, "FULL_CONTROL"), ("policy", 404, "NoSuchBucketPolicy"),
        ("cors", 404, "NoSuchCORSConfiguration"), ("lifecycle", 404, "NoSuchLifecycleConfiguration"), ("tagging", 404, "NoSuchTagSet"),
        ("encryption", 404, "ServerSideEncryptionConfigurationNotFoundError"), ("object-lock", 404, "ObjectLockConfigurationNotFoundError"),
        ("publicAccessBlock", 200, "RestrictPublicBuckets"), ("ownershipControls", 200, "BucketOwnerEnforced"),
        ("website", 404, "NoSuchWebsiteConfiguration"), ("logging", 200, "BucketLoggingStatus"), ("requestPayment", 200, "BucketOwner"),
        ("replication", 404, "ReplicationConfigurationNotFoundError"), ("notification", 200, "NotificationConfiguration"),
        ("metrics", 200, "<IsTruncated>false<"), ("metrics&id=a", 404, "NoSuchConfiguration"),
        ("analytics", 200, "<IsTruncated>false<"), ("analytics&id=a", 404, "NoSuchConfiguration"),
        ("intelligent-tiering", 200, "<IsTruncated>false<"), ("intelligent-tiering&id=a", 404, "NoSuchConfiguration"),
    ])
    func unsetConfigurations(_ query: String, _ status: Int, _ text: String) async {
        let bench = Bench()
        #expect(await bench.get("/photos", query).code == "NoSuchBucket")
        _ = await bench.put("/photos")
        let reply = await bench.get("/photos", query)
        #expect(reply.status == status && reply.text.contains(text))
    }

    @Test(arguments: [
        ("replication", "PutBucketReplication"), ("abac", "PutBucketAbac"),
    ])
    func settingsAreRefusedByName(_ query: String, _ operation: String) async {
        let bench = Bench()
        _ = await bench.put("/photos")
        let reply = await bench.put("/photos", "<x/>", query: query)
        #expect(reply.status == 501 && reply.code == "NotImplemented" && reply.xml("Message")?.contains(operation) == true)
        #expect(reply.response.operation == operation)
    }

    @Test func expectedOwner() async {
        let bench = Bench()
        _ = await bench.put("/photos")
        #expect(await bench.get("/photos", "", [("x-amz-expected-bucket-owner", "000000000000")]).status == 200)
        #expect(await bench.get("/photos", "", [("x-amz-expected-bucket-owner", "111111111111")]).code == "AccessDenied")
        #expect(await bench.get("/photos", "", [("x-amz-expected-bucket-owner", "me")]).code == "InvalidBucketOwnerAWSAccountID")
    }
}
