/// What a signing key is good for: one day, one region, one service. `20260102/us-east-1/s3/aws4_request` on the wire.
package struct CredentialScope: Hashable, Sendable, CustomStringConvertible {
    package static let terminator = "aws4_request"

    /// `yyyyMMdd`, UTC.
    package let date: String
    package let region: String
    package let service: String

    package init(date: String, region: String, service: String) {
        self.date = date
        self.region = region
        self.service = service
    }

    package var description: String { "\(date)/\(region)/\(service)/\(Self.terminator)" }
}

/// An access key's id and the scope, `AKID/20260102/us-east-1/s3/aws4_request`. The id itself may hold slashes.
struct Credential {
    let accessKeyID: String
    let scope: CredentialScope

    /// - `time`: the request's `X-Amz-Date`, whose day the scope must name.
    init(_ bytes: [UInt8], form: SignatureForm, time: String) throws(SigV4Error) {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 5 else {
            throw Self.malformed(form, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
        }
        let tail = parts.count - 4
        let idLength = parts[tail].startIndex - 1
        guard idLength > 0 else {
            throw Self.malformed(form, "a non-empty Access Key (AKID) must be provided in the credential.")
        }
        guard parts[tail + 3].elementsEqual(CredentialScope.terminator.utf8) else {
            throw Self.malformed(form, "incorrect terminal \"\(Self.text(parts[tail + 3]))\". This endpoint uses \"aws4_request\".")
        }
        let date = parts[tail]
        guard date.count == 8, date.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw Self.malformed(
                form,
                "incorrect date format \"\(Self.text(date))\". This date in the credential must be in the format \"yyyyMMdd\".")
        }
        guard time.utf8.prefix(8).elementsEqual(date) else { throw Self.otherDay(form, date: date, time: time) }
        self.accessKeyID = Self.text(bytes[..<idLength])
        self.scope = CredentialScope(date: Self.text(date), region: Self.text(parts[tail + 1]), service: Self.text(parts[tail + 2]))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    static func malformed(_ form: SignatureForm, _ detail: String) -> SigV4Error {
        switch form {
        case .header: .malformedHeader(detail: detail)
        case .presigned: .malformedQuery(message: "Error parsing the X-Amz-Credential parameter; " + detail)
        }
    }

    private static func otherDay(_ form: SignatureForm, date: ArraySlice<UInt8>, time: String) -> SigV4Error {
        let detail = "Invalid credential date \"\(text(date))\". This date is not the same as X-Amz-Date: \"\(time.prefix(8))\"."
        return form == .header ? .malformedHeader(detail: detail) : .malformedQuery(message: detail)
    }
}
