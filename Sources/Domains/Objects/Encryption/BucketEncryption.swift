import SwiftProtobuf

/// What a bucket's objects get whose client asks for no encryption.
package struct BucketEncryption: BucketSetting, Hashable {
    package enum Mode: UInt32, Sendable {
        /// SSE-S3, `AES256`.
        case managed = 1
        /// SSE-KMS, `aws:kms`.
        case service = 2
    }

    package static let kind = BucketSettingKind.encryption

    package var mode: Mode
    /// As the client named it; nil means the service's default key.
    package var serviceKey: String?
    /// Nil when the client did not say.
    package var usesBucketKey: Bool?

    package init(mode: Mode, serviceKey: String? = nil, usesBucketKey: Bool? = nil) {
        self.mode = mode
        self.serviceKey = serviceKey
        self.usesBucketKey = usesBucketKey
    }

    package init(stored: [UInt8]) throws {
        let record = try PBBucketEncryptionRecord(serializedBytes: stored)
        guard let mode = Mode(rawValue: record.mode) else { throw ObjectsError.failed("bucket encryption of mode \(record.mode)") }
        self.init(
            mode: mode, serviceKey: record.serviceKey.isEmpty ? nil : record.serviceKey,
            usesBucketKey: record.hasUsesBucketKey ? record.usesBucketKey : nil)
    }

    package func stored() throws -> [UInt8] {
        var record = PBBucketEncryptionRecord()
        record.mode = mode.rawValue
        if let serviceKey { record.serviceKey = serviceKey }
        if let usesBucketKey { record.usesBucketKey = usesBucketKey }
        return try record.serializedBytes()
    }
}
