import HTTPTypes

extension HTTPField.Name {
    static let contentMD5 = HTTPField.Name("content-md5")!
    package static let xAmzDate = HTTPField.Name("x-amz-date")!
    package static let xAmzContentSHA256 = HTTPField.Name("x-amz-content-sha256")!
    package static let xAmzSecurityToken = HTTPField.Name("x-amz-security-token")!
    package static let xAmzDecodedContentLength = HTTPField.Name("x-amz-decoded-content-length")!
    package static let xAmzTrailer = HTTPField.Name("x-amz-trailer")!
    package static let xAmzTarget = HTTPField.Name("x-amz-target")!
    package static let xAmznQueryError = HTTPField.Name("x-amzn-query-error")!
}
