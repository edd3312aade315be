import AWSWire
import Bytes
import Doors
import Envelope
import HTTPTypes
import Model
import Objects
import S3
import Testing

/// Small things that clients see of an answer, in the form in which AWS was recorded to send them.
@Suite struct WireFormTests {
    /// 56 bytes, another one in each answer; an error's body says the same as its header.
    @Test func hostIDs() async {
        let bench = await ObjectTests.bench()
        var seen: Set<String> = []
        for _ in 0..<20 {
            let reply = await bench.get("/photos/none")
            let id = reply["x-amz-id-2"] ?? ""
            #expect(id.utf8.count == 76 && Base64.decode(id)?.count == 56)
            #expect(reply.xml("HostId") == id && seen.insert(id).inserted)
        }
        let other = Bench(hostID: "ANOTHER")
        _ = await other.put("/photos")
        #expect(await !seen.contains(other.get("/photos/none")["x-amz-id-2"] ?? ""))
    }

    @Test(arguments: [
        ("=?UTF-8?B?YWJj?=", "abc"), ("=?utf-8?q?actually-ascii?=", "actually-ascii"), ("=?UTF-8?Q?a_b=3Dc?=", "a b=c"),
        ("=?UTF-8?B?YWJj?=  =?UTF-8?Q?def?= ghi", "abcdef ghi"), ("x =?UTF-8?Q?y?=", "x y"), ("=?ISO-8859-1?Q?=E9?=", "=?UTF-8?B?w6k=?="),
        ("=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?AAECAw==?="), ("=?UTF-8?B?=GGG?=", "=?UTF-8?B?77+9Ye+/vQ==?="),
        ("=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
        ("=?UTF-8?X?abc?=", "=?UTF-8?X?abc?="), ("=?KOI8-R?Q?abc?=", "=?KOI8-R?Q?abc?="), ("=?UTF-8?Q?=4?=", "=?UTF-8?Q?=4?="),
        ("=?UTF-8?B?", "=?UTF-8?B?"), ("=?=", "=?="), ("a=?UTF-8?B?YWJj?=", "a=?UTF-8?B?YWJj?="), ("=??B?YWJj?=", "=??B?YWJj?="),
        ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    ])
    func encodedWords(_ sent: String, _ expected: String) async {
        let bench = await ObjectTests.bench()
        #expect(await bench.put("/photos/a", "x", [("x-amz-meta-a", sent)]).status == 200)
        #expect(await bench.head("/photos/a")["x-amz-meta-a"] == expected)
    }

    static func customer(_ algorithm: String, _ keyBytes: Int) -> [(String, String)] {
        let key = Base64.encode([UInt8](repeating: 7, count: keyBytes))
        let md5 = MD5Text.of(String(decoding: [UInt8](repeating: 7, count: keyBytes), as: UTF8.self))
        let prefix = "x-amz-server-side-encryption-customer-"
        return [(prefix + "algorithm", algorithm), (prefix + "key", key), (prefix + "key-MD5", md5)]
    }

    @Test func customersKeysThatNoObjectCanHave() async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x")
        let put = await bench.put("/photos/a", "x", Self.customer("AES256", 10))
        #expect(put.code == "InvalidArgument" && put.xml("ArgumentName") == "x-amz-server-side-encryption")
        #expect(put.xml("ArgumentValue") == nil)
        let get = await bench.get("/photos/a", "", Self.customer("AES256", 10))
        #expect(get.status == 403 && get.code == "AccessDenied")
        #expect(get.xml("Message")?.hasSuffix("must provide the correct secret key.") == true)
        #expect(await bench.head("/photos/a", Self.customer("AES256", 10)).status == 403)
        let both = await bench.put("/photos/a", "x", [("x-amz-server-side-encryption", "AES256")] + Self.customer("KMS", 32))
        #expect(both.code == "InvalidArgument" && both.xml("ArgumentValue") == "AES256")
        #expect(await bench.put("/photos/a", "x", Self.customer("KMS", 32)).code == "InvalidEncryptionAlgorithmError")
    }

