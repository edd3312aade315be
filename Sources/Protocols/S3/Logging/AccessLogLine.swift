import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// One request as a line of its bucket's log.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
struct AccessLogLine {
    let request: DoorRequest
    let operation: S3Operation?
    let target: S3Target
    /// Nil when nobody was proven.
    let principal: Principal?
    let errorCode: String?
    let hostID: String
    /// A list of grants allowed the request.
    let neededGrant: Bool

    /// The 26 fields, separated by spaces, without a line's end. `total` is from the request's head to the answer's end, `turnAround` to
    /// its beginning.
    func text(_ owner: Owner, _ answer: DoorResponse, bytesSent: Int64, total: Duration, turnAround: Duration) -> String {
        let uri = request.rawQuery.isEmpty ? request.rawPath : "\(request.rawPath)?\(request.rawQuery)"
        let middle = [
            Self.quoted("\(request.method.rawValue) \(uri) HTTP/1.1"), String(answer.status.code), errorCode ?? "-",
            bytesSent == 0 ? "-" : String(bytesSent), objectSize(answer), Self.milliseconds(total), Self.milliseconds(turnAround),
            Self.quoted(request.headers[.referer] ?? "-"), Self.quoted(request.headers[.userAgent] ?? "-"),
            Self.plain(answer.headers[.amzVersionID]),
        ]
        return (head(owner, operationName) + middle + tail).joined(separator: " ")
    }

    /// The same for one of the changes that the request made or was refused: it has a status of its own, and no time.
    func text(_ owner: Owner, _ change: LogNotes.Change) -> String {
        let middle = ["-", String(change.status), change.errorCode ?? "-", "-", "-", "-", "-", "-", "-", Self.plain(change.versionID)]
        return (head(owner, "BATCH.\(change.verb).OBJECT") + middle + tail).joined(separator: " ")
    }

    private func head(_ owner: Owner, _ operation: String) -> [String] {
        [
            owner.canonicalID, Self.plain(target.bucket), "[\(Self.time(request.arrival))]", Self.plain(request.remoteAddress), requester,
            request.id.description, operation, target.key.map { PercentEncoding.encode($0, keepingSlash: true) } ?? "-",
        ]
    }

    /// The cipher suite is none of what the TLS library tells.
    private var tail: [String] {
        [
            hostID, signatureVersion, "-", authenticationType, Self.plain(request.authority), request.tls?.rawValue ?? "-", "-",
            neededGrant ? "Yes" : "-",
        ]
    }

    private var requester: String {
        guard let principal, !principal.isAnonymous else { return "-" }
        return principal.arn.resource == "root" ? principal.canonicalID : principal.arn.description
    }

    private var operationName: String {
        let scope = operation == .website ? "WEBSITE" : "REST"
        return "\(scope).\(method).\(resource)"
    }

    private var method: String {
        switch operation {
        case .copyObject, .uploadPartCopy: "COPY"
        default: request.method.rawValue
        }
    }

    private var resource: String {
        switch operation {
        case nil: return target.level.resourceType
        case .listBuckets: return "SERVICE"
        case .preflight: return "PREFLIGHT"
        case .uploadPart: return "PART"
        case .uploadPartCopy: return "PART"
        case .createMultipartUpload, .listMultipartUploads: return "UPLOADS"
        case .completeMultipartUpload, .abortMultipartUpload, .listParts: return "UPLOAD"
        case .deleteObjects: return "MULTI_OBJECT_DELETE"
        case .listObjectVersions: return "BUCKETVERSIONS"
        case .getObjectTagging, .putObjectTagging, .deleteObjectTagging: return "OBJECT_TAGGING"
        case .getBucketTagging, .putBucketTagging, .deleteBucketTagging: return "TAGGING"
        case .getBucketLogging, .putBucketLogging: return "LOGGING_STATUS"
        case .website: return "OBJECT"
        case .some: return subResource ?? target.level.resourceType
        }
    }

    /// What the query names, in AWS's spelling: `versioning` is VERSIONING.
    private var subResource: String? {
        let table = target.level == .object ? S3Router.objectSubResources : S3Router.bucketSubResources
        let names = request.rawQuery.split(separator: "&").map { $0.prefix { $0 != "=" } }
        return table.first { row in names.contains { $0.utf8.elementsEqual(String(describing: row.name).utf8) } }
            .map { String(describing: $0.name).uppercased() }
    }

    private func objectSize(_ answer: DoorResponse) -> String {
        switch operation {
        case .getObject, .headObject, .website:
            if let range = answer.headers[.contentRange], let slash = range.lastIndex(of: "/") {
                return String(range[range.index(after: slash)...])
            }
            return answer.status == .ok ? answer.headers[.contentLength] ?? "-" : "-"
        case .putObject, .uploadPart:
            return request.headers[.xAmzDecodedContentLength] ?? request.contentLength.map(String.init) ?? "-"
        default: return "-"
        }
    }

    private var signatureVersion: String {
        if let authorization = request.headers[.authorization] { return authorization.hasPrefix("AWS4-") ? "SigV4" : "SigV2" }
        if ByteSearch.contains(request.rawQuery, "X-Amz-Signature=") { return "SigV4" }
        return ByteSearch.contains(request.rawQuery, "AWSAccessKeyId=") ? "SigV2" : "-"
    }

    private var authenticationType: String {
        if request.headers.contains(.authorization) { return "AuthHeader" }
        return signatureVersion == "-" ? "-" : "QueryString"
    }

    /// What clients write may hold anything: a field ends with a space, so none may hold one.
    private static func plain(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "-" }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : PercentEncoding.encode(text.utf8, keepingSlash: true)
    }

    /// Quotation marks and what is no printable ASCII are percent-encoded, so that a line stays a line.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for byte in text.utf8 {
            if byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + Hex.encode(CollectionOfOne(byte)).uppercased()
            }
        }
        return result + "\""
    }

    /// `06/Feb/2019:00:00:38 +0000`
    static func time(_ time: Timestamp) -> String {
        let text = Array(ISO8601.format(time))
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(String(text[5..<7])).map { months[$0 - 1] } ?? ""
        return "\(String(text[8..<10]))/\(month)/\(String(text[0..<4])):\(String(text[11..<19])) +0000"
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let parts = duration.components
        return String(max(parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000, 0))
    }
}
