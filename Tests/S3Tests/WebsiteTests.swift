import Doors
import HTTPTypes
import Objects
import S3
import Testing

@Suite struct WebsiteTests {
    static let plain = "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>"

    static func site(_ content: String, errorKey: String? = nil) -> String {
        let error = errorKey.map { "<ErrorDocument><Key>\($0)</Key></ErrorDocument>" } ?? ""
        return "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>\(error)\(content)</WebsiteConfiguration>"
    }

    static func rules(_ rules: String...) -> String {
        "<RoutingRules>" + rules.map { "<RoutingRule>\($0)</RoutingRule>" }.joined() + "</RoutingRules>"
    }

    /// Without a digest, as s3cmd sends it.
    static func put(_ bench: Bench, _ document: String) async -> Reply {
        await bench.put("/photos", document, query: "website")
    }

    /// As a browser that nobody told who it is.
    static func visit(_ bench: Bench, _ path: String, _ headers: [(String, String)] = [], method: HTTPRequest.Method = .get) async -> Reply
    {
        await bench.send(
            Bench.Call(method: method, path: path, headers: headers, authority: "photos.s3-website.localhost:9000", signing: .anonymous))
    }

    static func bench(_ document: String = plain) async -> Bench {
        let bench = Bench(websiteDomains: ["s3-website.localhost"])
        _ = await bench.put("/photos")
        _ = await put(bench, document)
        return bench
    }

    @Test func configurationsComeAndGo() async {
        let document = Self.site(
            Self.rules(
                "<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals><KeyPrefixEquals>a/</KeyPrefixEquals></Condition>"
                    + "<Redirect><Protocol>https</Protocol><HostName>h</HostName><ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith>"
                    + "<HttpRedirectCode>302</HttpRedirectCode></Redirect>",
                "<Redirect><ReplaceKeyWith>k</ReplaceKeyWith></Redirect>"), errorKey: "e.html")
        let bench = await Self.bench(document)
        let reply = await bench.get("/photos", "website")
        #expect(reply.text.contains(document.dropFirst("<WebsiteConfiguration>".count)))
        let all = "<RedirectAllRequestsTo><HostName>h</HostName><Protocol>http</Protocol></RedirectAllRequestsTo></WebsiteConfiguration>"
        #expect(await Self.put(bench, "<WebsiteConfiguration>" + all).status == 200)
        #expect(await bench.get("/photos", "website").text.contains(all))
        #expect(await bench.delete("/photos", "website").status == 204)
        #expect(await bench.get("/photos", "website").code == "NoSuchWebsiteConfiguration")
    }

    @Test(arguments: [
        ("<Other/>", "MalformedXML"), ("<WebsiteConfiguration/>", "InvalidArgument"), (site("<Nonsense/>"), "MalformedXML"),
        ("<WebsiteConfiguration><IndexDocument><Suffix>a/b</Suffix></IndexDocument></WebsiteConfiguration>", "InvalidArgument"),
        ("<WebsiteConfiguration><IndexDocument><Suffix></Suffix></IndexDocument></WebsiteConfiguration>", "InvalidArgument"),
        (site("<RedirectAllRequestsTo><HostName>h</HostName></RedirectAllRequestsTo>"), "InvalidArgument"),
        (site("", errorKey: ""), "InvalidArgument"),
        (site("<RoutingRules/>"), "MalformedXML"), (site(rules("<Redirect/>")), "MalformedXML"), (site(rules("")), "MalformedXML"),
        (site(rules("<Condition/><Redirect><HostName>h</HostName></Redirect>")), "InvalidRequest"),
        (site(rules("<Redirect><HttpRedirectCode>300</HttpRedirectCode></Redirect>")), "InvalidRequest"),
        (site(rules("<Redirect><Protocol>ftp</Protocol></Redirect>")), "InvalidRequest"),
        (
            site(rules("<Redirect><ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect>")),
            "InvalidRequest"
        ),
        (
            site(
                rules(
                    "<Condition><HttpErrorCodeReturnedEquals>200</HttpErrorCodeReturnedEquals></Condition><Redirect><HostName>h</HostName></Redirect>"
                )), "InvalidRequest"
        ),
        (
            site(
                "<RoutingRules>" + String(repeating: "<RoutingRule><Redirect><HostName>h</HostName></Redirect></RoutingRule>", count: 51)
                    + "</RoutingRules>"),
            "InvalidRequest"
        ),
    ])
    func refusedConfigurations(_ document: String, _ code: String) async {
        let bench = await ObjectTests.bench()
        let reply = await Self.put(bench, document)
        #expect(reply.status == 400 && reply.code == code)
        #expect(await bench.get("/photos", "website").code == "NoSuchWebsiteConfiguration")
    }

