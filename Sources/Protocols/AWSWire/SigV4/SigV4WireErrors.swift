import Bytes
import HTTPTypes
import Model

extension SigV4Error {
    /// AWS's code, status and text: S3's own for the S3 dialect, the common ones for all other services.
    package func wireError(for dialect: SigV4Dialect) -> WireError {
        dialect.namesPayloadInHeader ? s3Error : commonError
    }

    private var s3Error: WireError {
        switch self {
        case .multipleMechanisms(let authorization):
            .invalidArgument(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
                    + "or the Authorization header should be specified", name: "Authorization", value: authorization)
        case .unsupportedMechanism:
            WireError(
                status: .badRequest, code: "InvalidRequest",
                message: "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
        case .unsupportedAuthorizationType(let authorization):
            .invalidArgument("Unsupported Authorization Type", name: "Authorization", value: authorization)
        case .malformedHeader(let detail): Self.malformedHeader(detail)
        case .malformedQuery(let message), .invalidExpires(let message): Self.malformedQuery(message)
        case .incompleteVersion2:
            WireError(
                status: .forbidden, code: "AccessDenied",
                message: "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
        case .invalidVersion2Date(let text):
            WireError(
                status: .forbidden, code: "AccessDenied", message: "Invalid date (should be seconds since epoch): \(text)")
        case .wrongRegion(let form, let sent, let expected): Self.wrongRegion(form, sent: sent, expected: expected)
        case .wrongService(let form, let sent, let expected):
            Credential.malformed(form, "incorrect service \"\(sent)\". This endpoint belongs to \"\(expected)\".").s3Error
        case .missingDate:
            WireError(
                status: .forbidden, code: "AccessDenied", message: "AWS authentication requires a valid Date or x-amz-date header")
        case .requestTimeTooSkewed(let requestTime, let now): Self.tooSkewed(requestTime, now: now)
        case .expired(let seconds, let expiresAt, let now): Self.expired(seconds, expiresAt: expiresAt, now: now)
        case .notYetValid: WireError(status: .forbidden, code: "AccessDenied", message: "Request is not valid yet")
        case .headersNotSigned(let names):
            WireError(
                status: .forbidden, code: "AccessDenied", message: "There were headers present in the request which were not signed",
                elements: [.init("HeadersNotSigned", names.joined(separator: ", "))])
        case .missingContentSHA256:
            WireError(
                status: .badRequest, code: "InvalidRequest", message: "Missing required header for this request: x-amz-content-sha256")
        case .invalidContentSHA256(let value): Self.invalidContentSHA256(value)
        case .unknownAccessKey(let id):
            WireError(
                status: .forbidden, code: "InvalidAccessKeyId",
                message: "The AWS Access Key Id you provided does not exist in our records.", elements: [.init("AWSAccessKeyId", id)])
        case .signatureDoesNotMatch(let mismatch): .signatureDoesNotMatch(mismatch)
        }
    }

    private static func malformedHeader(_ detail: String) -> WireError {
        WireError(
            status: .badRequest, code: "AuthorizationHeaderMalformed", message: "The authorization header is malformed; " + detail)
    }

    private static func malformedQuery(_ message: String) -> WireError {
        WireError(status: .badRequest, code: "AuthorizationQueryParametersError", message: message)
    }

    private static func wrongRegion(_ form: SignatureForm, sent: String, expected: String) -> WireError {
        var error =
            switch form {
            case .header: malformedHeader("the region '\(sent)' is wrong; expecting '\(expected)'")
            case .presigned:
                malformedQuery("Error parsing the X-Amz-Credential parameter; the region '\(sent)' is wrong; expecting '\(expected)'")
            }
        error.elements = [.init("Region", expected)]
        return error
    }

    private static func tooSkewed(_ requestTime: String, now: Timestamp) -> WireError {
        WireError(
            status: .forbidden, code: "RequestTimeTooSkewed",
            message: "The difference between the request time and the current time is too large.",
            elements: [
                .init("RequestTime", requestTime), .init("ServerTime", wholeSeconds(now)),
                .init("MaxAllowedSkewMilliseconds", String(SigV4.clockSkewMax.components.seconds * 1000)),
            ])
    }

    private static func expired(_ seconds: Int64?, expiresAt: Timestamp, now: Timestamp) -> WireError {
        WireError(
            status: .forbidden, code: "AccessDenied", message: "Request has expired",
            elements: (seconds.map { [.init("X-Amz-Expires", String($0))] } ?? [])
                + [.init("Expires", wholeSeconds(expiresAt)), .init("ServerTime", wholeSeconds(now))])
    }

    private static func invalidContentSHA256(_ value: String) -> WireError {
        .invalidArgument(
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                + "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
                + "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.", name: "x-amz-content-sha256", value: value)
    }

    /// `2026-01-02T03:04:05Z`
    private static func wholeSeconds(_ time: Timestamp) -> String {
        ISO8601.format(time).dropLast(5) + "Z"
    }
}

extension SigV4Error {
    /// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    private var commonError: WireError {
        switch self {
        case .multipleMechanisms, .unsupportedMechanism, .unsupportedAuthorizationType, .malformedHeader, .malformedQuery,
            .invalidExpires, .incompleteVersion2, .invalidVersion2Date, .missingContentSHA256, .invalidContentSHA256:
            WireError(status: .badRequest, code: "IncompleteSignature", message: s3Error.message)
        case .missingDate:
            WireError(
                status: .badRequest, code: "IncompleteSignature",
                message: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        case .wrongRegion(_, let sent, _):
            Self.denied("Credential should be scoped to a valid region, not '\(sent)'.")
        case .wrongService(_, _, let expected):
            Self.denied("Credential should be scoped to correct service: '\(expected)'.")
        case .requestTimeTooSkewed(let requestTime, let now):
            Self.denied("Signature expired: \(requestTime) is not within 15 minutes of \(ISO8601.formatBasic(now)).")
        case .expired, .notYetValid:
            WireError(status: .badRequest, code: "RequestExpired", message: s3Error.message)
        case .headersNotSigned(let names):
            Self.denied("These headers must be a part of SignedHeaders: \(names.joined(separator: ", ")).")
        case .unknownAccessKey:
            WireError(
                status: .forbidden, code: "InvalidClientTokenId", message: "The security token included in the request is invalid.")
        case .signatureDoesNotMatch(let mismatch):
            Self.denied(
                WireError.signatureMismatchText + "\n\nThe Canonical String for this request should have been\n'"
                    + mismatch.canonicalRequest + "'\n\nThe String-to-Sign should have been\n'" + mismatch.stringToSign + "'\n")
        }
    }

    private static func denied(_ message: String) -> WireError {
        WireError(status: .forbidden, code: "SignatureDoesNotMatch", message: message)
    }
}

extension WireError {
    static let signatureMismatchText =
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."

    static func invalidArgument(_ message: String, name: String, value: String) -> WireError {
        WireError(
            status: .badRequest, code: "InvalidArgument", message: message,
            elements: [.init("ArgumentName", name), .init("ArgumentValue", value)])
    }

    /// With what S3 shows of its own computation: the texts and their bytes in hexadecimal.
    static func signatureDoesNotMatch(_ mismatch: SignatureMismatch) -> WireError {
        var elements: [Element] = [
            .init("AWSAccessKeyId", mismatch.accessKeyID), .init("StringToSign", mismatch.stringToSign),
            .init("SignatureProvided", mismatch.signatureProvided), .init("StringToSignBytes", spacedHex(mismatch.stringToSign)),
        ]
        if !mismatch.canonicalRequest.isEmpty {
            elements.append(.init("CanonicalRequest", mismatch.canonicalRequest))
            elements.append(.init("CanonicalRequestBytes", spacedHex(mismatch.canonicalRequest)))
        }
        return WireError(status: .forbidden, code: "SignatureDoesNotMatch", message: signatureMismatchText, elements: elements)
    }

    private static func spacedHex(_ text: String) -> String {
        text.utf8.map { Hex.encode(CollectionOfOne($0)) }.joined(separator: " ")
    }
}
