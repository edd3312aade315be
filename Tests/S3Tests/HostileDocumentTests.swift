import AWSWire
import Bytes
import Crypto
import HTTPTypes
import Model
import ModelLedger
import S3
import SimulationKit
import Testing

/// Documents, forms and headers that are nearly right, by the seed: every one has an answer that names a fault of the client, or is taken.
/// An inner error, or a crash, is a fault of ours.
@Suite struct HostileDocumentTests {
    static let seed: UInt64 = 20_260_103
    static let rounds = 150

    struct Request: Sendable, CustomTestStringConvertible {
        var method = HTTPRequest.Method.put
        var path = "/photos"
        let query: String
        let body: String
        /// Also as it stands: its value is in what becomes of it.
        let isRefused: Bool
        var testDescription: String { "\(method) \(path)?\(query)" }

        init(_ query: String, _ body: String, method: HTTPRequest.Method = .put, path: String = "/photos", isRefused: Bool = false) {
            self.isRefused = isRefused
            self.query = query
            self.body = body
            self.method = method
            self.path = path
        }
    }

    static let owner = "<Owner><ID>x</ID></Owner>"
    static let grantee =
        "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">"
        + "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"

    static let cases = [
        Request(
            "lifecycle",
            "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><And><Prefix>logs/</Prefix><Tag><Key>k</Key><Value>v</Value>"
                + "</Tag><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And></Filter><Expiration><Days>30</Days></Expiration>"
                + "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions>"
                + "</NoncurrentVersionExpiration></Rule><Rule><Status>Disabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Date>2027-01-01T00:00:00Z"
                + "</Date></Expiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
                + "</AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"),
        Request(
            "cors",
            "<CORSConfiguration><CORSRule><ID>1</ID><AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
                + "<AllowedHeader>x-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>"
        ),
        Request("tagging", "<Tagging><TagSet><Tag><Key>a b</Key><Value>&#65;</Value></Tag></TagSet></Tagging>"),
        Request("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value></Value></Tag></TagSet></Tagging>", path: "/photos/k"),
        Request(
            "website",
            "<WebsiteConfiguration><IndexDocument><Suffix>i.html</Suffix></IndexDocument><ErrorDocument><Key>e</Key></ErrorDocument><RoutingRules>"
                + "<RoutingRule><Condition><KeyPrefixEquals>a</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
                + "</Condition><Redirect><HostName>h</HostName><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith><HttpRedirectCode>301"
                + "</HttpRedirectCode></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>"),
        Request(
            "logging",
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>photos</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled>"
                + "</BucketLoggingStatus>"),
        Request(
            "notification",
            "<NotificationConfiguration><QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue>"
                + "<Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>a</Value></FilterRule></S3Key></Filter>"
                + "</QueueConfiguration></NotificationConfiguration>"),
        Request("versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
        Request(
            "encryption",
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
                + "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
        ),
        Request(
            "object-lock",
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days>"
                + "</DefaultRetention></Rule></ObjectLockConfiguration>"),
        Request("ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"),
        Request(
            "publicAccessBlock",
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"),
        Request("requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"),
        Request(
            "acl",
            "<AccessControlPolicy>\(owner)<AccessControlList><Grant>\(grantee)<Permission>READ</Permission></Grant>"
                + "</AccessControlList></AccessControlPolicy>", isRefused: true),
        Request(
            "policy",
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"s3:Get*\"],"
                + "\"Resource\":\"arn:aws:s3:::photos/${aws:username}/*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"},"
                + "\"StringLikeIfExists\":{\"aws:Referer\":[\"http://a/*\"]}}}]}"),
        Request(
            "inventory&id=all",
            "<InventoryConfiguration><Id>all</Id><IsEnabled>true</IsEnabled><Destination><S3BucketDestination><Bucket>arn:aws:s3:::photos</Bucket>"
                + "<Format>CSV</Format></S3BucketDestination></Destination><IncludedObjectVersions>All</IncludedObjectVersions><Schedule>"
                + "<Frequency>Daily</Frequency></Schedule><OptionalFields><Field>Size</Field></OptionalFields></InventoryConfiguration>"),
        Request(
            "roost-admission",
            "{\"rules\":[{\"id\":\"o\",\"suffix\":\".json\",\"sizeMax\":10,\"contentTypes\":[\"image/*\"],\"schema\":{\"type\":\"object\",\"required\":"
                + "[\"a\"],\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":0}},\"items\":{\"enum\":[1,null]}}}]}"),
        Request(
            "roost-batch",
            "{\"changes\":[{\"op\":\"put\",\"key\":\"a\",\"content\":\"{}\",\"metadata\":{\"b\":\"1\"},\"ifNoneMatch\":\"*\"},{\"op\":\"copy\",\"key\":\"c\","
                + "\"source\":\"photos/k\"},{\"op\":\"rename\",\"key\":\"d\",\"source\":\"k2\"},{\"op\":\"delete\",\"key\":\"e\"}]}",
            method: .post),
        Request("delete", "<Delete><Quiet>true</Quiet><Object><Key>a</Key><VersionId>null</VersionId></Object></Delete>", method: .post),
        Request(
            "retention", "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2027-01-01T00:00:00Z</RetainUntilDate></Retention>",
            path: "/photos/k"),
        Request("legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", path: "/photos/k"),
        Request(
            "", "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>",
            path: "/photos-2", isRefused: true),
    ]

    static func bench() async -> Bench {
        let bench = Bench()
        _ = await bench.put("/photos", "", [("x-amz-bucket-object-lock-enabled", "true")])
        for key in ["k", "k2"] { _ = await bench.put("/photos/\(key)", "content") }
        return bench
    }

    @Test(arguments: cases) func documents(_ request: Request) async {
        var random = SimRandom(seed: Self.seed)
        var bench = await Self.bench()
        for round in 0..<Self.rounds {
            var body = Array(request.body.utf8)
            for _ in 0..<(round == 0 ? 0 : Int.random(in: 1...4, using: &random)) { Self.mutate(&body, &random) }
            let md5 = Base64.encode(Array(Insecure.MD5.hash(data: body)))
            let reply = await bench.send(
                Bench.Call(method: request.method, path: request.path, query: request.query, headers: [("Content-MD5", md5)], body: body))
            let isAnswer = reply.status < 500 || reply.code == "NotImplemented"
            #expect(isAnswer, "round \(round): \(reply.status) \(reply.text) to \(String(decoding: body, as: UTF8.self))")
            if round == 0 { #expect(reply.status < 300 || request.isRefused, "\(reply.status) \(reply.text)") }
            // What was taken is shown again and used by the next requests.
            #expect(await bench.get(request.path, request.query).status < 500)
            for path in ["/photos/k", "/photos"] { #expect(await bench.get(path).status < 500) }
            if bench.ledger.applied.rawValue > 400 { bench = await Self.bench() }
        }
        #expect(bench.log.all == [])
    }

    /// A form's fields, policy and file.
    @Test func forms() async {
        var random = SimRandom(seed: Self.seed)
        let bench = await Self.bench()
        let policy = Form.policy(
            Form.proofConditions + [
                "[\"starts-with\",\"$key\",\"u/\"]", "[\"starts-with\",\"$tagging\",\"\"]", "[\"content-length-range\",1,100]",
                "{\"acl\":\"private\"}",
            ])
        for round in 0..<1000 {
            var text = Array(policy.utf8)
            if round % 2 == 1 { Self.mutate(&text, &random) }
            var fields = Form.signed([("key", "u/${filename}"), ("acl", "private")], String(decoding: text, as: UTF8.self)).fields
            fields.append(("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"))
            var body = Form(fields: fields).body
            if round % 2 == 0 { for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&body, &random) } }
            let reply = await bench.send(
                Bench.Call(
                    method: .post, path: "/photos", headers: [("Content-Type", "multipart/form-data; boundary=\(Form.boundary)")],
                    body: body,
                    signing: .anonymous))
            #expect(reply.status < 500 || reply.code == "NotImplemented", "round \(round): \(reply.status) \(reply.text)")
        }
        #expect(bench.log.all == [])
    }

    static let headers: [(String, String)] = [
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:000000000000:key/a"),
        ("x-amz-server-side-encryption-context", "eyJhIjoiYiJ9"), ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("x-amz-server-side-encryption-customer-key-MD5", "cLyKS3TwjmrS/0ncgYGMFg=="), ("x-amz-acl", "bucket-owner-full-control"),
        ("x-amz-grant-read", "id=\"a\", uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""), ("x-amz-tagging", "a=b&c=%20"),
        ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", "2027-01-01T00:00:00.000Z"),
        ("x-amz-object-lock-legal-hold", "ON"), ("x-amz-copy-source", "/photos/k"), ("x-amz-copy-source-range", "bytes=0-3"),
        ("x-amz-copy-source-if-match", "\"a\""), ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-a", "=?UTF-8?B?w7w=?="),
        ("x-amz-website-redirect-location", "/a"), ("x-amz-write-offset-bytes", "7"), ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="),
        ("x-amz-checksum-mode", "ENABLED"), ("Range", "bytes=0-1,3-"), ("If-Match", "\"a\", *"),
        ("If-Modified-Since", "Sat, 01 Jan 2028 00:00:00 GMT"),
        ("x-amz-expected-bucket-owner", "000000000000"), ("x-roost-wait-lsn", "1"), ("x-roost-as-of", "3"),
        ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("x-amz-object-attributes", "ETag,ObjectParts"), ("x-amz-max-parts", "1"), ("x-amz-mfa", "a 1"),
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-rename-source", "k"), ("x-amz-request-payer", "requester"), ("x-amz-bypass-governance-retention", "true"),
        ("Origin", "http://a"), ("Access-Control-Request-Method", "PUT"), ("Expires", "0"), ("Content-Encoding", "aws-chunked,gzip"),
    ]

    static let calls: [(HTTPRequest.Method, String, String)] = [
        (.put, "/photos/k", ""), (.get, "/photos/k", ""), (.head, "/photos/k", "partNumber=1"), (.delete, "/photos/k", ""),
        (.post, "/photos/k", "uploads"), (.get, "/photos", "versions&key-marker=a&version-id-marker=b"), (.get, "/photos", "list-type=2"),
        (.options, "/photos/k", ""), (.put, "/photos-3", ""), (.get, "/photos/k", "attributes"), (.put, "/photos/k", "acl"),
        (.put, "/photos/k2", "renameObject"),
    ]

    @Test func headersOfEveryKind() async {
        var random = SimRandom(seed: Self.seed)
        var bench = await Self.bench()
        for round in 0..<6000 {
            let (method, path, query) = Self.calls[round % Self.calls.count]
            var headers: [(String, String)] = []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let (name, value) = Self.headers[Int.random(in: 0..<Self.headers.count, using: &random)]
                // Without what no connection lets through.
                var bytes = Array(value.utf8)
                if Bool.random(using: &random) { Self.mutate(&bytes, &random) }
                let text = String(decoding: bytes.filter { $0 >= 0x20 && $0 < 0x7F }, as: UTF8.self)
                if name == "x-roost-wait-lsn", text != value { continue }
                headers.append((name, text))
            }
            let body: [UInt8]? = method == .put || method == .post ? Array("hello".utf8) : nil
            let reply = await bench.send(Bench.Call(method: method, path: path, query: query, headers: headers, body: body))
            let isAnswer = reply.status < 500 || reply.code == "NotImplemented" || method == .head
            #expect(isAnswer, "round \(round): \(reply.status) \(reply.text) to \(headers)")
            if round % 500 == 0 { bench = await Self.bench() }
        }
        #expect(bench.log.all == [])
    }

    private static let telling: [UInt8] = Array("\u{0}\n\r\"'<>&;%=+/.:,[]{}\\09-*$ ".utf8) + [0x7F, 0x80, 0xC3, 0xED, 0xF0, 0xFF]
    private static let words = [
        "-1", "99999999999999999999", "0", "1e9", "null", "true", "<a/>", "&amp;", "*", "", "2027-02-30", "\u{FEFF}",
    ]

    private static func mutate(_ input: inout [UInt8], _ random: inout SimRandom) {
        let position = Int.random(in: 0...input.count, using: &random)
        let end = min(input.count, position + Int.random(in: 1...24, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: if position < input.count { input[position] = UInt8.random(in: 0...255, using: &random) }
        case 1: if position < input.count { input[position] = telling[Int.random(in: 0..<telling.count, using: &random)] }
        case 2: input.removeSubrange(position..<end)
        case 3: input.insert(contentsOf: input[position..<end], at: position)
        case 4: replaceValue(&input, from: position, &random)
        default: input.insert(contentsOf: words[Int.random(in: 0..<words.count, using: &random)].utf8, at: position)
        }
    }

    /// What stands between two marks of a document becomes another word.
    private static func replaceValue(_ input: inout [UInt8], from position: Int, _ random: inout SimRandom) {
        let marks: Set<UInt8> = [UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "\"")]
        guard let start = input[position...].firstIndex(where: marks.contains) else { return }
        guard let end = input[(start + 1)...].firstIndex(where: marks.contains) else { return }
        input.replaceSubrange((start + 1)..<end, with: words[Int.random(in: 0..<words.count, using: &random)].utf8)
    }
}