    @Test func pagesOfErrors() async {
        let bench = await Self.bench()
        let denied = await Self.visit(bench, "/a<b")
        #expect(
            denied.status == 403 && denied["Content-Type"] == "text/html; charset=utf-8" && denied["x-amz-error-code"] == "AccessDenied")
        #expect(
            denied.text.hasPrefix(
                "<html>\n<head><title>403 Forbidden</title></head>\n<body>\n<h1>403 Forbidden</h1>\n<ul>\n<li>Code: AccessDenied</li>\n"
                    + "<li>Message: Access Denied</li>\n<li>RequestId: "))
        #expect(denied.text.hasSuffix("</li>\n</ul>\n<hr/>\n</body>\n</html>\n"))
        #expect(denied.response.operation == "GetWebsiteObject" && denied["x-amz-request-id"] != nil)
        let head = await Self.visit(bench, "/", method: .head)
        #expect(head.status == 403 && head.body.isEmpty && head["x-amz-error-message"] == "Access Denied")
        #expect(await Self.visit(bench, "/", method: .put).status == 405)
        _ = await bench.delete("/photos", "website")
        let none = await Self.visit(bench, "/")
        #expect(none.status == 404 && none["x-amz-error-code"] == "NoSuchWebsiteConfiguration")
        #expect(none["x-amz-error-detail-BucketName"] == "photos")
        _ = await bench.delete("/photos")
        #expect(await Self.visit(bench, "/")["x-amz-error-code"] == "NoSuchBucket")
    }

    /// An error document may be elsewhere, as any object may.
    @Test func anErrorDocumentThatRedirects() async {
        let bench = Bench(websiteDomains: ["s3-website.localhost"], dialect: .ceph)
        _ = await bench.put("/photos", "", [("x-amz-acl", "public-read")])
        _ = await Self.put(bench, Self.site("", errorKey: "e.html"))
        let headers = [("x-amz-acl", "public-read"), ("x-amz-website-redirect-location", "/another/e.html")]
        _ = await bench.put("/photos/e.html", "gone", headers)
        let reply = await Self.visit(bench, "/none")
        #expect(reply.status == 301 && reply["Location"] == "/another/e.html" && reply.body.isEmpty)
    }

    @Test func redirectsWithoutALookup() async {
        let all = "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>a.org</HostName></RedirectAllRequestsTo></WebsiteConfiguration>"
        let everything = await Self.visit(await Self.bench(all), "/x%20y/z")
        #expect(everything.status == 301 && everything["Location"] == "http://a.org/x%20y/z" && everything.body.isEmpty)
        let rules = Self.site(
            Self.rules(
                "<Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith></Redirect>",
                "<Condition><KeyPrefixEquals>one</KeyPrefixEquals></Condition><Redirect><ReplaceKeyWith>t wo</ReplaceKeyWith>"
                    + "<HttpRedirectCode>307</HttpRedirectCode><Protocol>https</Protocol><HostName>h.org</HostName></Redirect>",
                "<Condition><HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals></Condition>"
                    + "<Redirect><HostName>denied.org</HostName></Redirect>"))
        let bench = await Self.bench(rules)
        let prefix = await Self.visit(bench, "/old/a")
        #expect(prefix.status == 301 && prefix["Location"] == "http://photos.s3-website.localhost:9000/new/a")
        let key = await Self.visit(bench, "/one/more")
        #expect(key.status == 307 && key["Location"] == "https://h.org/t%20wo")
        #expect(await Self.visit(bench, "/else")["Location"] == "http://denied.org/else", "nobody may read it: the rule for that error")
    }

    @Test func crossOriginPages() async {
        let bench = await Self.bench()
        _ = await bench.put("/photos", CORSTests.rules, BadInputTests.digest(CORSTests.rules), query: "cors")
        let asking = [("Origin", "http://a.example.org"), ("Access-Control-Request-Method", "GET")]
        #expect(await Self.visit(bench, "/x", asking, method: .options).status == 200)
        #expect(await Self.visit(bench, "/x", [asking[0]])["Access-Control-Allow-Origin"] == "http://a.example.org")
    }
}
