import Bytes
import Environment
import Model
import Outbound
import Webhooks

/// Delivers events by HTTP.
struct WebhookPosts: WebhookSender {
    /// Of an answer's body, which nobody reads.
    private static let answerBytesMax = 64 * 1024

    let caller: HTTPCaller
    let clock: any Clock

    func send(_ request: WebhookRequest) async -> WebhookOutcome {
        guard let url = CallURL(request.url) else { return .failed("unusable URL") }
        do throws(CallFailure) {
            let answer = try await caller.post(
                url, headers: request.headers, body: request.body, timeout: request.timeout, answerBytesMax: Self.answerBytesMax)
            if (200..<300).contains(answer.status) { return .taken }
            return .refused(status: answer.status, retryAfter: answer.header("retry-after").flatMap(retryAfter))
        } catch {
            return .failed(error.description)
        }
    }

    /// Seconds or a date (RFC 9110, section 10.2.3).
    private func retryAfter(_ text: String) -> Duration? {
        if let seconds = Int64(text), seconds >= 0 { return .seconds(min(seconds, 86_400)) }
        return HTTPDate.parse(text).map { max(.zero, $0 - clock.now()) }
    }
}
