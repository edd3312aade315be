import HTTPTypes
import S3
import Testing

/// What PutBucketLifecycleConfiguration takes, and in which words it refuses the rest.
@Suite struct LifecycleTests {
    static func rule(
        _ actions: String, filter: String = "<Filter><Prefix>p/</Prefix></Filter>", id: String? = nil, status: String = "Enabled"
    ) -> String {
        "<Rule>\(id.map { "<ID>\($0)</ID>" } ?? "")\(filter)<Status>\(status)</Status>\(actions)</Rule>"
    }

    static func put(_ bench: Bench, _ rules: String, _ headers: [(String, String)] = []) async -> Reply {
        let document = "<LifecycleConfiguration>\(rules)</LifecycleConfiguration>"
        return await bench.put("/box", document, BadInputTests.digest(document) + headers, query: "lifecycle")
    }

    static let days = "<Expiration><Days>1</Days></Expiration>"
    static let abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
    static let tag = "<Tag><Key>k</Key><Value>v</Value></Tag>"
    static func filter(_ parts: String) -> String { "<Filter>\(parts)</Filter>" }
    static func and(_ parts: String) -> String { "<Filter><And>\(parts)</And></Filter>" }
    static func legacy(_ prefix: String, _ actions: String, id: String? = nil) -> String {
        rule(actions, filter: "<Prefix>\(prefix)</Prefix>", id: id)
    }
    static func transition(_ moment: String, _ storageClass: String) -> String {
        "<Transition>\(moment)<StorageClass>\(storageClass)</StorageClass></Transition>"
    }
    static func older(_ days: Int, _ storageClass: String, _ extra: String = "") -> String {
        "<NoncurrentVersionTransition><NoncurrentDays>\(days)</NoncurrentDays><StorageClass>\(storageClass)</StorageClass>\(extra)"
            + "</NoncurrentVersionTransition>"
    }
    static func expireOlder(_ days: Int, _ kept: Int? = nil) -> String {
        "<NoncurrentVersionExpiration><NoncurrentDays>\(days)</NoncurrentDays>"
            + (kept.map { "<NewerNoncurrentVersions>\($0)</NewerNoncurrentVersions>" } ?? "") + "</NoncurrentVersionExpiration>"
    }

    static let accepted: [String] = [
        rule(days), rule(days, filter: filter("")), rule(days, filter: filter(tag)), legacy("", days), rule(expireOlder(1, 500)),
        rule(days, filter: filter("<ObjectSizeGreaterThan>0</ObjectSizeGreaterThan>")),
        rule(expireOlder(1), filter: filter("<ObjectSizeLessThan>1</ObjectSizeLessThan>")),
        rule(days, filter: and("<Prefix></Prefix>" + tag)),
        rule(days, filter: and(tag + "<Tag><Key>l</Key><Value></Value></Tag>")),
        rule(
            days,
            filter: and("<Prefix>p</Prefix><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan>")),
        rule("<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>"), rule(abort),
        rule("<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>" + abort),
        rule(
            transition("<Days>30</Days>", "STANDARD_IA") + transition("<Days>90</Days>", "GLACIER")
                + "<Expiration><Days>91</Days></Expiration>"),
        rule(transition("<Days>0</Days>", "GLACIER_IR")),
        rule(older(30, "ONEZONE_IA", "<NewerNoncurrentVersions>2</NewerNoncurrentVersions>")),
        rule(transition("<Date>2030-01-01T00:00:00.000Z</Date>", "DEEP_ARCHIVE")),
        // Filters may overlap: the shorter time wins.
        rule(days, id: "a") + rule("<Expiration><Days>9</Days></Expiration>", filter: filter("<Prefix>p/q</Prefix>"), id: "b"),
        legacy("a/", days, id: "a") + legacy("b/", days, id: "b"), legacy("a/", days, id: "a") + legacy("a/", abort, id: "b"),
    ]

    @Test(arguments: accepted) func whatIsTakenIsGivenBack(_ rules: String) async {
        let bench = Bench()
        _ = await bench.put("/box")
        let reply = await Self.put(bench, rules)
        #expect(reply.status == 200, "\(reply.text)")
        let back = await bench.get("/box", "lifecycle")
        let named = rules.contains("<ID>") ? rules : rules.replacing("<Rule>", with: "<Rule><ID>\(back.xml("ID") ?? "")</ID>")
        #expect(back.text.hasSuffix("\(named)</LifecycleConfiguration>"), "\(back.text)")
        #expect(back["x-amz-transition-default-minimum-object-size"] == "all_storage_classes_128K")
    }

