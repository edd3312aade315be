import AWSWire
import HTTPTypes
import Model
import Objects

/// The query parameter `versionId`.
enum VersionParameter {
    private static let name = "versionId"

    /// Nil when it is absent. Throws `InvalidArgument`.
    static func optional(_ call: S3Call) throws(S3Error) -> VersionID? {
        guard !call.query.isEmpty, let text = call.query.value("versionId") else { return nil }
        return try decode(text)
    }

    /// What a read is about: the version, the position of `x-roost-as-of`, or the current object. Throws `InvalidArgument`.
    static func choice(_ call: S3Call) throws(S3Error) -> VersionChoice {
        let version = try optional(call)
        guard let position = try AsOfHeader.position(call) else { return version.map { .version($0) } ?? .current }
        guard version == nil else { throw .invalidRequest("Cannot specify both x-roost-as-of and versionId") }
        return .asOf(position)
    }

    /// Throws `InvalidArgument`.
    static func decode(_ text: String) throws(S3Error) -> VersionID {
        guard let version = VersionID(text) else {
            if text.isEmpty { throw .invalidArgument("Version id cannot be the empty string", name: name, value: text) }
            throw invalid(text)
        }
        return version
    }

    static func invalid(_ text: String) -> S3Error {
        .invalidArgument("Invalid version id specified", name: name, value: text)
    }

    /// Throws `InvalidArgument` where an operation that makes or completes something names a version.
    static func checkAcceptance(_ call: S3Call) throws(S3Error) {
        switch call.operation {
        case .putObject, .copyObject, .createMultipartUpload, .uploadPart, .uploadPartCopy, .completeMultipartUpload,
            .abortMultipartUpload, .listParts:
            guard let text = call.query.value("versionId") else { return }
            throw .invalidArgument("This operation does not accept a version-id.", name: name, value: text)
        default: return
        }
    }
}

/// `x-roost-as-of: N`: reads a bucket with versions as it was at commit N.
enum AsOfHeader {
    /// Nil when it is absent. Throws `InvalidArgument`.
    static func position(_ call: S3Call) throws(S3Error) -> LSN? {
        guard call.groups.contains(.asOf), let text = call.headers[.roostAsOf] else { return nil }
        guard let position = UInt64(text) else {
            throw .invalidArgument("x-roost-as-of must be a position: a decimal number", name: "x-roost-as-of", value: text)
        }
        return LSN(position)
    }

    /// Throws `InvalidRequest` for an operation that cannot go back: none may take the header for something else.
    static func checkAcceptance(_ call: S3Call) throws(S3Error) {
        switch call.operation {
        case .getObject, .headObject, .listObjects, .listObjectsV2, .getObjectAttributes: return
        default: throw .invalidRequest("\(call.operation.rawValue) does not accept x-roost-as-of")
        }
    }
}
