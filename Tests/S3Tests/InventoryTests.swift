import Bytes
import Crypto
import HTTPTypes
import Model
import Objects
import S3
import SimulationKit
import Testing

@Suite struct InventoryTests {
    static func document(
        _ id: String = "i", versions: String = "Current", frequency: String = "Daily", fields: [String] = [], format: String = "CSV",
        bucket: String = "arn:aws:s3:::lists", encryption: String = "", extra: String = ""
    ) -> String {
        let optional = fields.isEmpty ? "" : "<OptionalFields>" + fields.map { "<Field>\($0)</Field>" }.joined() + "</OptionalFields>"
        return "<InventoryConfiguration><Id>\(id)</Id><IsEnabled>true</IsEnabled><Destination><S3BucketDestination>"
            + "<Bucket>\(bucket)</Bucket><Format>\(format)</Format><Prefix>p</Prefix>"
            + (encryption.isEmpty ? "" : "<Encryption>\(encryption)</Encryption>") + "</S3BucketDestination></Destination>"
            + "<Schedule><Frequency>\(frequency)</Frequency></Schedule><IncludedObjectVersions>\(versions)</IncludedObjectVersions>"
            + optional + extra + "</InventoryConfiguration>"
    }

    static func bench() async -> Bench {
        let bench = Bench()
        _ = await bench.put("/photos")
        _ = await bench.put("/lists")
        await bench.admit("s3.amazonaws.com", to: "lists")
        return bench
    }

    static func put(_ bench: Bench, _ document: String, id: String = "i") async -> Reply {
        await bench.put("/photos", document, query: "inventory&id=\(id)")
    }

    static func makeDue(_ bench: Bench) async {
        let random = SimRandom(seed: UInt64(bench.clock.now().seconds))
        await InventoryReports(objects: bench.objects, clock: bench.clock, random: random, report: { bench.log.add($0) }).makeDue()
    }

    @Test func configurationsComeAndGo() async {
        let bench = await Self.bench()
        let document = Self.document(fields: ["Size", "ETag"])
        #expect(await Self.put(bench, document).status == 204)
        #expect(await bench.get("/photos", "inventory&id=i").text.contains(document.dropFirst("<InventoryConfiguration>".count)))
        #expect(await Self.put(bench, Self.document("j", versions: "All", frequency: "Weekly"), id: "j").status == 204)
        let list = await bench.get("/photos", "inventory")
        #expect(list.all("Id") == ["i", "j"] && list.xml("IsTruncated") == "false")
        #expect(await bench.delete("/photos", "inventory&id=i").status == 204)
        #expect(await bench.delete("/photos", "inventory&id=i").code == "NoSuchConfiguration")
        #expect(await bench.get("/photos", "inventory&id=i").code == "NoSuchConfiguration")
        #expect(await bench.get("/photos", "inventory").all("Id") == ["j"])
    }

    @Test func listsInPagesAndUpToAThousand() async throws {
        let bench = await Self.bench()
        let bucket = try #require(BucketName("photos"))
        let lists = try #require(BucketName("lists"))
        let many = (0..<1_000).map { number in
            InventoryConfiguration(id: "id\(number + 1_000)", isEnabled: false, destinationBucket: lists)
        }
        let context = ChangeContext(
            principal: bench.principal, requestID: RequestID(random: 1), hostID: "", sourceIP: "")
        _ = try await bench.objects.set(Inventories(many), of: bucket, context: context)
        let excess = await Self.put(bench, Self.document())
        #expect(excess.status == 400 && excess.code == "TooManyConfigurations")
        #expect(await Self.put(bench, Self.document("id1500"), id: "id1500").status == 204, "one that is there may be replaced")
        let first = await bench.get("/photos", "inventory")
        #expect(first.all("Id").count == 100 && first.xml("NextContinuationToken") == "id1099")
        let second = await bench.get("/photos", "inventory&continuation-token=id1099")
        #expect(second.all("Id").first == "id1100" && second.xml("ContinuationToken") == "id1099")
    }

    @Test(arguments: [
        (document(format: "ORC"), "NotImplemented"), (document(format: "XLS"), "MalformedXML"),
        (document(versions: "Some"), "MalformedXML"),
        (document(frequency: "Hourly"), "MalformedXML"), (document(bucket: "lists"), "InvalidS3DestinationBucket"),
        ("<Other/>", "MalformedXML"),
        (document("other"), "IdMismatch"), (document(fields: ["Nonsense"]), "MalformedXML"),
        (document(fields: ["IntelligentTieringReferenceDate"]), "NotImplemented"),
        (document(encryption: "<SSE-KMS></SSE-KMS>"), "MalformedXML"), (document(encryption: "<SSE-X></SSE-X>"), "MalformedXML"),
    ])
    func refusedConfigurations(_ document: String, _ code: String) async {
        let bench = await Self.bench()
        let reply = await Self.put(bench, document)
        #expect(reply.code == code && reply.status == (code == "NotImplemented" ? 501 : 400))
        #expect(await bench.put("/photos", Self.document(), query: "inventory").code == "InvalidArgument")
        #expect(await bench.put("/photos", Self.document(), query: "inventory&id=a/b").code == "InvalidArgument")
    }

