import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
enum GetPublicAccessBlock {
    static let action = Action.s3("GetBucketPublicAccessBlock")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let block = try await call.objects.access(to: bucket).publicAccessBlock
        guard !block.isRemoved else {
            throw S3Error.notConfigured(
                "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", bucket: bucket.rawValue)
        }
        var xml = XMLWriter()
        xml.open("PublicAccessBlockConfiguration", xmlns: S3Reply.namespace)
        xml.element("BlockPublicAcls", block.blocksPublicACLs)
        xml.element("IgnorePublicAcls", block.ignoresPublicACLs)
        xml.element("BlockPublicPolicy", block.blocksPublicPolicy)
        xml.element("RestrictPublicBuckets", block.restrictsPublicBuckets)
        xml.close("PublicAccessBlockConfiguration")
        return S3Reply.xml(xml.finish())
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
enum PutPublicAccessBlock {
    static let action = Action.s3("PutBucketPublicAccessBlock")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let document = try await call.settingDocument(of: bucket)
        return try await call.store(try decode(document), of: bucket)
    }

    /// What is not named is off.
    private static func decode(_ document: XMLElement) throws(S3Error) -> PublicAccessBlock {
        guard document.name == "PublicAccessBlockConfiguration" else { throw .malformedXML }
        var block = PublicAccessBlock()
        for child in document.children {
            let isOn: Bool
            switch child.text.trimmed.lowercased() {
            case "true": isOn = true
            case "false": isOn = false
            default: throw .malformedXML
            }
            switch child.name {
            case "BlockPublicAcls": block.blocksPublicACLs = isOn
            case "IgnorePublicAcls": block.ignoresPublicACLs = isOn
            case "BlockPublicPolicy": block.blocksPublicPolicy = isOn
            case "RestrictPublicBuckets": block.restrictsPublicBuckets = isOn
            default: throw .malformedXML
            }
        }
        return block
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html
enum DeletePublicAccessBlock {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutPublicAccessBlock.action, bucket)
        return try await call.store(PublicAccessBlock.removed, of: bucket, status: .noContent)
    }
}
