import AWSWire
import Bytes
import Crypto
import Doors
import HTTPTypes
import Model
import S3
import Testing

/// A browser's form, made and signed as a page would be.
struct Form {
    static let boundary = "x-boundary"
    var fields: [(String, String)]
    var file: String? = "hello"
    /// Nil: the file is a plain field.
    var fileName: String? = "a.txt"

    static func policy(_ conditions: [String], expires: String = "2026-01-01T01:00:00Z") -> String {
        "{\"expiration\":\"\(expires)\",\"conditions\":[\(conditions.joined(separator: ","))]}"
    }

    /// With the fields that prove the policy, by version 2 or 4.
    static func signed(_ fields: [(String, String)], _ policy: String, secret: String = Bench.secret, version4: Bool = true) -> Form {
        let text = Base64.encode(Array(policy.utf8))
        if !version4 {
            let key = SymmetricKey(data: Array(secret.utf8))
            let mac = HMAC<Insecure.SHA1>.authenticationCode(for: Array(text.utf8), using: key)
            return Form(
                fields: fields + [("AWSAccessKeyId", Bench.accessKeyID), ("policy", text), ("signature", Base64.encode(Array(mac)))])
        }
        var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
        for part in ["20260101", "us-east-1", "s3", "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        let signature = Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
        return Form(fields: fields + proof + [("Policy", text), ("X-Amz-Signature", signature)])
    }

    static let proof = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "\(Bench.accessKeyID)/20260101/us-east-1/s3/aws4_request"),
        ("X-Amz-Date", "20260101T000000Z"),
    ]

    /// The conditions that those need.
    static let proofConditions = [
        "{\"x-amz-algorithm\":\"AWS4-HMAC-SHA256\"}", "[\"starts-with\",\"$x-amz-credential\",\"\"]",
        "{\"X-Amz-Date\":\"20260101T000000Z\"}", "{\"bucket\":\"photos\"}",
    ]

    var body: [UInt8] {
        var text = ""
        for (name, value) in fields {
            text += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        if let file {
            text += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\""
            if let fileName { text += "; filename=\"\(fileName)\"" }
            text += "\r\n"
            text += "Content-Type: text/ignored\r\n\r\n\(file)\r\n"
        }
        return Array((text + "--\(Self.boundary)--\r\n").utf8)
    }

    func send(_ bench: Bench, _ path: String = "/photos", body: [UInt8]? = nil) async -> Reply {
        await bench.send(
            Bench.Call(
                method: .post, path: path, headers: [("Content-Type", "multipart/form-data; boundary=\(Self.boundary)")],
                body: body ?? self.body, signing: .anonymous))
    }
}

@Suite struct PostFormTests {
    static func form(
        _ fields: [(String, String)] = [("key", "k")], _ conditions: [String] = ["{\"key\":\"k\"}"], version4: Bool = true
    ) -> Form {
        Form.signed(fields, Form.policy(Form.proofConditions + conditions), version4: version4)
    }

