import AWSWire
import HTTPTypes
import Testing

/// Every single changed byte of a signed request must make it fail, unless the change means the same on the wire.
struct SigV4MutationTests {
    static let request: WireRequest = {
        var request = Sample.get("/bucket/a%2Bb/%C3%A4%20key.txt", query: "versionId=abc&empty&response-content-type=text%2Fplain")
        request.headers[HTTPField.Name("x-amz-meta-owner")!] = "somebody else"
        request.headers[HTTPField.Name("range")!] = "bytes=0-99"
        return request
    }()

    static let masks: [UInt8] = [0x01, 0x20, 0x02, 0x40, 0x7F]

    @Test func headerForm() {
        let signed = Sample.signed(Self.request)
        #expect(refusal(of: signed) == nil)
        checkMutations(of: signed)
        for (index, field) in signed.headers.enumerated() {
            for value in Self.mutations(of: field.value, inAuthorization: field.name == .authorization) {
                var changed = signed
                changed.headers[changed.headers.index(changed.headers.startIndex, offsetBy: index)] = HTTPField(
                    name: field.name, value: value)
                #expect(refusal(of: changed) != nil, "\(field.name): \(value)")
            }
        }
        for field in signed.headers {
            var without = signed
            without.headers[field.name] = nil
            #expect(refusal(of: without) != nil, "without \(field.name)")
            var twice = signed
            twice.headers.append(field)
            #expect(refusal(of: twice) != nil, "twice \(field.name)")
        }
    }

    @Test func presignedForm() {
        var request = Self.request
        request.headers = [:]
        let signed = Sample.presigned(request)
        #expect(refusal(of: signed) == nil)
        checkMutations(of: signed)
        var extra = signed
        extra.rawQuery += "&uploads"
        #expect(refusal(of: extra) != nil)
        for parameter in signed.rawQuery.split(separator: "&") {
            var twice = signed
            twice.rawQuery += "&\(parameter)"
            #expect(refusal(of: twice) != nil, "twice \(parameter)")
            var without = signed
            without.rawQuery = signed.rawQuery.split(separator: "&").filter { $0 != parameter }.joined(separator: "&")
            #expect(refusal(of: without) != nil, "without \(parameter)")
        }
    }

    private func checkMutations(of signed: WireRequest) {
        for path in Self.mutations(of: signed.rawPath) {
            var changed = signed
            changed.rawPath = path
            #expect(refusal(of: changed) != nil, "\(path)")
        }
        for query in Self.mutations(of: signed.rawQuery) {
            var changed = signed
            changed.rawQuery = query
            #expect(refusal(of: changed) != nil, "\(query)")
        }
        for authority in Self.mutations(of: signed.authority) {
            var changed = signed
            changed.authority = authority
            #expect(refusal(of: changed) != nil, "\(authority)")
        }
        for method in Self.mutations(of: signed.method) {
            var changed = signed
            changed.method = method
            #expect(refusal(of: changed) != nil, "\(method)")
        }
    }

    /// Changes of one byte each. Left out is what means the same: the case of an escape's digits and the space between the
    /// parts of an Authorization header.
    static func mutations(of text: String, inAuthorization: Bool = false) -> [String] {
        let bytes = Array(text.utf8)
        var result: [String] = []
        for index in bytes.indices {
            for mask in masks {
                var changed = bytes
                changed[index] ^= mask
                let isEscapeDigit =
                    (index >= 1 && bytes[index - 1] == UInt8(ascii: "%")) || (index >= 2 && bytes[index - 2] == UInt8(ascii: "%"))
                if isEscapeDigit, mask == 0x20, bytes[index] > UInt8(ascii: "9") { continue }
                if inAuthorization, bytes[index] == UInt8(ascii: " "), changed[index] < 0x20 || changed[index] == UInt8(ascii: ",") {
                    continue
                }
                // Fields turn a NUL into a space.
                if bytes[index] == UInt8(ascii: " "), changed[index] == 0 { continue }
                guard let text = String(validating: changed, as: UTF8.self) else { continue }
                result.append(text)
            }
        }
        return result
    }
}
