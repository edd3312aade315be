import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html
enum GetBucketRequestPayment {
    static let action = Action.s3("GetBucketRequestPayment")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        var xml = XMLWriter()
        xml.open("RequestPaymentConfiguration", xmlns: S3Reply.namespace)
        xml.element("Payer", try await call.objects.access(to: bucket).payment.rawValue)
        xml.close("RequestPaymentConfiguration")
        return S3Reply.xml(xml.finish())
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
enum PutBucketRequestPayment {
    static let action = Action.s3("PutBucketRequestPayment")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let document = try await call.settingDocument(of: bucket)
        guard document.name == "RequestPaymentConfiguration", let text = document["Payer"]?.text.trimmed,
            let payment = RequestPayment(rawValue: String(text))
        else { throw S3Error.malformedXML }
        return try await call.store(payment == .bucketOwner ? nil : payment, of: bucket)
    }
}