    @Test(arguments: [true, false])
    func uploads(version4: Bool) async {
        let bench = await ObjectTests.bench()
        let conditions = version4 ? Form.proofConditions : ["{\"bucket\":\"photos\"}"]
        let fields = [
            ("key", "dir/${filename}"), ("Content-Type", "text/plain"), ("x-amz-meta-who", "Jörg"), ("Cache-Control", "no-cache"),
            ("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"), ("x-ignore-this", "1"),
            ("x-amz-storage-class", "STANDARD_IA"), ("acl", "bucket-owner-full-control"),
        ]
        let rules = [
            "[\"starts-with\",\"$key\",\"dir/a\"]", "[\"Starts-With\",\"$Content-Type\",\"text/\"]",
            "[\"eq\",\"$x-amz-META-who\",\"Jörg\"]",
            "{\"Cache-Control\":\"no-cache\"}", "[\"starts-with\",\"$tagging\",\"\"]", "{\"x-amz-storage-class\":\"STANDARD_IA\"}",
            "{\"acl\":\"bucket-owner-full-control\"}", "[\"content-length-range\",1,\"10\"]",
        ]
        let reply = await Form.signed(fields, Form.policy(conditions + rules), version4: version4).send(bench)
        #expect(reply.status == 204 && reply.body.isEmpty && reply["ETag"] == ObjectTests.etag)
        #expect(reply["Location"] == "http://127.0.0.1:9000/photos/dir%2Fa.txt" && reply["x-roost-lsn"] == "2")
        #expect(reply.response.operation == "PostObject")
        let get = await bench.get("/photos/dir/a.txt")
        #expect(get.text == "hello" && get["Content-Type"] == "text/plain" && get["Cache-Control"] == "no-cache")
        #expect(get["x-amz-meta-who"] == "=?UTF-8?Q?J=C3=B6rg?=" && get["x-amz-storage-class"] == "STANDARD_IA")
        #expect(await TaggingTests.tags(bench, "/photos/dir/a.txt") == ["a=1"])
    }

    @Test func largeFilesAndEmptyOnes() async {
        let bench = await ObjectTests.bench()
        var form = Self.form()
        form.file = String(repeating: "0123456789\r\n--x-bound\r", count: 50_000)
        #expect(await form.send(bench).status == 204)
        #expect(await bench.get("/photos/k").text == form.file)
        form.file = ""
        #expect(await form.send(bench).status == 204)
        #expect(await bench.head("/photos/k")["Content-Length"] == "0")
    }

    /// Only a file that has a name puts it into the key.
    @Test func aFileWithoutANameLeavesTheKey() async {
        let bench = await ObjectTests.bench()
        var form = Self.form([("key", "f-${filename}")], ["[\"starts-with\",\"$key\",\"f-\"]"])
        form.fileName = nil
        #expect(await form.send(bench).status == 204)
        form.fileName = ""
        #expect(await form.send(bench).status == 204)
        #expect(await bench.get("/photos", "list-type=2").all("Key") == ["f-", "f-${filename}"])
    }

    @Test func tagsOfAnotherDocumentAreNone() async {
        let bench = await ObjectTests.bench()
        let any = ["{\"key\":\"k\"}", "[\"starts-with\",\"$tagging\",\"\"]"]
        #expect(await Self.form([("key", "k"), ("tagging", "<Other></Other>")], any).send(bench).status == 204)
        #expect(await TaggingTests.tags(bench, "/photos/k").isEmpty)
        #expect(await Self.form([("key", "k"), ("tagging", "not-xml")], any).send(bench).code == "MalformedXML")
    }

    @Test func metadataIsKeptCharacterByCharacter() async {
        let bench = await ObjectTests.bench()
        let fields = [
            ("key", "k"), ("x-amz-meta-tab", " ~\t"), ("x-amz-meta-control", "\u{0}\u{1}\u{2}\u{3}\u{4}"),
            ("x-amz-meta-word", "=?UTF-8?B?YWJj?="), ("x-amz-meta-city", "Zürich S3"),
        ]
        let reply = await Self.form(
            fields,
            ["{\"key\":\"k\"}", "[\"starts-with\",\"$x-amz-meta-tab\",\"\"]"]
                + ["control", "word", "city"].map { "[\"starts-with\",\"$x-amz-meta-\($0)\",\"\"]" }
        ).send(bench)
        #expect(reply.status == 204)
        let head = await bench.head("/photos/k")
        #expect(head["x-amz-meta-tab"] == " ~\t" && head["x-amz-meta-control"] == "=?UTF-8?B?AAECAwQ=?=")
        #expect(head["x-amz-meta-word"] == "=?UTF-8?B?YWJj?=" && head["x-amz-meta-city"] == "=?UTF-8?Q?Z=C3=BCrich_S3?=")
    }

