import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// Put, Get, List and Delete of a bucket's metrics, analytics and Intelligent-Tiering configurations, which are kept and do nothing.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html, and the same of the others
enum KeptConfigurationOperations<Service: WireConfigurationService> {
    private typealias Configurations = KeptConfigurations<Service>

    /// As AWS pages them.
    private static var pageMax: Int { 100 }

    static func put(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(Service.putAction, bucket)
        let id = try InventoryID.required(call)
        let configuration = try decode(try await call.settingDocument(of: bucket), id: id)
        return try await change(call, bucket) { before in
            let configurations = before.setting(configuration)
            let limit = KeptConfigurationLimits.countMax
            guard configurations.list.count <= limit else { throw ObjectsError.tooManyConfigurations(limit: limit) }
            return configurations
        }
    }

    /// Throws `MalformedXML`, also for another id than the query's.
    private static func decode(_ document: XMLElement, id: String) throws(S3Error) -> Configurations.Configuration {
        guard document.name == Service.element.description, document["Id"]?.text == id else { throw .malformedXML }
        var xml = XMLWriter(declaration: false)
        try Service.shape.write(document, to: &xml)
        let content = String(buffer: xml.finish())
        guard content.utf8.count <= KeptConfigurationLimits.contentBytesMax else { throw .malformedXML }
        return Configurations.Configuration(id: id, content: content)
    }

    static func delete(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(Service.putAction, bucket)
        let id = try InventoryID.required(call)
        return try await change(call, bucket) { before in
            guard before[id] != nil else { throw ObjectsError.noSuchConfiguration(id) }
            return before.removing(id)
        }
    }

    private static func change(
        _ call: S3Call, _ bucket: BucketName, _ change: @escaping @Sendable (Configurations) throws -> Configurations
    ) async throws -> DoorResponse {
        let stored = try await call.objects.changeSetting(Configurations.self, of: bucket, context: call.change) { before, _ in
            let configurations = try change(before ?? Configurations())
            return configurations.list.isEmpty ? nil : configurations
        }
        var headers = HTTPFields()
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }

    /// Of one, by its id, or a page of all.
    static func get(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(Service.getAction, bucket)
        let configurations = try await call.objects.setting(Configurations.self, of: bucket) ?? Configurations()
        guard let id = call.query.value("id") else { return S3Reply.xml(page(configurations, call)) }
        guard let configuration = configurations[id] else { throw S3Error.noSuchConfiguration }
        var xml = XMLWriter()
        write(configuration, to: &xml, xmlns: S3Reply.namespace)
        return S3Reply.xml(xml.finish())
    }

    private static func page(_ configurations: Configurations, _ call: S3Call) -> ByteBuffer {
        let after = call.query.value("continuation-token")
        let rest = configurations.list.filter { configuration in after.map { configuration.id > $0 } ?? true }
        let page = rest.prefix(pageMax)
        var xml = XMLWriter()
        xml.open(Service.list, xmlns: S3Reply.namespace)
        for configuration in page { write(configuration, to: &xml, xmlns: nil) }
        xml.element("IsTruncated", rest.count > page.count)
        if let after { xml.element("ContinuationToken", after) }
        if rest.count > page.count, let last = page.last { xml.element("NextContinuationToken", last.id) }
        xml.close(Service.list)
        return xml.finish()
    }

    private static func write(_ configuration: Configurations.Configuration, to xml: inout XMLWriter, xmlns: String?) {
        xml.open(Service.element, xmlns: xmlns)
        xml.verbatim(configuration.content)
        xml.close(Service.element)
    }
}
