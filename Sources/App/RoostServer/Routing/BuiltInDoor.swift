import Bytes
import Doors
import HTTPTypes
import NIOCore

/// What an operator's tools ask, on the same port as everything else: `/healthz`, `/readyz`, `/metrics`.
///
/// Buckets may have these names, so a request that is signed, or speaks AWS's headers, is never meant for this door.
package struct BuiltInDoor: Door {
    package static let paths: Set<String> = ["/healthz", "/readyz", "/metrics"]

    private let registry: MetricsRegistry
    private let unreadyReason: @Sendable () -> String?

    /// `unreadyReason` is nil while the server takes reads and writes; its text goes to whoever asks, so it names nothing secret.
    package init(registry: MetricsRegistry, unreadyReason: @escaping @Sendable () -> String?) {
        self.registry = registry
        self.unreadyReason = unreadyReason
    }

    package static func isMeant(_ request: DoorRequest) -> Bool {
        guard paths.contains(request.rawPath), request.method == .get || request.method == .head else { return false }
        if let authorization = request.headers[.authorization], authorization.hasPrefix("AWS") { return false }
        if request.headers.contains(where: { $0.name.canonicalName.hasPrefix("x-amz-") }) { return false }
        return !ByteSearch.contains(request.rawQuery, "X-Amz-") && !ByteSearch.contains(request.rawQuery, "AWSAccessKeyId=")
    }

    package func answer(_ request: DoorRequest) async -> DoorResponse {
        switch request.rawPath {
        case "/healthz": return text(.ok, "ok\n", "Healthz")
        case "/readyz":
            if let reason = unreadyReason() { return text(.serviceUnavailable, reason + "\n", "Readyz") }
            return text(.ok, "ready\n", "Readyz")
        default:
            var response = text(.ok, registry.exposition(), "Metrics")
            response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return response
        }
    }

    private func text(_ status: HTTPResponse.Status, _ text: String, _ operation: String) -> DoorResponse {
        DoorResponse(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: .bytes(ByteBuffer(string: text)), operation: operation)
    }
}