    static let unreadable: [String] = [
        "", "<Rule/>", "<Other/>", rule(days, filter: ""), rule(days, status: "enabled"),
        rule(days, filter: filter("<Prefix>a</Prefix>" + tag)),
        rule(days, filter: and("")), rule(days, filter: and("<Prefix>a</Prefix>")), rule(days, filter: and(tag)),
        rule(days, filter: filter("<Prefix>a</Prefix>") + "<Prefix>a</Prefix>"), rule("<Expiration></Expiration>"), rule(days + days),
        rule("<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"),
        rule("<Expiration><Days>one</Days></Expiration>"), rule("<Expiration><Date>Fri, 01 Jan 2016 00:00:00 GMT</Date></Expiration>"),
        rule("<NoncurrentVersionExpiration></NoncurrentVersionExpiration>"),
        rule("<NoncurrentVersionExpiration><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>"),
        rule("<AbortIncompleteMultipartUpload></AbortIncompleteMultipartUpload>"), rule(transition("", "GLACIER")),
        rule(transition("<Days>1</Days><Date>2030-01-01T00:00:00Z</Date>", "GLACIER")), rule("<Transition><Days>1</Days></Transition>"),
        rule(transition("<Days>1</Days>", "STANDARD")), rule(transition("<Days>1</Days>", "OUTPOSTS")),
        rule(
            "<NoncurrentVersionTransition><Date>2030-01-01T00:00:00Z</Date><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>"
        ),
        rule(days, filter: filter("<ObjectSizeGreaterThan>big</ObjectSizeGreaterThan>")),
        rule(days, filter: filter("<Tag><Key>k</Key></Tag>")),
        rule(days, filter: filter("<Suffix>a</Suffix>")), String(repeating: rule(days), count: 1_001),
    ]

    @Test(arguments: unreadable) func malformed(_ rules: String) async {
        let bench = Bench()
        _ = await bench.put("/box")
        let reply = await Self.put(bench, rules)
        #expect(reply.status == 400 && reply.code == "MalformedXML", "\(reply.text)")
    }

    static let invalid: [(String, String)] = [
        (rule(days, id: String(repeating: "x", count: 256)), "ID length should not exceed allowed limit of 255"),
        (rule(days, id: "a") + rule(abort, id: "a"), "Rule ID must be unique. Found same ID for more than one rule"),
        (rule("<Expiration><Days>0</Days></Expiration>"), "'Days' for Expiration action must be a positive integer"),
        (rule("<Expiration><Days>-1</Days></Expiration>"), "'Days' for Expiration action must be a positive integer"),
        (rule("<Expiration><Date>2030-01-01T00:00:01Z</Date></Expiration>"), "'Date' must be at midnight GMT"),
        (rule(expireOlder(0)), "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"),
        (
            rule(abort.replacing(">1<", with: ">0<")),
            "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer"
        ),
        (rule(transition("<Days>-1</Days>", "GLACIER")), "'Days' in Transition action must be nonnegative"),
        (
            rule(transition("<Days>29</Days>", "ONEZONE_IA")),
            "'Days' in Transition action must be greater than or equal to 30 for storageClass 'ONEZONE_IA'"
        ),
        (
            rule(transition("<Days>180</Days>", "DEEP_ARCHIVE") + "<Expiration><Days>180</Days></Expiration>"),
            "'Days' in the Expiration action for filter '(prefix=p/)' must be greater than 'Days' in the Transition action"
        ),
        (
            rule(expireOlder(1) + older(1, "GLACIER"), filter: filter(tag)),
            "'NoncurrentDays' in the NoncurrentVersionExpiration action for filter '(tag={key=k, value=v})' must be greater than "
                + "'NoncurrentDays' in the NoncurrentVersionTransition action"
        ),
        (
            rule(
                transition("<Days>1</Days>", "DEEP_ARCHIVE") + transition("<Days>1</Days>", "GLACIER"),
                filter: and("<Prefix>t/</Prefix><ObjectSizeLessThan>9</ObjectSizeLessThan>")),
            "'Days' in the Transition action for StorageClass 'DEEP_ARCHIVE' for filter '(prefix=t/ and objectsizelessthan=9)' must be greater "
                + "than 'Days' in the Transition action for StorageClass 'GLACIER' for filter '(prefix=t/ and objectsizelessthan=9)'"
        ),
    ]