    @Test func answers() async {
        let bench = await ObjectTests.bench()
        let any = "[\"starts-with\",\"$success_action_status\",\"\"]"
        for (status, code) in [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("x", 204)] {
            let reply = await Self.form([("key", "a b"), ("success_action_status", status)], ["{\"key\":\"a b\"}", any]).send(bench)
            #expect(reply.status == code)
            if code == 201 {
                #expect(reply.xml("Key") == "a b" && reply.xml("Bucket") == "photos" && reply.xml("ETag")?.contains("5d41402a") == true)
                #expect(reply.xml("Location") == "http://127.0.0.1:9000/photos/a%20b" && reply["Content-Type"] == "application/xml")
            } else {
                #expect(reply.body.isEmpty)
            }
        }
        let url = "[\"starts-with\",\"$success_action_redirect\",\"\"]"
        for (target, location) in [
            ("http://a.org/done", "http://a.org/done?bucket=photos&key=k&etag=%225d41402abc4b2a76b9719d911017c592%22"),
            ("https://a.org/?x=1#top", "https://a.org/?x=1&bucket=photos&key=k&etag=%225d41402abc4b2a76b9719d911017c592%22#top"),
        ] {
            let reply = await Self.form([("key", "k"), ("success_action_redirect", target)], ["{\"key\":\"k\"}", url]).send(bench)
            #expect(reply.status == 303 && reply["Location"] == location)
        }
        let noURL = await Self.form([("key", "k"), ("success_action_redirect", "a.org")], ["{\"key\":\"k\"}", url]).send(bench)
        #expect(noURL.status == 204)
    }

    @Test(
        arguments: [
            ([("key", "other")], ["{\"key\":\"k\"}"], 403, "Policy Condition failed: [\"eq\", \"$key\", \"k\"]"),
            ([("key", "k")], ["[\"starts-with\",\"$key\",\"K\"]"], 403, "Policy Condition failed: [\"starts-with\", \"$key\", \"K\"]"),
            ([("key", "k")], [], 403, "Extra input fields: key"),
            ([("key", "k"), ("x-amz-meta-a", "1")], ["{\"key\":\"k\"}"], 403, "Extra input fields: x-amz-meta-a"),
            (
                [("key", "k")], ["{\"key\":\"k\"}", "[\"starts-with\",\"$x-amz-meta-a\",\"\"]"], 403,
                "Policy Condition failed: [\"starts-with\", \"$x-amz-meta-a\", \"\"]"
            ),
            ([("key", "k")], ["[\"eq\",\"key\",\"k\"]", "{\"key\":\"k\"}"], 403, "Policy Condition failed: [\"eq\", \"key\", \"k\"]"),
            (
                [("key", "k")], ["{\"key\":\"k\"}", "[\"content-length-range\",\"test\",\"10\"]"], 403,
                "Policy Condition failed: [\"content-length-range\", \"test\", \"10\"]"
            ),
            (
                [("key", "k"), ("Content-Type", "image/png, text/x")],
                ["{\"key\":\"k\"}", "[\"starts-with\",\"$Content-Type\",\"image/\"]"], 403,
                "Policy Condition failed: [\"starts-with\", \"$content-type\", \"image/\"]"
            ),
        ] as [([(String, String)], [String], Int, String)])
    func policiesThatDoNotHold(_ fields: [(String, String)], _ conditions: [String], _ status: Int, _ message: String) async {
        let bench = await ObjectTests.bench()
        let reply = await Self.form(fields, conditions).send(bench)
        #expect(reply.status == status && reply.code == "AccessDenied")
        #expect(reply.xml("Message")?.replacing("&quot;", with: "\"") == "Invalid according to Policy: \(message)")
        #expect(await bench.get("/photos", "list-type=2").xml("KeyCount") == "0")
    }

