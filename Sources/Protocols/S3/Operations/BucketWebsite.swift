import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
enum PutBucketWebsite {
    static let action = Action.s3("PutBucketWebsite")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let document = try await call.settingDocument(of: bucket)
        return try await call.store(try WebsiteDocument.decode(document), of: bucket)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html
enum GetBucketWebsite {
    static let action = Action.s3("GetBucketWebsite")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let website = try await call.objects.setting(WebsiteConfiguration.self, of: bucket) else {
            throw S3Error.noWebsite(bucket.rawValue)
        }
        return S3Reply.xml(WebsiteDocument.encode(website))
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html
enum DeleteBucketWebsite {
    static let action = Action.s3("DeleteBucketWebsite")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        return try await call.store(nil as WebsiteConfiguration?, of: bucket, status: .noContent)
    }
}

/// `<WebsiteConfiguration>`.
enum WebsiteDocument {
    /// Throws `MalformedXML`, `InvalidArgument`, `InvalidRequest`.
    static func decode(_ document: XMLElement) throws(S3Error) -> WebsiteConfiguration {
        guard document.name == "WebsiteConfiguration" else { throw .malformedXML }
        if let all = document["RedirectAllRequestsTo"] {
            guard document.children.count == 1 else {
                throw .invalidArgument(
                    "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.", name: "RedirectAllRequestsTo",
                    value: "not null")
            }
            guard let name = all["HostName"]?.text, !name.isEmpty else { throw .malformedXML }
            return WebsiteConfiguration(redirectAll: WebsiteConfiguration.Host(name: name, scheme: try scheme(all["Protocol"])))
        }
        var website = WebsiteConfiguration()
        for child in document.children {
            switch child.name {
            case "IndexDocument": website.indexSuffix = try indexSuffix(child)
            case "ErrorDocument": website.errorKey = try errorKey(child)
            case "RoutingRules": website.rules = try rules(child)
            default: throw .malformedXML
            }
        }
        guard !website.indexSuffix.isEmpty else {
            throw .invalidArgument(
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", name: "IndexDocument", value: "null")
        }
        return website
    }

    private static func indexSuffix(_ element: XMLElement) throws(S3Error) -> String {
        guard let suffix = element["Suffix"]?.text else { throw .malformedXML }
        guard !suffix.isEmpty, !suffix.contains("/") else {
            throw .invalidArgument("The IndexDocument Suffix is not well formed", name: "IndexDocument", value: suffix)
        }
        return suffix
    }

    private static func errorKey(_ element: XMLElement) throws(S3Error) -> String {
        guard let key = element["Key"]?.text else { throw .malformedXML }
        guard ObjectKey(key) != nil else {
            throw .invalidArgument("The ErrorDocument Key is not well formed", name: "ErrorDocument", value: key)
        }
        return key
    }

    private static func rules(_ element: XMLElement) throws(S3Error) -> [WebsiteConfiguration.RoutingRule] {
        guard !element.children.isEmpty else { throw .malformedXML }
        guard element.children.count <= WebsiteConfiguration.rulesMax else {
            throw .invalidRequest(
                "\(element.children.count) routing rules provided, the number of routing rules in a website configuration is limited to "
                    + "\(WebsiteConfiguration.rulesMax).")
        }
        var rules: [WebsiteConfiguration.RoutingRule] = []
        for child in element.children {
            guard child.name == "RoutingRule", let redirect = child["Redirect"], !redirect.children.isEmpty else { throw .malformedXML }
            var rule = WebsiteConfiguration.RoutingRule()
            if let condition = child["Condition"] { try read(condition, into: &rule) }
            try read(redirect: redirect, into: &rule)
            rules.append(rule)
        }
        return rules
    }

    private static func read(_ condition: XMLElement, into rule: inout WebsiteConfiguration.RoutingRule) throws(S3Error) {
        guard !condition.children.isEmpty else {
            throw .invalidRequest(
                "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.")
        }
        rule.ifKeyPrefix = condition["KeyPrefixEquals"]?.text
        guard let text = condition["HttpErrorCodeReturnedEquals"]?.text else { return }
        guard let status = Int(text), (400...599).contains(status) else {
            throw .invalidRequest("The provided HTTP error code (\(text)) is not valid. Valid codes are 4XX or 5XX.")
        }
        rule.ifErrorStatus = status
    }

    private static func read(redirect: XMLElement, into rule: inout WebsiteConfiguration.RoutingRule) throws(S3Error) {
        rule.host = redirect["HostName"]?.text
        rule.scheme = try scheme(redirect["Protocol"])
        if let text = redirect["HttpRedirectCode"]?.text {
            guard let status = Int(text), (301...399).contains(status) else {
                throw .invalidRequest("The provided HTTP redirect code (\(text)) is not valid. Valid codes are 3XX except 300.")
            }
            rule.redirectStatus = status
        }
        switch (redirect["ReplaceKeyWith"]?.text, redirect["ReplaceKeyPrefixWith"]?.text) {
        case (.some, .some): throw .invalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
        case (let key?, nil): rule.replacement = .key(key)
        case (nil, let prefix?): rule.replacement = .prefix(prefix)
        case (nil, nil): break
        }
    }

    private static func scheme(_ element: XMLElement?) throws(S3Error) -> WebsiteConfiguration.Scheme? {
        guard let text = element?.text else { return nil }
        guard let scheme = WebsiteConfiguration.Scheme(rawValue: text) else {
            throw .invalidRequest(
                "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.")
        }
        return scheme
    }

    static func encode(_ website: WebsiteConfiguration) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("WebsiteConfiguration", xmlns: S3Reply.namespace)
        if let host = website.redirectAll {
            xml.open("RedirectAllRequestsTo")
            xml.element("HostName", host.name)
            if let scheme = host.scheme { xml.element("Protocol", scheme.rawValue) }
            xml.close("RedirectAllRequestsTo")
        } else {
            xml.open("IndexDocument")
            xml.element("Suffix", website.indexSuffix)
            xml.close("IndexDocument")
        }
        if let key = website.errorKey {
            xml.open("ErrorDocument")
            xml.element("Key", key)
            xml.close("ErrorDocument")
        }
        if !website.rules.isEmpty {
            xml.open("RoutingRules")
            for rule in website.rules { write(rule, to: &xml) }
            xml.close("RoutingRules")
        }
        xml.close("WebsiteConfiguration")
        return xml.finish()
    }

    private static func write(_ rule: WebsiteConfiguration.RoutingRule, to xml: inout XMLWriter) {
        xml.open("RoutingRule")
        if rule.ifKeyPrefix != nil || rule.ifErrorStatus != nil {
            xml.open("Condition")
            if let status = rule.ifErrorStatus { xml.element("HttpErrorCodeReturnedEquals", String(status)) }
            if let prefix = rule.ifKeyPrefix { xml.element("KeyPrefixEquals", prefix) }
            xml.close("Condition")
        }
        xml.open("Redirect")
        if let scheme = rule.scheme { xml.element("Protocol", scheme.rawValue) }
        if let host = rule.host { xml.element("HostName", host) }
        switch rule.replacement {
        case .key(let key): xml.element("ReplaceKeyWith", key)
        case .prefix(let prefix): xml.element("ReplaceKeyPrefixWith", prefix)
        case nil: break
        }
        if let status = rule.redirectStatus { xml.element("HttpRedirectCode", String(status)) }
        xml.close("Redirect")
        xml.close("RoutingRule")
    }
}
