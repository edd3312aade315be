import Doors
import HTTPTypes
import NIOCore

/// The service that a request is meant for, by its name in credential scopes: `s3`, `sqs`, `sns`, `iam`, `sts`, ...
///
/// Only a routing decision: `SignedRequest.verify` checks that the scope names the service that answers.
package enum ServiceClassifier {
    /// From the scope of the signature (header or query), else from `X-Amz-Target`, else from `Action` in the query, else `s3`.
    /// Nil: an unsigned form POST to `/`; read its body and ask `classify(form:)`.
    package static func classify(_ request: WireRequest) -> String? {
        if let text = request.headers.value(of: .authorization), let service = service(inAuthorization: text) { return service }
        if let service = service(inQuery: request.rawQuery) { return service }
        if let target = request.headers.value(of: .xAmzTarget) { return service(target: target) }
        guard request.rawPath == "/" else { return "s3" }
        if request.rawQuery.utf8.starts(with: "Action=".utf8) || request.rawQuery.contains("&Action=") {
            let form = try? QueryForm.parse(ByteBuffer(string: request.rawQuery))
            return form.flatMap { classify(form: $0) } ?? "s3"
        }
        let isForm = request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
        return request.method == "POST" && isForm ? nil : "s3"
    }

    /// From `Version` and `Action` of a form; nil when it is no known service's.
    package static func classify(form: QueryForm) -> String? {
        guard form.action != nil else { return nil }
        switch form.version {
        case "2012-11-05", "2011-10-01", "2009-02-01", "2008-01-01": return "sqs"
        case "2010-03-31": return "sns"
        case "2010-05-08": return "iam"
        case "2011-06-15": return "sts"
        default: return nil
        }
    }

    private static func service(target: String) -> String {
        let prefix = target.prefix { $0 != "." && $0 != "_" }
        switch prefix {
        case "AmazonSQS": return "sqs"
        case "AmazonSNS": return "sns"
        case "AmazonSSM": return "ssm"
        case "AWSEvents": return "events"
        case "DynamoDB", "DynamoDBStreams": return "dynamodb"
        case "Kinesis": return "kinesis"
        case "Logs": return "logs"
        case "TrentService": return "kms"
        default: return prefix.lowercased()
        }
    }

    private static func service(inAuthorization text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = end(of: "Credential=", in: bytes) else { return nil }
            return service(inCredential: bytes[start...].prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: " ") })
        }
    }

    private static func service(inQuery query: String) -> String? {
        var query = query
        return query.withUTF8 { bytes in
            guard let start = end(of: "X-Amz-Credential=", in: bytes) else { return nil }
            let value = bytes[start...].prefix { $0 != UInt8(ascii: "&") }
            return service(inCredential: CanonicalEncoding.decode(Array(value)[...]))
        }
    }

    /// The last part but one.
    private static func service(inCredential credential: some BidirectionalCollection<UInt8>) -> String? {
        guard let last = credential.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let head = credential[..<last]
        guard let before = head.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let service = head[head.index(after: before)...]
        return service.isEmpty ? nil : String(decoding: service, as: UTF8.self)
    }

    private static func end(of text: StaticString, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let count = text.utf8CodeUnitCount
        guard bytes.count >= count else { return nil }
        for start in 0...(bytes.count - count) where bytes[start] == text.utf8Start[0] {
            if (1..<count).allSatisfy({ bytes[start + $0] == text.utf8Start[$0] }) { return start + count }
        }
        return nil
    }
}
