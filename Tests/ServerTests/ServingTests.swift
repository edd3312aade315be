import Doors
import Edge
import HTTPTypes
import Model
import NIOCore
import RoostServer
import Testing

/// Names the service in the first part of the path; `form` is only known from its body.
private struct PathNaming: ServiceNaming {
    func service(of request: DoorRequest) -> ServiceChoice {
        request.rawPath.hasPrefix("/form") ? .unknownUntilFormIsRead : .service(String(request.rawPath.split(separator: "/").first ?? "s3"))
    }

    func service(ofForm body: [UInt8]) -> String? { ["Action=Q": "sqs", "Action=N": "sns"][String(decoding: body, as: UTF8.self)] }
}

private struct NamedDoor: Door {
    let name: String

    func answer(_ request: DoorRequest) async -> DoorResponse {
        var size = 0
        while let piece = try? await request.body.next() { size += piece.readableBytes }
        return DoorResponse(status: .ok, body: .bytes(ByteBuffer(string: "\(name) \(size)")), operation: "Named")
    }
}

@Suite("Which door") struct ServingTests {
    private func request(
        _ path: String, query: String = "", headers: HTTPFields = [:], method: HTTPRequest.Method = .get, body: String = ""
    ) -> DoorRequest {
        DoorRequest(
            id: RequestID(random: 1), method: method, rawPath: path, rawQuery: query, authority: "localhost", tls: nil,
            headers: headers, remoteAddress: "127.0.0.1", contentLength: nil, body: BufferedBody([ByteBuffer(string: body)]),
            arrival: Timestamp(seconds: 0))
    }

    private func router(unready: String? = nil) -> ServiceRouter {
        ServiceRouter(
            builtIn: BuiltInDoor(registry: MetricsRegistry(), unreadyReason: { unready }),
            doors: ["s3": NamedDoor(name: "s3"), "sqs": NamedDoor(name: "sqs")], naming: PathNaming())
    }

    @Test func operatorsPathsAreBuiltIn() async {
        for path in BuiltInDoor.paths { #expect(router().route(request(path)).name == "builtin") }
        #expect(await router().route(request("/readyz")).door.answer(request("/readyz")).status == .ok)
        let answer = await router(unready: "the ledger stopped").route(request("/readyz")).door.answer(request("/readyz"))
        #expect(answer.status == .serviceUnavailable)
    }

    @Test func bucketsMayHaveThoseNames() {
        let signed: HTTPFields = [.authorization: "AWS4-HMAC-SHA256 Credential=x"]
        let dated: HTTPFields = [HTTPField.Name("X-Amz-Date")!: "20260101T000000Z"]
        let others = [
            request("/metrics", headers: signed), request("/metrics", headers: dated), request("/metrics", query: "X-Amz-Signature=1"),
            request("/metrics", method: .put), request("/metrics/"),
        ]
        for other in others { #expect(router().route(other).name != "builtin") }
    }

    @Test func servicesAreToldApart() async {
        #expect(router().route(request("/s3/key")).name == "s3")
        #expect(router().route(request("/sqs")).name == "sqs")
        let unknown = request("/sns")
        let answer = await router().route(unknown).door.answer(unknown)
        #expect(answer.status == .notImplemented && answer.headers[.contentType] == "text/xml")
    }

    @Test(arguments: [("Action=Q", "sqs 8"), ("a=b", "s3 3")]) func formsAreReadAndPassedOn(body: String, expected: String) async {
        let form = request("/form", method: .post, body: body)
        let answer = await router().route(form).door.answer(form)
        guard case .bytes(let bytes) = answer.body else { return #expect(Bool(false), "no body") }
        #expect(String(buffer: bytes) == expected)
    }

    @Test func formsOfOtherServicesAreRefusedAsSuch() async {
        let form = request("/form", method: .post, body: "Action=N")
        #expect(await router().route(form).door.answer(form).status == .notImplemented)
    }

    /// Nobody has proven anything yet.
    @Test func strangersFormsAreSmall() async {
        let form = request("/form", method: .post, body: "Action=Q&" + String(repeating: "x", count: 70_000))
        let answer = await router().route(form).door.answer(form)
        #expect(answer.status == .contentTooLarge && answer.closesConnection)
    }
}
