import Bytes
import HTTPTypes

/// `AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=64 digits`
struct AuthorizationHeader {
    let credential: [UInt8]
    let signedHeaders: [UInt8]
    let signature: [UInt8]

    init(_ field: HTTPField) throws(SigV4Error) {
        let bytes = field.withUnsafeBytesOfValue { Array($0) }
        let space = bytes.firstIndex(of: UInt8(ascii: " ")) ?? bytes.count
        let scheme = bytes[..<space]
        guard HeaderText.equals(scheme, SigV4.algorithm) else {
            if HeaderText.equals(scheme, "AWS") || scheme.starts(with: "AWS4-".utf8) { throw .unsupportedMechanism }
            throw .unsupportedAuthorizationType(authorization: field.value)
        }
        var credential: ArraySlice<UInt8>?
        var signedHeaders: ArraySlice<UInt8>?
        var signature: ArraySlice<UInt8>?
        for component in ByteSearch.split(bytes[space...], at: UInt8(ascii: ",")) {
            let component = Self.trimmed(component)
            if component.isEmpty { continue }
            guard let equals = component.firstIndex(of: UInt8(ascii: "=")) else {
                throw .malformedHeader(
                    detail: "the authorization component \"\(String(decoding: component, as: UTF8.self))\" is malformed.")
            }
            let name = component[..<equals]
            let value = component[(equals + 1)...]
            if HeaderText.equals(name, "Credential") {
                credential = value
            } else if HeaderText.equals(name, "SignedHeaders") {
                signedHeaders = value
            } else if HeaderText.equals(name, "Signature") {
                signature = value
            }
        }
        guard let credential, let signedHeaders, let signature else {
            throw .malformedHeader(detail: "the authorization header requires three components: Credential, SignedHeaders, and Signature.")
        }
        self.credential = Array(credential)
        self.signedHeaders = Array(signedHeaders)
        self.signature = Array(signature)
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
