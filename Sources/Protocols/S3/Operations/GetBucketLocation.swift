import AWSWire
import Doors
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
enum GetBucketLocation {
    static let action = Action.s3("GetBucketLocation")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let name = try call.bucket()
        try await call.authorise(action, name)
        let location = try await call.objects.bucket(name).location
        var xml = XMLWriter()
        if location.region == .usEast1 {
            xml.empty("LocationConstraint", xmlns: S3Reply.namespace)
        } else {
            xml.open("LocationConstraint", xmlns: S3Reply.namespace)
            xml.text(location.text)
            xml.close("LocationConstraint")
        }
        return S3Reply.xml(xml.finish())
    }
}
