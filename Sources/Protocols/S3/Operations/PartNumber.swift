import AWSWire
import Objects

/// The `partNumber` parameter.
enum PartNumber {
    /// Nil when it is absent. Throws `InvalidArgument` for anything but 1 to 10,000.
    static func optional(_ call: S3Call) throws(S3Error) -> Int? {
        guard !call.query.isEmpty, let text = call.query.value("partNumber") else { return nil }
        return try parse(text)
    }

    static func required(_ call: S3Call) throws(S3Error) -> Int {
        try parse(call.query.value("partNumber") ?? "")
    }

    private static func parse(_ text: String) throws(S3Error) -> Int {
        guard let number = Int(text), ObjectsLimits.partNumbers.contains(number) else { throw .invalidPartNumber(text) }
        return number
    }
}

/// The `uploadId` parameter.
enum UploadIDParameter {
    /// Throws `NoSuchUpload` for what this server never gave out.
    static func required(_ call: S3Call) throws(S3Error) -> UploadID {
        let text = call.query.value("uploadId") ?? ""
        guard let id = UploadID(text) else { throw .noSuchUpload(text) }
        return id
    }
}