    @Test(arguments: [
        ("{\"expiration\":\"2026-01-01T01:00:00Z\"}", "InvalidPolicyDocument"), ("{\"conditions\":[]}", "InvalidPolicyDocument"),
        ("{\"EXPIRATION\":\"2026-01-01T01:00:00Z\",\"conditions\":[]}", "InvalidPolicyDocument"), ("{", "InvalidPolicyDocument"),
        ("[]", "InvalidPolicyDocument"), (Form.policy([], expires: "2026-01-01 01:00:00"), "InvalidPolicyDocument"),
        (Form.policy(["{}"]), "InvalidPolicyDocument"), (Form.policy(["{\"a\":1}"]), "InvalidPolicyDocument"),
        (Form.policy(["{\"a\":\"1\",\"b\":\"2\"}"]), "InvalidPolicyDocument"), (Form.policy(["1"]), "InvalidPolicyDocument"),
        (Form.policy(["[\"eq\",\"$key\"]"]), "InvalidPolicyDocument"),
        (Form.policy(["[\"ends-with\",\"$key\",\"k\"]"]), "InvalidPolicyDocument"),
        (Form.policy(["[\"content-length-range\",0]"]), "InvalidPolicyDocument"),
        (Form.policy(["[\"content-length-range\",-1,0]"]), "InvalidPolicyDocument"),
        (Form.policy(["[\"content-length-range\",2,1]"]), "InvalidPolicyDocument"),
        (Form.policy(Form.proofConditions + ["{\"key\":\"k\"}"], expires: "2026-01-01T00:00:00Z"), "AccessDenied"),
    ])
    func policiesThatAreNone(_ policy: String, _ code: String) async {
        let bench = await ObjectTests.bench()
        let reply = await Form.signed([("key", "k")], policy).send(bench)
        #expect(reply.code == code && reply.status == (code == "AccessDenied" ? 403 : 400))
    }

    @Test func dollarsMayBeEscaped() async {
        let bench = await ObjectTests.bench()
        #expect(await Self.form([("key", "$a")], ["[\"eq\",\"$key\",\"\\$a\"]"]).send(bench).status == 204)
        #expect(await Self.form([("key", "\\$a")], ["[\"eq\",\"$key\",\"\\\\$a\"]"]).send(bench).status == 204)
    }

    @Test func sizes() async {
        let bench = await ObjectTests.bench()
        let large = await Self.form([("key", "k")], ["{\"key\":\"k\"}", "[\"content-length-range\",0,4]"]).send(bench)
        #expect(large.status == 400 && large.code == "EntityTooLarge" && large.xml("MaxSizeAllowed") == "4")
        let small = await Self.form([("key", "k")], ["{\"key\":\"k\"}", "[\"content-length-range\",6,9]"]).send(bench)
        #expect(small.status == 400 && small.code == "EntityTooSmall" && small.xml("MinSizeAllowed") == "6")
        #expect(await bench.get("/photos", "list-type=2").xml("KeyCount") == "0")
    }

    @Test func checksums() async {
        let bench = await ObjectTests.bench()
        let good = Base64.encode(Array(SHA256.hash(data: Array("hello".utf8))))
        let taken = await Self.form([("key", "k"), ("x-amz-checksum-sha256", good)]).send(bench)
        #expect(taken.status == 204 && taken["x-amz-checksum-sha256"] == good)
        let other = Base64.encode(Array(SHA256.hash(data: Array("other".utf8))))
        #expect(await Self.form([("key", "k"), ("x-amz-checksum-sha256", other)]).send(bench).code == "BadDigest")
        #expect(await Self.form([("key", "k"), ("x-amz-checksum-sha256", "nonsense")]).send(bench).code == "InvalidRequest")
    }

