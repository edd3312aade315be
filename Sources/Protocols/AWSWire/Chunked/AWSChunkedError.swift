import HTTPTypes

/// Why a body in aws-chunked form is refused.
package enum AWSChunkedError: Error, Hashable, Sendable {
    /// Too short, too long, or framing that makes no sense.
    case incompleteBody
    /// Trailers that are broken, missing, repeated or not announced in `x-amz-trailer`.
    case malformedTrailer
    case signatureDoesNotMatch(SignatureMismatch)
    /// `x-amz-decoded-content-length` is missing or no length.
    case missingDecodedLength

    package var wireError: WireError {
        switch self {
        case .incompleteBody:
            WireError(status: .badRequest, code: "IncompleteBody", message: "The request body terminated unexpectedly")
        case .malformedTrailer:
            WireError(
                status: .badRequest, code: "MalformedTrailerError",
                message: "The request contained trailing data that was not well-formed or did not conform to our published schema.")
        case .signatureDoesNotMatch(let mismatch): .signatureDoesNotMatch(mismatch)
        case .missingDecodedLength:
            WireError(
                status: .lengthRequired, code: "MissingContentLength", message: "You must provide the Content-Length HTTP header.")
        }
    }
}
