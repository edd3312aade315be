import HTTPTypes
import Objects
import S3
import Testing

@Suite struct CORSTests {
    static let rules = """
        <CORSConfiguration>\
        <CORSRule><ID>one</ID><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod>\
        <AllowedOrigin>http://*.example.org</AllowedOrigin><AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>Range</AllowedHeader>\
        <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-meta-a</ExposeHeader><MaxAgeSeconds>300</MaxAgeSeconds></CORSRule>\
        <CORSRule><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>\
        </CORSConfiguration>
        """

    static func bench(_ rules: String = rules) async -> Bench {
        let bench = await ObjectTests.bench()
        _ = await bench.put("/photos", rules, BadInputTests.digest(rules), query: "cors")
        return bench
    }

    static func preflight(_ bench: Bench, _ path: String, _ headers: [(String, String)]) async -> Reply {
        await bench.send(Bench.Call(method: .options, path: path, headers: headers, signing: .anonymous))
    }

    @Test func rulesComeAndGo() async {
        let bench = await Self.bench()
        let reply = await bench.get("/photos", "cors")
        #expect(reply.status == 200 && reply.text.contains(Self.rules.dropFirst("<CORSConfiguration>".count)))
        #expect(await bench.delete("/photos", "cors").status == 204)
        #expect(await bench.get("/photos", "cors").code == "NoSuchCORSConfiguration")
    }

