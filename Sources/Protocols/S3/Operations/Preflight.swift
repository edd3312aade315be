import AWSWire
import Doors
import HTTPTypes
import Model
import Objects

/// A browser's question before a cross-origin request, which nobody signs, and the headers that a bucket's CORS rules add to the answers
/// of requests that name an origin.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
enum Preflight {
    static func answer(_ request: DoorRequest, _ target: S3Target, _ objects: Objects) async throws -> DoorResponse {
        guard let origin = request.headers[.origin] else {
            throw S3Error.badRequest("Insufficient information. Origin request header needed.")
        }
        let asked = request.headers[.accessControlRequestMethod]
        guard let bucket = target.bucket.flatMap({ BucketName($0) }) else { throw refusal("Bucket not found", asked, "BUCKET") }
        let configuration: CORSConfiguration?
        do {
            configuration = try await objects.setting(CORSConfiguration.self, of: bucket)
        } catch {
            if case .noSuchBucket = error { throw refusal("Bucket not found", asked, "BUCKET") }
            throw error
        }
        guard let configuration else { throw refusal("CORS is not enabled for this bucket.", asked, "BUCKET") }
        guard let method = asked, CORSConfiguration.methods.contains(method) else {
            throw S3Error.badRequest("Invalid Access-Control-Request-Method: \(asked ?? "null")")
        }
        guard let headers = CORSHeaders.fields(configuration, origin: origin, method: method, request.headers) else {
            throw refusal(
                "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
                    + "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
                method, target.level == .object ? "OBJECT" : "BUCKET")
        }
        return S3Reply.empty(.ok, headers: headers)
    }

    /// `method`: what the request asks for; its own where it asks for none.
    private static func refusal(_ reason: String, _ method: String?, _ resource: String) -> S3Error {
        let elements = [("Method", method ?? "OPTIONS"), ("ResourceType", resource)]
        return S3Error(.forbidden, "AccessForbidden", "CORSResponse: \(reason)", elements)
    }
}

enum CORSHeaders {
    /// Adds what the bucket's rules say of this request's origin to its answer, whatever the answer is.
    static func add(to response: inout DoorResponse, _ request: DoorRequest, _ target: S3Target, _ objects: Objects) async {
        guard let origin = request.headers[.origin], let bucket = target.bucket.flatMap({ BucketName($0) }),
            let configuration = try? await objects.setting(CORSConfiguration.self, of: bucket)
        else { return }
        let method = request.headers[.accessControlRequestMethod] ?? request.method.rawValue
        guard let fields = fields(configuration, origin: origin, method: method, request.headers) else { return }
        response.headers.append(contentsOf: fields)
    }

    /// Nil when no rule allows it.
    static func fields(_ configuration: CORSConfiguration, origin: String, method: String, _ asked: HTTPFields) -> HTTPFields? {
        let headers = asked[.accessControlRequestHeaders].map { text in
            text.split(separator: ",").map { $0.trimmed.lowercased() }.filter { !$0.isEmpty }
        }
        guard let match = configuration.match(origin: origin, method: method, headers: headers ?? []) else { return nil }
        var fields = HTTPFields()
        fields.add(.accessControlAllowOrigin, match.isAnyOrigin ? "*" : origin)
        fields.add(.accessControlAllowMethods, match.rule.allowedMethods.joined(separator: ", "))
        if let headers { fields.add(.accessControlAllowHeaders, headers.joined(separator: ", ")) }
        if !match.rule.exposeHeaders.isEmpty {
            fields.add(.accessControlExposeHeaders, match.rule.exposeHeaders.joined(separator: ", "))
        }
        if let seconds = match.rule.maxAgeSeconds { fields.add(.accessControlMaxAge, String(seconds)) }
        if !match.isAnyOrigin { fields.add(.accessControlAllowCredentials, "true") }
        fields.add(.vary, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
        return fields
    }
}
