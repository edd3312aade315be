import AWSWire
import Bytes
import Doors
import HTTPTypes
import Model
import Objects
import Policy

/// The values of condition keys in an S3 request, looked up when a statement asks.
///
/// Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
struct RequestConditions: PolicyContext {
    let call: S3Call
    /// Nil where there is none yet.
    let bucket: Bucket?
    /// Those of the object that the action is about; nil when it has none or was not looked up.
    let objectTags: TagSet?
    /// What the operation itself knows, by the key's name in lower case; wins over what the request says.
    let extra: [String: [String]]

    func values(of key: ConditionKey) -> ConditionValues {
        if let known = extra[key.name] { return known.count == 1 ? .text(known[0]) : .texts(known) }
        if key.family.hasPrefix("aws:") { return global(key.family) }
        if let source = Self.sources[key.family] { return value(from: source) }
        switch key.family {
        case "s3:existingobjecttag": return text(objectTags?.tags.first { $0.key == key.tag }?.value)
        case "s3:requestobjecttag": return text(requestTags?.tags.first { $0.key == key.tag }?.value)
        case "s3:requestobjecttagkeys": return requestTags.map { .texts($0.tags.map(\.key)) } ?? .absent
        case "s3:x-amz-copy-source": return text(copySource)
        case "s3:authtype": return text(authenticationType)
        case "s3:signatureversion": return text(signatureVersion)
        case "s3:signatureage": return signatureAge.map { .integer($0) } ?? .absent
        case "s3:resourceaccount": return text(bucket?.owner.account.rawValue)
        case "s3:tlsversion": return text(call.request.tls?.number)
        default: return .absent
        }
    }

    private func global(_ family: String) -> ConditionValues {
        let caller = call.caller.principal
        switch family {
        case "aws:sourceip": return .text(call.request.remoteAddress)
        case "aws:securetransport": return .bool(call.request.isSecure)
        case "aws:currenttime": return .time(call.request.arrival)
        case "aws:epochtime": return .integer(call.request.arrival.seconds)
        case "aws:useragent": return text(call.request.headers[.userAgent])
        case "aws:referer": return text(call.request.headers[.referer])
        // Only a bucket's own region takes requests for it, at AWS. What the caller signs for is his to choose, and no proof of anything.
        case "aws:requestedregion": return .text((bucket?.region ?? call.region).rawValue)
        case "aws:resourceaccount": return text(bucket?.owner.account.rawValue)
        case "aws:principalisawsservice", "aws:viaawsservice": return .bool(false)
        case "aws:principaltype": return .text(caller.isAnonymous ? "Anonymous" : caller.isRoot ? "Account" : "User")
        case "aws:userid": return .text(caller.isAnonymous ? "anonymous" : caller.userID)
        case "aws:username": return text(caller.userName)
        case "aws:principalarn": return text(caller.isAnonymous ? nil : caller.arn.description)
        case "aws:principalaccount": return text(caller.isAnonymous ? nil : caller.account.rawValue)
        default: return .absent
        }
    }

    private func text(_ value: String?) -> ConditionValues { value.map { .text($0) } ?? .absent }

    // MARK: Headers and parameters that a key names

    private enum Source {
        case header(HTTPField.Name)
        case parameter(StaticString)
    }

    private func value(from source: Source) -> ConditionValues {
        switch source {
        case .header(let name): text(call.headers[name])
        case .parameter(let name): text(call.query.value(name))
        }
    }

    private static let sources: [String: Source] = {
        var sources: [String: Source] = [
            "s3:prefix": .parameter("prefix"), "s3:delimiter": .parameter("delimiter"), "s3:max-keys": .parameter("max-keys"),
            "s3:versionid": .parameter("versionId"), "s3:if-match": .header(.ifMatch), "s3:if-none-match": .header(.ifNoneMatch),
        ]
        let sameName = [
            "x-amz-acl", "x-amz-grant-read", "x-amz-grant-write", "x-amz-grant-read-acp", "x-amz-grant-write-acp",
            "x-amz-grant-full-control", "x-amz-metadata-directive", "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-customer-algorithm", "x-amz-storage-class",
            "x-amz-website-redirect-location", "x-amz-content-sha256", "x-amz-object-ownership",
        ]
        for name in sameName { sources["s3:\(name)"] = HTTPField.Name(name).map { .header($0) } }
        for name in ["object-lock-mode", "object-lock-legal-hold", "object-lock-retain-until-date"] {
            sources["s3:\(name)"] = HTTPField.Name("x-amz-\(name)").map { .header($0) }
        }
        return sources
    }()

    /// All of S3's keys, those among them that no request here has.
    ///
    /// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    static let keys: Set<String> = Set(sources.keys).union(
        [
            "existingobjecttag", "requestobjecttag", "requestobjecttagkeys", "x-amz-copy-source", "authtype", "signatureversion",
            "signatureage", "resourceaccount", "tlsversion", "locationconstraint", "object-lock-remaining-retention-days",
            "accesspointnetworkorigin", "dataaccesspointaccount", "dataaccesspointarn", "accessgrantsinstancearn",
            "inventoryaccessibleoptionalfields", "objectcreationoperation", "destinationregion", "isreplicationpauserequest",
            "buckettag", "annotationname",
        ].map { "s3:\($0)" })

    // MARK: What takes more than a look

    private var requestTags: TagSet? {
        guard call.groups.contains(.tagging), let text = call.headers[.amzTagging] else { return nil }
        return try? TagHeaders.parse(text)
    }

    /// `bucket/key`, decoded, however the header writes it.
    private var copySource: String? {
        guard let text = call.headers[.amzCopySource] else { return nil }
        let path = text.hasPrefix("/") ? text.dropFirst() : text[...]
        return PercentEncoding.decode(path).flatMap { String(validating: $0, as: UTF8.self) } ?? String(path)
    }

    private var authenticationType: String? {
        if call.caller.principal.isAnonymous { return nil }
        return call.caller.isPresigned ? "REST-QUERY-STRING" : "REST-HEADER"
    }

    private var signatureVersion: String? {
        if call.caller.principal.isAnonymous { return nil }
        return call.caller.isVersion4 ? "AWS4-HMAC-SHA256" : "AWS"
    }

    /// Milliseconds since the request was signed.
    private var signatureAge: Int64? {
        guard call.caller.isVersion4, let signed = call.caller.presigned?.made ?? dateHeader else { return nil }
        return call.request.arrival.milliseconds - signed.milliseconds
    }

    private var dateHeader: Timestamp? { call.request.headers[.xAmzDate].flatMap(ISO8601.parseBasic) }
}
