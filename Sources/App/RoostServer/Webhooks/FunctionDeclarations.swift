import JSON
import Model
import NIOCore
import Outbound
import Webhooks

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the setting `functions`: which HTTP endpoint each function's ARN means. Either pairs, `ARN=URL,ARN=URL`, or the name of a JSON
/// file, whose content is described in docs/notifications.md.
enum FunctionDeclarations {
    /// The largest file read; a declaration takes some hundred bytes.
    private static let fileBytesMax = 1 << 20

    /// `secret` signs for those that declare none of their own. Throws `ConfigurationError`.
    static func read(_ text: String, secret: String?) throws(ConfigurationError) -> [WebhookTarget] {
        let targets = text.hasPrefix("arn:") ? try pairs(text) : try file(text)
        var seen: Set<ARN> = []
        for target in targets where !seen.insert(target.arn).inserted {
            throw ConfigurationError("function \(target.arn) is declared twice")
        }
        return targets.map { target in
            var target = target
            if target.secret.isEmpty { target.secret = Array((secret ?? "").utf8) }
            return target
        }
    }

    private static func pairs(_ text: String) throws(ConfigurationError) -> [WebhookTarget] {
        var targets: [WebhookTarget] = []
        for pair in text.split(separator: ",") {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2 else { throw ConfigurationError("--functions \(pair): must be ARN=URL") }
            targets.append(WebhookTarget(arn: try arn(sides[0]), url: try url(sides[1])))
        }
        return targets
    }

    private static func file(_ path: String) throws(ConfigurationError) -> [WebhookTarget] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ConfigurationError("cannot read the functions in '\(path)'")
        }
        let limits = JSONLimits(bytesMax: fileBytesMax)
        guard let value = try? JSONValue.parse(ByteBuffer(bytes: data), limits: limits), let list = value.object?["functions"]?.array else {
            throw ConfigurationError("'\(path)' is not a JSON object with a list \"functions\"")
        }
        var targets: [WebhookTarget] = []
        for entry in list {
            guard let object = entry.object else { throw ConfigurationError("'\(path)': a function is an object") }
            targets.append(try target(object, path))
        }
        return targets
    }

    private static func target(_ object: JSONObject, _ path: String) throws(ConfigurationError) -> WebhookTarget {
        var target = WebhookTarget(arn: try arn(object["arn"]?.string ?? ""), url: try url(object["url"]?.string ?? ""))
        for member in object.members {
            func unusable(_ expected: String) -> ConfigurationError {
                ConfigurationError("'\(path)', \(target.arn): \"\(member.name)\" must be \(expected)")
            }
            func number(_ range: ClosedRange<Int64>) throws(ConfigurationError) -> Int64 {
                guard let number = member.value.int64, range.contains(number) else {
                    throw unusable("a number from \(range.lowerBound) to \(range.upperBound)")
                }
                return number
            }
            switch member.name {
            case "arn", "url": break
            case "secret":
                guard let secret = member.value.string, !secret.isEmpty else { throw unusable("a text") }
                target.secret = Array(secret.utf8)
            case "timeoutSeconds": target.timeout = .seconds(try number(1...900))
            case "concurrency": target.concurrencyMax = Int(try number(1...256))
            case "attempts": target.retry.attemptsMax = Int(try number(1...1_000_000))
            case "firstRetryMilliseconds": target.retry.first = .milliseconds(try number(1...86_400_000))
            case "longestRetryMilliseconds": target.retry.longest = .milliseconds(try number(1...86_400_000))
            case "deadLetterQueue":
                guard let queue = member.value.string.flatMap({ ARN($0) }), queue.service == "sqs" else { throw unusable("a queue's ARN") }
                target.deadLetters = queue
            default: throw ConfigurationError("'\(path)', \(target.arn): unknown setting \"\(member.name)\"")
            }
        }
        return target
    }

    private static func arn(_ text: String) throws(ConfigurationError) -> ARN {
        guard let arn = ARN(text), arn.service == "lambda" || arn.service == "events" else {
            throw ConfigurationError("'\(text)' is not the ARN of a Lambda function or an event bus")
        }
        return arn
    }

    private static func url(_ text: String) throws(ConfigurationError) -> String {
        guard let url = CallURL(text) else { throw ConfigurationError("'\(text)' is not an http:// or https:// URL") }
        return url.description
    }
}