    @Test func preflights() async {
        let bench = await Self.bench()
        let asking = [
            ("Origin", "http://a.example.org"), ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "X-Amz-Date, range"),
        ]
        let reply = await Self.preflight(bench, "/photos/a", asking)
        #expect(reply.status == 200 && reply.body.isEmpty)
        #expect(reply["Access-Control-Allow-Origin"] == "http://a.example.org" && reply["Access-Control-Allow-Methods"] == "GET, HEAD")
        #expect(reply["Access-Control-Allow-Headers"] == "x-amz-date, range" && reply["Access-Control-Max-Age"] == "300")
        #expect(reply["Access-Control-Expose-Headers"] == "ETag, x-amz-meta-a" && reply["Access-Control-Allow-Credentials"] == "true")
        #expect(reply["Vary"] == "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
        let any = await Self.preflight(bench, "/photos", [("Origin", "null"), ("Access-Control-Request-Method", "PUT")])
        #expect(any.status == 200 && any["Access-Control-Allow-Origin"] == "*" && any["Access-Control-Allow-Credentials"] == nil)
    }

    @Test(
        arguments: [
            ([("Origin", "http://example.org"), ("Access-Control-Request-Method", "GET")], 403, "AccessForbidden"),
            ([("Origin", "http://a.example.org"), ("Access-Control-Request-Method", "DELETE")], 403, "AccessForbidden"),
            (
                [
                    ("Origin", "http://a.example.org"), ("Access-Control-Request-Method", "GET"),
                    ("Access-Control-Request-Headers", "x-other"),
                ], 403, "AccessForbidden"
            ),
            ([("Origin", "http://a.example.org")], 400, "BadRequest"), ([("Access-Control-Request-Method", "GET")], 400, "BadRequest"),
            ([("Origin", "http://a.example.org"), ("Access-Control-Request-Method", "get")], 400, "BadRequest"),
        ] as [([(String, String)], Int, String)])
    func refusedPreflights(_ headers: [(String, String)], _ status: Int, _ code: String) async {
        let reply = await Self.preflight(await Self.bench(), "/photos/a", headers)
        #expect(reply.status == status && reply.code == code && reply["Access-Control-Allow-Origin"] == nil)
        if status == 403 { #expect(reply.xml("ResourceType") == "OBJECT" && reply.xml("Method") == headers[1].1) }
    }

    @Test func bucketsWithoutRules() async {
        let bench = await ObjectTests.bench()
        let asking = [("Origin", "http://a"), ("Access-Control-Request-Method", "GET")]
        let none = await Self.preflight(bench, "/photos", asking)
        #expect(none.status == 403 && none.xml("Message") == "CORSResponse: CORS is not enabled for this bucket.")
        #expect(none.xml("Method") == "GET" && none.xml("ResourceType") == "BUCKET")
        #expect(await Self.preflight(bench, "/nowhere", asking).xml("Message") == "CORSResponse: Bucket not found")
        // The bucket is judged before the method.
        for (path, reason) in [("/photos/a", "CORS is not enabled for this bucket."), ("/nowhere/a", "Bucket not found")] {
            let reply = await Self.preflight(bench, path, [("Origin", "http://a")])
            #expect(reply.status == 403 && reply.code == "AccessForbidden" && reply.xml("Message") == "CORSResponse: \(reason)")
            #expect(reply.xml("Method") == "OPTIONS" && reply.xml("ResourceType") == "BUCKET")
        }
        #expect(await Self.preflight(bench, "/", asking).status == 403)
        #expect(await bench.get("/photos", "", [("Origin", "http://a")])["Vary"] == nil)
    }

    @Test func answersCarryTheHeaders() async {
        let bench = await Self.bench()
        let origin = ("Origin", "http://a.example.org")
        let found = await bench.get("/photos", "", [origin])
        #expect(found.status == 200 && found["Access-Control-Allow-Origin"] == origin.1 && found["Access-Control-Max-Age"] == "300")
        #expect(found["Access-Control-Allow-Headers"] == nil)
        let missing = await bench.get("/photos/none", "", [origin])
        #expect(missing.status == 404 && missing["Access-Control-Allow-Origin"] == origin.1)
        let refused = await bench.send(Bench.Call(method: .put, path: "/photos/a", headers: [origin], body: [], signing: .anonymous))
        #expect(refused.status == 403 && refused["Access-Control-Allow-Origin"] == "*" && refused["Access-Control-Allow-Methods"] == "PUT")
        #expect(await bench.get("/photos", "", [("Origin", "http://b")])["Access-Control-Allow-Origin"] == nil)
        #expect(await bench.get("/photos")["Access-Control-Allow-Origin"] == nil)
        let asked = await bench.get("/photos", "", [origin, ("Access-Control-Request-Method", "DELETE")])
        #expect(asked["Access-Control-Allow-Origin"] == nil, "a named method counts more than the request's own")
    }

    static func rule(_ content: String) -> String { "<CORSConfiguration><CORSRule>\(content)</CORSRule></CORSConfiguration>" }

    static let least = "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"

    @Test(arguments: [
        ("<CORSConfiguration/>", "MalformedXML"), ("<Other/>", "MalformedXML"), (rule(""), "MalformedXML"),
        (rule("<AllowedMethod>GET</AllowedMethod>"), "MalformedXML"), (rule("<AllowedOrigin>*</AllowedOrigin>"), "MalformedXML"),
        (rule(least + "<Nonsense/>"), "MalformedXML"), (rule(least + "<MaxAgeSeconds>x</MaxAgeSeconds>"), "MalformedXML"),
        (rule(least + "<AllowedMethod>PATCH</AllowedMethod>"), "InvalidRequest"),
        (rule(least + "<AllowedOrigin>*.*</AllowedOrigin>"), "InvalidRequest"),
        (rule(least + "<AllowedHeader>**</AllowedHeader>"), "InvalidRequest"),
        (rule(least + "<ExposeHeader>*</ExposeHeader>"), "InvalidRequest"),
        (rule(least + "<ID>\(String(repeating: "i", count: 256))</ID>"), "InvalidArgument"),
        (
            "<CORSConfiguration>" + String(repeating: "<CORSRule>\(least)</CORSRule>", count: 101) + "</CORSConfiguration>",
            "InvalidRequest"
        ),
    ])
    func refusedRules(_ document: String, _ code: String) async {
        let bench = await ObjectTests.bench()
        let reply = await bench.put("/photos", document, BadInputTests.digest(document), query: "cors")
        #expect(reply.status == 400 && reply.code == code)
        #expect(await bench.get("/photos", "cors").code == "NoSuchCORSConfiguration")
    }

    @Test(arguments: [
        ("*", "anything", true), ("*", "", true), ("a*", "a", true), ("a*", "ba", false), ("*a", "ba", true), ("a*b", "ab", true),
        ("a*b", "axb", true), ("a*a", "a", false), ("ab", "ab", true), ("ab", "aB", false), ("", "", true),
    ])
    func origins(_ pattern: String, _ origin: String, _ matches: Bool) {
        let configuration = CORSConfiguration(rules: [CORSRule(allowedMethods: ["GET"], allowedOrigins: [pattern])])
        #expect((configuration.match(origin: origin, method: "GET", headers: []) != nil) == matches)
        #expect(configuration.match(origin: origin, method: "PUT", headers: []) == nil)
    }
}