    /// Name and value of each argument that a refusal names.
    @Test(
        arguments: [
            ([("x-amz-object-lock-mode", "GOVERNANCE")], "x-amz-object-lock-retain-until-date", nil),
            ([("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z")], "x-amz-object-lock-mode", nil),
            ([("x-amz-copy-source", "wrongformat")], "x-amz-copy-source", "x-amz-copy-source"),
        ] as [([(String, String)], String, String?)])
    func namesOfArguments(_ headers: [(String, String)], _ name: String, _ value: String?) async {
        let bench = await ObjectTests.bench()
        let reply = await bench.put("/photos/a", "", headers)
        #expect(reply.code == "InvalidArgument" && reply.xml("ArgumentName") == name && reply.xml("ArgumentValue") == value)
    }

    @Test func argumentsOfDocuments() async {
        let bench = await ObjectTests.bench()
        let rule = "<Rule><ID>i</ID><Status>Enabled</Status><Filter/><Expiration><Date>2030-01-01T12:00:00Z</Date></Expiration></Rule>"
        let lifecycle = "<LifecycleConfiguration>\(rule)</LifecycleConfiguration>"
        let date = await bench.put("/photos", lifecycle, BadInputTests.digest(lifecycle), query: "lifecycle")
        #expect(date.xml("ArgumentName") == "Date" && date.xml("ArgumentValue") == "2030-01-01T12:00:00.000Z")
        let standard = "<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>"
        let encryption = await bench.put(
            "/photos",
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\(standard)</ApplyServerSideEncryptionByDefault>"
                + "</Rule></ServerSideEncryptionConfiguration>", query: "encryption")
        #expect(encryption.xml("ArgumentName") == "ApplyServerSideEncryptionByDefault" && encryption.xml("ArgumentValue") == nil)
        let ownership = await bench.put("/other", "", [("x-amz-object-ownership", "Mine")])
        #expect(ownership.xml("ArgumentName") == "x-amz-object-ownership" && ownership.xml("ArgumentValue") == nil)
        let storageClass = await bench.put("/photos/a", "", [("x-amz-storage-class", "OUTPOSTS")])
        #expect(storageClass.code == "InvalidStorageClass" && storageClass.xml("StorageClassRequested") == "OUTPOSTS")
    }

    @Test(arguments: [
        ([("If-None-Match", "abc")], "If-None-Match", "We don't accept the provided value of If-None-Match header for this API"),
        ([("If-Match", "*")], "If-Match", "We don't accept the provided value of If-Match header for this API"),
        (
            [("If-Match", "abc"), ("If-None-Match", "abc")], "If-Match,If-None-Match",
            "Multiple conditional request headers present in the request"
        ),
    ])
    func unsupportedConditions(_ headers: [(String, String)], _ name: String, _ message: String) async {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos/a", "x")
        for source in [[], [("x-amz-copy-source", "photos/a")]] {
            let reply = await bench.put("/photos/b", "", headers + source)
            #expect(reply.status == 501 && reply.code == "NotImplemented")
            #expect(reply.xml("Header") == name && reply.xml("additionalMessage") == message)
        }
    }

    @Test func severalChecksumsAreRefusedBeforeTheyAreRead() async {
        let bench = await ObjectTests.bench()
        let reply = await bench.put("/photos/a", "x", [("x-amz-checksum-crc32", "bad"), ("x-amz-checksum-sha256", "bad")])
        #expect(reply.xml("Message") == "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
        let one = await bench.put("/photos/a", "x", [("x-amz-checksum-sha256", "bad")])
        #expect(one.xml("Message") == "Value for x-amz-checksum-sha256 header is invalid.")
    }

    @Test(arguments: [
        (MissingKey.invalidID("fake-key-id"), "Invalid keyId 'fake-key-id'"), (.otherRegion("us-west-2"), "Invalid arn us-west-2"),
        (.key(arn: "arn:k"), "Key 'arn:k' does not exist"), (.alias(arn: "arn:a"), "Alias arn:a is not found."),
    ])
    func keysThatAreNotThere(_ key: MissingKey, _ message: String) {
        let error = S3ErrorMap.s3Error(for: ObjectsError.encryption(.service(.notFound(key))))
        #expect(error.status == .badRequest && error.code == "KMS.NotFoundException" && error.wire.message == message)
    }

    @Test func aHoldWithoutADocument() async {
        let bench = Bench()
        _ = await bench.put("/photos", "", [("x-amz-bucket-object-lock-enabled", "true")])
        _ = await bench.put("/photos/a", "x")
        #expect(await bench.put("/photos/a", query: "legal-hold").code == "MalformedXML")
    }
}