    /// The lines of a report's only file.
    static func lines(_ bench: Bench) async -> [String] {
        let keys = await bench.get("/lists", "list-type=2").all("Key")
        guard let data = keys.first(where: { $0.hasSuffix(".csv.gz") }) else { return [] }
        let text = Gunzip.whole(await bench.get("/lists/" + data).body) ?? []
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func reports() async throws {
        let bench = await Self.bench()
        _ = await bench.put("/photos/a%20%22b", "hello", [("x-amz-storage-class", "STANDARD_IA")])
        _ = await bench.put("/photos/c", "")
        let fields = [
            "Size", "LastModifiedDate", "ETag", "StorageClass", "IsMultipartUploaded", "ReplicationStatus", "EncryptionStatus",
            "ChecksumAlgorithm",
        ]
        _ = await Self.put(bench, Self.document(fields: fields))
        await Self.makeDue(bench)
        #expect(bench.log.all.isEmpty)
        #expect(
            await Self.lines(bench) == [
                "\"photos\",\"a%20%22b\",\"5\",\"2026-01-01T00:00:00.000Z\",\"5d41402abc4b2a76b9719d911017c592\",\"STANDARD_IA\",\"false\","
                    + "\"\",\"NOT-SSE\",\"CRC64NVME\"",
                "\"photos\",\"c\",\"0\",\"2026-01-01T00:00:00.000Z\",\"d41d8cd98f00b204e9800998ecf8427e\",\"STANDARD\",\"false\","
                    + "\"\",\"NOT-SSE\",\"CRC64NVME\"",
            ])
        let manifest = await bench.get("/lists/p/photos/i/2026-01-01T00-00Z/manifest.json")
        #expect(
            manifest.text.contains("\"sourceBucket\":\"photos\",\"destinationBucket\":\"arn:aws:s3:::lists\",\"version\":\"2016-11-30\""))
        #expect(manifest.text.contains("\"fileSchema\":\"Bucket, Key, Size, LastModifiedDate, ETag,"))
        let data = try #require(await bench.get("/lists", "list-type=2").all("Key").first { $0.hasSuffix(".csv.gz") })
        #expect(await bench.get("/lists/p/photos/i/hive/dt=2026-01-01-00-00/symlink.txt").text == "s3://lists/\(data)\n")
        let checksum = await bench.get("/lists/p/photos/i/2026-01-01T00-00Z/manifest.checksum")
        #expect(checksum.text == Hex.encode(Array(Insecure.MD5.hash(data: manifest.body))))
        await Self.makeDue(bench)
        #expect(await bench.get("/lists", "list-type=2").xml("KeyCount") == "4", "one a day")
        bench.clock.advance(by: .seconds(86_400))
        await Self.makeDue(bench)
        #expect(await bench.get("/lists", "list-type=2").xml("KeyCount") == "8")
    }

    @Test func versionsAndMarkers() async {
        let bench = await Self.bench()
        let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        _ = await bench.put("/photos", enabled, BadInputTests.digest(enabled), query: "versioning")
        let first = await bench.put("/photos/a", "1")["x-amz-version-id"] ?? ""
        let marker = await bench.delete("/photos/a")["x-amz-version-id"] ?? ""
        _ = await Self.put(bench, Self.document(versions: "All", fields: ["Size", "ObjectLockMode"]))
        await Self.makeDue(bench)
        #expect(
            await Self.lines(bench) == [
                "\"photos\",\"a\",\"\(marker)\",\"true\",\"true\",\"\",\"\"",
                "\"photos\",\"a\",\"\(first)\",\"false\",\"false\",\"1\",\"\"",
            ])
    }

    /// What only a look at each object tells.
    @Test func detailsOfObjects() async throws {
        let bench = Bench(dialect: .ceph)
        for name in ["photos", "lists"] { _ = await bench.put("/\(name)") }
        await bench.admit("s3.amazonaws.com", to: "lists")
        let lifecycle =
            "<LifecycleConfiguration><Rule><ID>r</ID><Filter><Prefix>o</Prefix></Filter><Status>Enabled</Status>"
            + "<Expiration><Days>2</Days></Expiration></Rule></LifecycleConfiguration>"
        #expect(await bench.put("/photos", lifecycle, BadInputTests.digest(lifecycle), query: "lifecycle").status == 200)
        _ = await bench.put("/photos/open", "x", [("x-amz-acl", "public-read")])
        _ = await bench.put("/photos/plain", "x")
        let fields = ["EncryptionStatus", "BucketKeyStatus", "ObjectOwner", "LifecycleExpirationDate", "ObjectAccessControlList"]
        #expect(await Self.put(bench, Self.document(fields: fields)).status == 204)
        await Self.makeDue(bench)
        let owner = bench.canonicalID
        func list(_ grants: String) -> String {
            Base64.encode(Array(#"{"version":"2022-11-10","status":"AVAILABLE","grants":[\#(grants)]}"#.utf8))
        }
        let whole = #"{"canonicalId":"\#(owner)","type":"CanonicalUser","permission":"FULL_CONTROL"}"#
        let everybody = #"{"uri":"http://acs.amazonaws.com/groups/global/AllUsers","type":"Group","permission":"READ"}"#
        let head = "\"NOT-SSE\",\"DISABLED\",\"\(owner)\""
        #expect(
            await Self.lines(bench) == [
                "\"photos\",\"open\",\(head),\"2026-01-03T00:00:00.000Z\",\"\(list(whole + "," + everybody))\"",
                "\"photos\",\"plain\",\(head),\"\",\"\(list(whole))\"",
            ])
    }

    @Test func encryptedReportsAreKeptAsAsked() async {
        let bench = await Self.bench()
        for encryption in ["<SSE-S3></SSE-S3>", "<SSE-KMS><KeyId>arn:aws:kms:us-east-1:000000000000:key/k</KeyId></SSE-KMS>"] {
            let document = Self.document(encryption: encryption)
            #expect(await Self.put(bench, document).status == 204)
            #expect(await bench.get("/photos", "inventory&id=i").text.contains("<Encryption>\(encryption)</Encryption>"))
        }
    }

    static func condition(_ arn: String, _ account: String) -> String {
        #","Condition":{"ArnLike":{"aws:SourceArn":"\#(arn)"},"StringEquals":{"aws:SourceAccount":"\#(account)","s3:x-amz-acl":"bucket-owner-full-control"}}"#
    }

    @Test(arguments: [
        ("s3.amazonaws.com", condition("arn:aws:s3:::photos", "000000000000"), true),
        ("s3.amazonaws.com", condition("arn:aws:s3:::other", "000000000000"), false),
        ("s3.amazonaws.com", condition("arn:aws:s3:::photos", "111111111111"), false), ("logging.s3.amazonaws.com", "", false),
    ])
    func theDestinationsPolicyDecides(_ service: String, _ condition: String, _ isDelivered: Bool) async {
        let bench = await Self.bench()
        await bench.admit(service, to: "lists", condition)
        _ = await bench.put("/photos/a", "x")
        _ = await Self.put(bench, Self.document())
        await Self.makeDue(bench)
        #expect(await bench.get("/lists", "list-type=2").xml("KeyCount") == (isDelivered ? "4" : "0"))
        #expect(bench.log.all.contains { $0.contains("does not allow s3:PutObject to s3.amazonaws.com") } == !isDelivered)
        guard !isDelivered else { return }
        await bench.admit("s3.amazonaws.com", to: "lists")
        await Self.makeDue(bench)
        #expect(await bench.get("/lists", "list-type=2").xml("KeyCount") == "4", "made up for once it is allowed")
    }

    /// The destination may be another account's, whose policy lets the service in; an account that is named has to be that one.
    @Test func anotherAccountsDestination() async throws {
        let access = try await AccessBench(.aws)
        let bench = access.bench
        _ = await access.send(.alt, .put, "/lists", body: "")
        let statement =
            #"{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::lists/*"}"#
        #expect(await access.status(.alt, .put, "/lists", "policy", body: #"{"Statement":[\#(statement)]}"#) == 204)
        _ = await bench.put("/photos")
        let document = Self.document()
        let named = document.replacing("<S3BucketDestination>", with: "<S3BucketDestination><AccountId>000000000000</AccountId>")
        #expect(await Self.put(bench, named).status == 204)
        await Self.makeDue(bench)
        #expect(await access.send(.alt, .get, "/lists").all("Key").isEmpty)
        #expect(await Self.put(bench, document).status == 204)
        await Self.makeDue(bench)
        #expect(await access.send(.alt, .get, "/lists").all("Key").count == 3)
    }

    @Test func manyObjectsAndEmptyBuckets() async {
        let bench = await Self.bench()
        for number in 0..<2_050 { _ = await bench.put("/photos/\(number + 10_000)", "") }
        _ = await Self.put(bench, Self.document())
        await Self.makeDue(bench)
        let lines = await Self.lines(bench)
        #expect(lines.count == 2_050 && lines.first == "\"photos\",\"10000\"" && lines.last == "\"photos\",\"12049\"")
    }

    @Test func destinationsThatAreGone() async {
        let bench = await Self.bench()
        _ = await Self.put(bench, Self.document())
        _ = await bench.delete("/lists")
        await Self.makeDue(bench)
        #expect(bench.log.all.count == 1 && bench.log.all[0].contains("noSuchBucket"))
        _ = await bench.put("/lists")
        await bench.admit("s3.amazonaws.com", to: "lists")
        await Self.makeDue(bench)
        #expect(await bench.get("/lists", "list-type=2").xml("KeyCount") == "3", "no object, no file: a manifest, its checksum and links")
    }
}