    @Test(arguments: invalid) func invalidArguments(_ rules: String, _ message: String) async {
        let bench = Bench()
        _ = await bench.put("/box")
        let reply = await Self.put(bench, rules)
        #expect(reply.status == 400 && reply.code == "InvalidArgument" && reply.xml("Message") == message, "\(reply.text)")
    }

    static let contradictory: [(String, String)] = [
        (rule(""), "At least one action needs to be specified in a rule"),
        (legacy("a", days, id: "a") + rule(days, id: "b"), "Filter element can only be used in Lifecycle V2."),
        (
            rule(days, id: "a") + legacy("a", days, id: "b"),
            "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."
        ),
        (legacy("a", expireOlder(1, 2)), "NewerNoncurrentVersions element can only be used in Lifecycle V2."),
        (
            legacy("foo/bar/buu", days, id: "a") + legacy("foo/bar", days, id: "b"),
            "Found overlapping prefixes 'foo/bar' and 'foo/bar/buu' for same action type 'Expiration'"
        ),
        (
            legacy("", abort, id: "a") + legacy("a", abort, id: "b"),
            "Found overlapping prefixes '' and 'a' for same action type 'AbortIncompleteMultipartUpload'"
        ),
        (rule(abort, filter: filter(tag)), "AbortIncompleteMultipartUpload cannot be specified with Tags."),
        (
            rule(abort, filter: filter("<ObjectSizeLessThan>9</ObjectSizeLessThan>")),
            "AbortIncompleteMultipartUpload cannot be specified with Object Size."
        ),
        (
            rule(
                "<Expiration><ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker></Expiration>",
                filter: filter("<ObjectSizeLessThan>9</ObjectSizeLessThan>")),
            "ExpiredObjectDeleteMarker cannot be specified with Object Size."
        ),
        (
            rule("<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>", filter: filter(tag)),
            "ExpiredObjectDeleteMarker cannot be specified with Tags."
        ),
        (
            rule(days, filter: filter("<ObjectSizeLessThan>0</ObjectSizeLessThan>")),
            "'ObjectSizeLessThan' should be between 1 and 1099511627776000."
        ),
        (
            rule(days, filter: and("<ObjectSizeGreaterThan>9</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan>")),
            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."
        ),
        (rule(days, filter: and(tag + tag)), "Duplicate Tag Keys are not allowed."),
        (
            rule(transition("<Days>1</Days>", "GLACIER") + transition("<Days>9</Days>", "GLACIER")),
            "'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=p/)'"
        ),
        (
            legacy("p/", older(1, "GLACIER") + older(9, "GLACIER")),
            "'StorageClass' must be different for 'NoncurrentVersionTransition' actions in same 'Rule' with prefix 'p/'"
        ),
        (
            rule(
                transition("<Days>1</Days>", "GLACIER") + transition("<Date>2030-01-01T00:00:00Z</Date>", "DEEP_ARCHIVE"),
                filter: filter("")),
            "Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter '(prefix=)'"
        ),
        (
            rule(transition("<Date>2030-01-01T00:00:00Z</Date>", "GLACIER") + days),
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=p/)'"
        ),
    ]

    @Test(arguments: contradictory) func contradictions(_ rules: String, _ message: String) async {
        let bench = Bench()
        _ = await bench.put("/box")
        let reply = await Self.put(bench, rules)
        #expect(reply.status == 400 && reply.code == "InvalidRequest" && reply.xml("Message") == message, "\(reply.text)")
        #expect(await bench.get("/box", "lifecycle").code == "NoSuchLifecycleConfiguration")
    }

    @Test func aClassThatIsNoneIsNotImplemented() async {
        let bench = Bench()
        _ = await bench.put("/box")
        #expect(await Self.put(bench, Self.rule(Self.transition("<Days>1</Days>", "CUPBOARD"))).status == 501)
    }

    @Test func theSmallestObjectToMove() async {
        let bench = Bench()
        _ = await bench.put("/box")
        let name = "x-amz-transition-default-minimum-object-size"
        let put = await Self.put(bench, Self.rule(Self.days), [(name, "varies_by_storage_class")])
        #expect(put.status == 200 && put[name] == "varies_by_storage_class")
        #expect(await bench.get("/box", "lifecycle")[name] == "varies_by_storage_class")
        #expect(await Self.put(bench, Self.rule(Self.days))[name] == "all_storage_classes_128K")
        let wrong = await Self.put(bench, Self.rule(Self.days), [(name, "64K")])
        #expect(wrong.code == "InvalidRequest" && wrong.xml("Message") == "Invalid TransitionDefaultMinimumObjectSize found: 64K")
    }
}
