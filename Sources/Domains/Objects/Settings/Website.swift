import Model
import SwiftProtobuf

/// How a bucket is served to browsers.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html
package struct WebsiteConfiguration: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.website
    package static let rulesMax = 50

    package enum Scheme: String, Sendable {
        case http
        case https
    }

    package struct Host: Hashable, Sendable {
        package let name: String
        /// Nil: the request's own.
        package let scheme: Scheme?

        package init(name: String, scheme: Scheme?) {
            self.name = name
            self.scheme = scheme
        }
    }

    /// What is done with requests that a rule is for.
    package struct RoutingRule: Hashable, Sendable {
        package var ifKeyPrefix: String?
        /// An HTTP status; nil: any, and then before the object is looked for.
        package var ifErrorStatus: Int?
        package var host: String?
        package var scheme: Scheme?
        package var redirectStatus: Int?
        package var replacement: Replacement?

        package init(
            ifKeyPrefix: String? = nil, ifErrorStatus: Int? = nil, host: String? = nil, scheme: Scheme? = nil, redirectStatus: Int? = nil,
            replacement: Replacement? = nil
        ) {
            self.ifKeyPrefix = ifKeyPrefix
            self.ifErrorStatus = ifErrorStatus
            self.host = host
            self.scheme = scheme
            self.redirectStatus = redirectStatus
            self.replacement = replacement
        }

        /// Where a request for this key is sent instead.
        package func key(for key: [UInt8]) -> [UInt8] {
            switch replacement {
            case nil: key
            case .key(let other): Array(other.utf8)
            case .prefix(let other): Array(other.utf8) + key.dropFirst(ifKeyPrefix?.utf8.count ?? 0)
            }
        }
    }

    package enum Replacement: Hashable, Sendable {
        case key(String)
        /// Of the prefix that the rule's condition names.
        case prefix(String)
    }

    /// Sends every request elsewhere; the rest is empty then.
    package var redirectAll: Host?
    package var indexSuffix: String
    package var errorKey: String?
    package var rules: [RoutingRule]

    package init(redirectAll: Host? = nil, indexSuffix: String = "", errorKey: String? = nil, rules: [RoutingRule] = []) {
        self.redirectAll = redirectAll
        self.indexSuffix = indexSuffix
        self.errorKey = errorKey
        self.rules = rules
    }

    /// The first rule for this key and, at its lookup's end, this error; nil status: before the lookup.
    package func rule(for key: [UInt8], errorStatus: Int?) -> RoutingRule? {
        rules.first { rule in
            rule.ifErrorStatus == errorStatus && key.starts(with: (rule.ifKeyPrefix ?? "").utf8)
        }
    }

    package init(stored: [UInt8]) throws {
        let record = try PBWebsiteRecord(serializedBytes: stored)
        self.init(
            redirectAll: record.hasRedirectAllHost
                ? Host(name: record.redirectAllHost, scheme: Scheme(rawValue: record.redirectAllProtocol)) : nil,
            indexSuffix: record.indexSuffix, errorKey: record.hasErrorKey ? record.errorKey : nil,
            rules: record.rules.map { RoutingRule($0) })
    }

    package func stored() throws -> [UInt8] {
        let record = PBWebsiteRecord.with {
            $0.indexSuffix = indexSuffix
            if let errorKey { $0.errorKey = errorKey }
            if let host = redirectAll { $0.redirectAllHost = host.name }
            if let scheme = redirectAll?.scheme { $0.redirectAllProtocol = scheme.rawValue }
            $0.rules = rules.map(\.record)
        }
        return try record.serializedBytes()
    }
}

extension WebsiteConfiguration.RoutingRule {
    init(_ record: PBRoutingRuleRecord) {
        self.init(
            ifKeyPrefix: record.hasIfKeyPrefix ? record.ifKeyPrefix : nil,
            ifErrorStatus: record.ifErrorStatus == 0 ? nil : Int(record.ifErrorStatus), host: record.hasHost ? record.host : nil,
            scheme: WebsiteConfiguration.Scheme(rawValue: record.`protocol`),
            redirectStatus: record.redirectStatus == 0 ? nil : Int(record.redirectStatus),
            replacement: record.hasReplaceKey
                ? .key(record.replaceKey) : record.hasReplaceKeyPrefix ? .prefix(record.replaceKeyPrefix) : nil)
    }

    var record: PBRoutingRuleRecord {
        PBRoutingRuleRecord.with {
            if let ifKeyPrefix { $0.ifKeyPrefix = ifKeyPrefix }
            $0.ifErrorStatus = UInt32(ifErrorStatus ?? 0)
            if let host { $0.host = host }
            if let scheme { $0.`protocol` = scheme.rawValue }
            $0.redirectStatus = UInt32(redirectStatus ?? 0)
            switch replacement {
            case .key(let key): $0.replaceKey = key
            case .prefix(let prefix): $0.replaceKeyPrefix = prefix
            case nil: break
            }
        }
    }
}
