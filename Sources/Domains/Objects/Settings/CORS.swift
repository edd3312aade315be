import Model
import SwiftProtobuf

/// What pages of other origins may do with a bucket, in the words of AWS's configuration.
package struct CORSRule: Hashable, Sendable {
    package var id: String?
    /// Of `CORSConfiguration.methods`.
    package var allowedMethods: [String]
    /// Each with at most one `*`.
    package var allowedOrigins: [String]
    /// Each with at most one `*`; compared without regard to case.
    package var allowedHeaders: [String]
    package var exposeHeaders: [String]
    package var maxAgeSeconds: UInt32?

    package init(
        id: String? = nil, allowedMethods: [String], allowedOrigins: [String], allowedHeaders: [String] = [],
        exposeHeaders: [String] = [], maxAgeSeconds: UInt32? = nil
    ) {
        self.id = id
        self.allowedMethods = allowedMethods
        self.allowedOrigins = allowedOrigins
        self.allowedHeaders = allowedHeaders
        self.exposeHeaders = exposeHeaders
        self.maxAgeSeconds = maxAgeSeconds
    }
}

/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
package struct CORSConfiguration: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.cors
    package static let rulesMax = 100
    package static let idBytesMax = 255
    package static let methods = ["GET", "PUT", "HEAD", "POST", "DELETE"]

    package let rules: [CORSRule]

    /// What a rule said of one request.
    package struct Match: Hashable, Sendable {
        package let rule: CORSRule
        /// The rule allows every origin, by a lone `*`.
        package let isAnyOrigin: Bool
    }

    package init(rules: [CORSRule]) {
        self.rules = rules
    }

    /// The first rule that allows the origin, the method and every one of the headers; nil when none does.
    package func match(origin: String, method: String, headers: [String]) -> Match? {
        for rule in rules where rule.allowedMethods.contains(method) {
            guard let pattern = rule.allowedOrigins.first(where: { Wildcard.matches($0.utf8, origin.utf8) }) else { continue }
            let allowed = rule.allowedHeaders.map { $0.lowercased() }
            guard headers.allSatisfy({ header in allowed.contains { Wildcard.matches($0.utf8, header.lowercased().utf8) } }) else {
                continue
            }
            return Match(rule: rule, isAnyOrigin: pattern == "*")
        }
        return nil
    }

    package init(stored: [UInt8]) throws {
        rules = try PBCORSRecord(serializedBytes: stored).rules.map { record in
            CORSRule(
                id: record.hasID ? record.id : nil, allowedMethods: record.allowedMethods, allowedOrigins: record.allowedOrigins,
                allowedHeaders: record.allowedHeaders, exposeHeaders: record.exposeHeaders,
                maxAgeSeconds: record.hasMaxAgeSeconds ? record.maxAgeSeconds : nil)
        }
    }

    package func stored() throws -> [UInt8] {
        let record = PBCORSRecord.with {
            $0.rules = rules.map { rule in
                PBCORSRuleRecord.with {
                    if let id = rule.id { $0.id = id }
                    $0.allowedMethods = rule.allowedMethods
                    $0.allowedOrigins = rule.allowedOrigins
                    $0.allowedHeaders = rule.allowedHeaders
                    $0.exposeHeaders = rule.exposeHeaders
                    if let seconds = rule.maxAgeSeconds { $0.maxAgeSeconds = seconds }
                }
            }
        }
        return try record.serializedBytes()
    }
}

/// Patterns with at most one `*`, which stands for any bytes or none.
enum Wildcard {
    static func matches(_ pattern: String.UTF8View, _ text: String.UTF8View) -> Bool {
        guard let star = pattern.firstIndex(of: UInt8(ascii: "*")) else { return pattern.elementsEqual(text) }
        let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
        guard text.count >= head.count + tail.count else { return false }
        return text.starts(with: head) && text.suffix(tail.count).elementsEqual(tail)
    }
}