    @Test func whoSends() async {
        let bench = await ObjectTests.bench()
        let policy = Form.policy(Form.proofConditions + ["{\"key\":\"k\"}"])
        for version4 in [true, false] {
            let forged = await Form.signed([("key", "k")], policy, secret: "another", version4: version4).send(bench)
            #expect(forged.status == 403 && forged.code == "SignatureDoesNotMatch")
        }
        var stranger = Self.form()
        stranger.fields = stranger.fields.map { ($0.0, $0.1.replacing(Bench.accessKeyID, with: "AKIANOBODY")) }
        #expect(await stranger.send(bench).code == "InvalidAccessKeyId")
        for region in ["mars-1/s3", "us-east-1/sqs"] {
            var elsewhere = Self.form()
            elsewhere.fields = elsewhere.fields.map { ($0.0, $0.1.replacing("us-east-1/s3", with: region)) }
            #expect(await elsewhere.send(bench).status == 400)
        }
        var unsigned = Self.form()
        unsigned.fields.removeAll { $0.0.lowercased().hasPrefix("x-amz-") }
        let nobody = await unsigned.send(bench)
        #expect(nobody.status == 403 && nobody.code == "AccessDenied" && nobody.xml("Message") == "Access Denied")
        let anonymous = await Form(fields: [("key", "k")]).send(bench)
        #expect(anonymous.status == 403 && anonymous.code == "AccessDenied")
        #expect(await bench.get("/photos", "list-type=2").xml("KeyCount") == "0")
    }

    @Test(arguments: ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature", "Policy", "key"])
    func missingFields(_ name: String) async {
        let bench = await ObjectTests.bench()
        var form = Self.form()
        form.fields.removeAll { $0.0 == name }
        let reply = await form.send(bench)
        #expect(reply.status == 400 && reply.code == "InvalidArgument" && reply.xml("ArgumentName")?.lowercased() == name.lowercased())
    }

    @Test(arguments: ["AWSAccessKeyId", "signature"])
    func missingFieldsOfVersion2(_ name: String) async {
        var form = Self.form(version4: false)
        form.fields.removeAll { $0.0 == name }
        let reply = await form.send(await ObjectTests.bench())
        #expect(reply.status == 400 && reply.code == "InvalidArgument" && reply.xml("ArgumentName")?.lowercased() == name.lowercased())
    }

    @Test func formsThatAreNone() async {
        let bench = await ObjectTests.bench()
        let json = await bench.post("/photos", "", "{}", [("Content-Type", "application/json")])
        #expect(json.status == 412 && json.code == "PreconditionFailed")
        var form = Self.form()
        let body = form.body
        #expect(await form.send(bench, body: Array(body.dropLast(8))).code == "MalformedPOSTRequest")
        #expect(await form.send(bench, "/nowhere").code == "AccessDenied", "the policy is for another bucket")
        form.file = nil
        #expect(await form.send(bench).xml("ArgumentName") == "file")
        form.fields.append(("x-amz-meta-a", String(repeating: "v", count: 20_480)))
        #expect(await form.send(bench).code == "MaxPostPreDataLengthExceeded")
        let twice = await Self.form([("key", "k"), ("Key", "l")]).send(bench)
        #expect(twice.code == "InvalidArgument")
        let empty = await Self.form([("key", "")]).send(bench)
        #expect(empty.code == "InvalidArgument")
        let cut = await bench.send(
            Bench.Call(
                method: .post, path: "/photos", headers: [("Content-Type", "multipart/form-data; boundary=\(Form.boundary)")], body: body,
                signing: .anonymous, arriving: body.count / 2))
        #expect(cut.status == 400 && cut.code == "IncompleteBody")
        #expect(await bench.get("/photos", "list-type=2").xml("KeyCount") == "0")
    }

    @Test func headersOfTheRequestAreNotTheObjects() async {
        let bench = await ObjectTests.bench()
        let reply = await Self.form().send(bench)
        #expect(reply.status == 204)
        #expect(await bench.head("/photos/k")["Content-Type"] == "binary/octet-stream")
    }
}
