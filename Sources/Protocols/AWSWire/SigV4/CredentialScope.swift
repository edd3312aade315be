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
        guard let terminatorStart = Self.slash(bytes, before: bytes.count), let serviceStart = Self.slash(bytes, before: terminatorStart),
            let regionStart = Self.slash(bytes, before: serviceStart), let dateStart = Self.slash(bytes, before: regionStart)
        else {
            throw Self.malformed(form, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
        }
        guard dateStart > 0 else {
            throw Self.malformed(form, "a non-empty Access Key (AKID) must be provided in the credential.")
        }
        let terminator = bytes[(terminatorStart + 1)...]
        guard terminator.elementsEqual(CredentialScope.terminator.utf8) else {
            throw Self.malformed(form, "incorrect terminal \"\(Self.text(terminator))\". This endpoint uses \"aws4_request\".")
        }
        let date = bytes[(dateStart + 1)..<regionStart]
        guard date.count == 8, date.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw Self.malformed(
                form,
                "incorrect date format \"\(Self.text(date))\". This date in the credential must be in the format \"yyyyMMdd\".")
        }
        guard time.utf8.prefix(8).elementsEqual(date) else { throw Self.otherDay(form, date: date, time: time) }
        self.accessKeyID = Self.text(bytes[..<dateStart])
        self.scope = CredentialScope(
            date: Self.text(date), region: Self.text(bytes[(regionStart + 1)..<serviceStart]),
            service: Self.text(bytes[(serviceStart + 1)..<terminatorStart]))
    }

    private static func slash(_ bytes: [UInt8], before end: Int) -> Int? {
        bytes[..<end].lastIndex(of: UInt8(ascii: "/"))
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
