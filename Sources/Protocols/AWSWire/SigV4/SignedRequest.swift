import Bytes
import Doors
import HTTPTypes
import Model

/// A request whose signature was found and understood, not yet verified. A class, for it holds so much that copies cost more than one.
package final class SignedRequest: Sendable {
    package let request: WireRequest
    package let form: SignatureForm
    package let accessKeyID: String
    package let scope: CredentialScope
    /// `X-Amz-Date`, or `Date`.
    package let time: Timestamp
    /// Of a presigned request: how long after `time` it is valid.
    package let expiresSeconds: Int64?
    package let securityToken: String?
    package let payload: PayloadMode
    package let dialect: SigV4Dialect

    let query: CanonicalQuery
    let signedHeaderList: SignedHeaderList
    let signature: [UInt8]
    /// `20150830T123600Z LF 20150830/us-east-1/s3/aws4_request LF`
    let timeAndScope: [UInt8]
    /// The canonical request's last line, unless the body decides it.
    let payloadText: [UInt8]?

    /// Lower-case names in their order.
    package var signedHeaders: [String] {
        signedHeaderList.names.map { String(decoding: $0, as: UTF8.self) }
    }

    /// 64 hexadecimal digits, as sent.
    package var signatureText: String { String(decoding: signature, as: UTF8.self) }

    init(_ request: WireRequest, query: CanonicalQuery, header: AuthorizationHeader, dialect: SigV4Dialect?) throws(SigV4Error) {
        let (time, timeText) = try Self.time(of: request)
        let credential = try Credential(header.credential, form: .header, time: timeText)
        let dialect = dialect ?? .of(service: credential.scope.service)
        self.request = request
        self.form = .header
        self.accessKeyID = credential.accessKeyID
        self.scope = credential.scope
        self.time = time
        self.expiresSeconds = nil
        self.securityToken = request.headers.value(of: .xAmzSecurityToken)
        self.dialect = dialect
        self.query = query
        self.signedHeaderList = try SignedHeaderList(header.signedHeaders, form: .header)
        self.signature = header.signature
        self.timeAndScope = Self.timeAndScope(timeText, credential.scope)
        if dialect.namesPayloadInHeader {
            guard let value = request.headers.value(of: .xAmzContentSHA256) else { throw .missingContentSHA256 }
            self.payload = try PayloadMode(headerValue: value)
            self.payloadText = Array(value.utf8)
        } else {
            self.payload = .implied
            self.payloadText = nil
        }
    }

    init(_ request: WireRequest, query: CanonicalQuery, parameters: PresignedParameters, dialect: SigV4Dialect?) throws(SigV4Error) {
        guard let time = ISO8601.parseBasic(parameters.date) else {
            throw .malformedQuery(message: "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        }
        let credential = try Credential(parameters.credential, form: .presigned, time: parameters.date)
        let dialect = dialect ?? .of(service: credential.scope.service)
        self.request = request
        self.form = .presigned
        self.accessKeyID = credential.accessKeyID
        self.scope = credential.scope
        self.time = time
        self.expiresSeconds = parameters.expiresSeconds
        self.securityToken =
            parameters.securityToken.map { String(decoding: $0, as: UTF8.self) } ?? request.headers.value(of: .xAmzSecurityToken)
        self.dialect = dialect
        self.query = query
        self.signedHeaderList = try SignedHeaderList(parameters.signedHeaders, form: .presigned)
        self.signature = parameters.signature
        self.timeAndScope = Self.timeAndScope(parameters.date, credential.scope)
        if dialect.namesPayloadInHeader {
            // The header alone says nothing when it is not signed: whoever uses the URL chose it.
            let sent = signedHeaderList.contains("x-amz-content-sha256") ? request.headers.value(of: .xAmzContentSHA256) : nil
            let value = parameters.contentSHA256.map { String(decoding: $0, as: UTF8.self) } ?? sent
            self.payload = try value.map { (value) throws(SigV4Error) in try PayloadMode(headerValue: value) } ?? .unsigned
            self.payloadText = Array((value ?? PayloadMode.unsignedText).utf8)
        } else {
            self.payload = .implied
            self.payloadText = nil
        }
    }

    /// `X-Amz-Date`, or else `Date`, also in the form in which it is signed.
    private static func time(of request: WireRequest) throws(SigV4Error) -> (Timestamp, String) {
        if let value = request.headers.value(of: .xAmzDate) {
            guard let time = ISO8601.parseBasic(value) else { throw .missingDate }
            return (time, value)
        }
        guard let value = request.headers.value(of: .date), let time = SignedDate.parse(value) else { throw .missingDate }
        return (time, ISO8601.formatBasic(time))
    }

    private static func timeAndScope(_ time: String, _ scope: CredentialScope) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(time.utf8.count + scope.region.utf8.count + scope.service.utf8.count + 32)
        text.append(contentsOf: time.utf8)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: scope.date.utf8)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: scope.region.utf8)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: scope.service.utf8)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: CredentialScope.terminator.utf8)
        text.append(UInt8(ascii: "\n"))
        return text
    }
}
