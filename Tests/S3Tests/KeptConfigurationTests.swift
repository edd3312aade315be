import HTTPTypes
import S3
import Testing

/// Configurations of services that are not here: kept as they were set, and shown.
@Suite struct KeptConfigurationTests {
    struct Service: CustomStringConvertible, Sendable {
        let parameter: String
        let element: String
        /// What a configuration has besides its id and filter.
        let rest: String

        var description: String { parameter }

        func document(_ id: String, _ filter: String = "<Filter><Prefix>logs/</Prefix></Filter>") -> String {
            "<\(element)><Id>\(id)</Id>\(filter)\(rest)</\(element)>"
        }
    }

    static let metrics = Service(parameter: "metrics", element: "MetricsConfiguration", rest: "")
    static let analytics = Service(
        parameter: "analytics", element: "AnalyticsConfiguration",
        rest: "<StorageClassAnalysis><DataExport><OutputSchemaVersion>V_1</OutputSchemaVersion><Destination><S3BucketDestination>"
            + "<Format>CSV</Format><Bucket>arn:aws:s3:::logs</Bucket><Prefix>p</Prefix></S3BucketDestination></Destination></DataExport>"
            + "</StorageClassAnalysis>")
    static let tiering = Service(
        parameter: "intelligent-tiering", element: "IntelligentTieringConfiguration",
        rest: "<Status>Enabled</Status><Tiering><Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier></Tiering>")
    static let services = [metrics, analytics, tiering]

    static func put(_ bench: Bench, _ service: Service, _ id: String, _ document: String) async -> Reply {
        await bench.put("/photos", document, query: "\(service.parameter)&id=\(id)")
    }

    @Test(arguments: services)
    func comeAndGo(_ service: Service) async {
        let bench = await ObjectTests.bench()
        for id in ["b", "a"] { #expect(await Self.put(bench, service, id, service.document(id)).status == 204) }
        let one = await bench.get("/photos", "\(service.parameter)&id=a")
        #expect(one.status == 200 && one.text.contains(service.document("a").dropFirst(service.element.count + 2)))
        let changed = service.document("a", "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>")
        #expect(await Self.put(bench, service, "a", changed).status == 204)
        let all = await bench.get("/photos", service.parameter)
        #expect(all.all("Id") == ["a", "b"] && all.text.contains(changed) && all.xml("IsTruncated") == "false")
        #expect(await bench.delete("/photos", "\(service.parameter)&id=a").status == 204)
        #expect(await bench.get("/photos", "\(service.parameter)&id=a").code == "NoSuchConfiguration")
        let again = await bench.delete("/photos", "\(service.parameter)&id=a")
        #expect(again.status == 404 && again.code == "NoSuchConfiguration")
        #expect(await bench.get("/photos", service.parameter).all("Id") == ["b"])
    }

    @Test(arguments: services)
    func whatIsNoConfiguration(_ service: Service) async {
        let bench = await ObjectTests.bench()
        let and = "<Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>"
        for document in [service.document("a", ""), service.document("a", and)] {
            #expect(await Self.put(bench, service, "a", document).status == 204)
        }
        let malformed = [
            service.document("other"), service.document("a", "<Filter/>"), service.document("a", "<Filter><Size>1</Size></Filter>"),
            service.document("a", "<Filter><Prefix>p</Prefix><Prefix>q</Prefix></Filter>"), service.document("a", "<Other/>"),
            service.document("a", "<Filter><Tag><Key>k</Key></Tag></Filter>"), "<Other><Id>a</Id></Other>",
            service.document("a").replacing("<Status>Enabled", with: "<Status>On").replacing("CSV", with: "ORC")
                .replacing("logs/</Prefix>", with: "<b/></Prefix>"),
        ]
        for document in malformed {
            let reply = await Self.put(bench, service, "a", document)
            #expect(reply.status == 400 && reply.code == "MalformedXML", "\(document)")
        }
        #expect(await bench.get("/photos", "\(service.parameter)&id=a").text.contains(and), "the last good one stays")
        #expect(await bench.put("/photos", service.document("a"), query: service.parameter).code == "InvalidArgument")
        #expect(await bench.put("/nowhere", service.document("a"), query: "\(service.parameter)&id=a").code == "NoSuchBucket")
    }

    @Test(arguments: ["<Days>89</Days>", "<Days>731</Days>", "<Days>x</Days>", ""])
    func daysOfTiers(_ days: String) async {
        let bench = await ObjectTests.bench()
        let document = Self.tiering.document("a").replacing("<Days>90</Days>", with: days)
        #expect(await Self.put(bench, Self.tiering, "a", document).code == "MalformedXML")
    }

    @Test func pagesAndTheirLimit() async {
        let bench = await ObjectTests.bench()
        for number in 100..<1_100 {
            #expect(await Self.put(bench, Self.metrics, "m\(number)", Self.metrics.document("m\(number)")).status == 204)
        }
        let many = await Self.put(bench, Self.metrics, "z", Self.metrics.document("z"))
        #expect(many.status == 400 && many.code == "TooManyConfigurations")
        #expect(await Self.put(bench, Self.metrics, "m100", Self.metrics.document("m100", "")).status == 204, "one in place of another")
        let first = await bench.get("/photos", "metrics")
        #expect(first.all("Id").count == 100 && first.xml("IsTruncated") == "true")
        let second = await bench.get("/photos", "metrics&continuation-token=\(first.xml("NextContinuationToken") ?? "")")
        #expect(second.all("Id").first == "m1090" && second.xml("ContinuationToken") == first.xml("NextContinuationToken"))
    }

    @Test func acceleration() async {
        let bench = await ObjectTests.bench()
        func document(_ status: String) -> String { "<AccelerateConfiguration><Status>\(status)</Status></AccelerateConfiguration>" }
        #expect(await bench.get("/photos", "accelerate").xml("Status") == nil)
        for status in ["Enabled", "Suspended"] {
            #expect(await bench.put("/photos", document(status), query: "accelerate").status == 200)
            #expect(await bench.get("/photos", "accelerate").xml("Status") == status)
        }
        for status in ["enabled", "random", ""] {
            #expect(await bench.put("/photos", document(status), query: "accelerate").code == "MalformedXML")
        }
        _ = await bench.put("/a.b")
        let dotted = await bench.put("/a.b", document("random"), query: "accelerate")
        #expect(dotted.code == "InvalidRequest" && dotted.xml("Message")?.contains("periods (.)") == true)
    }
}
