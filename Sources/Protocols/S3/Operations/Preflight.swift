import Doors
import HTTPTypes

/// A browser's OPTIONS before a cross-origin request. No bucket here has CORS rules, so each is refused in AWS's words.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
enum Preflight {
    static func refusal(_ request: DoorRequest) -> S3Error {
        guard request.headers.contains(.origin) else {
            return S3Error(.badRequest, "BadRequest", "Insufficient information. Origin request header needed.")
        }
        return S3Error(
            .forbidden, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.",
            [
                ("Method", request.headers[.accessControlRequestMethod] ?? ""),
                ("ResourceType", "BUCKET"),
            ])
    }
}
