import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
enum PutBucketInventory {
    static let action = Action.s3("PutInventoryConfiguration")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let id = try InventoryID.required(call)
        let inventory = try InventoryDocument.decode(try await call.settingDocument(of: bucket))
        guard inventory.id == id else {
            throw S3Error(.badRequest, "IdMismatch", "Document ID does not match the specified configuration ID.")
        }
        let stored = try await call.objects.changeSetting(Inventories.self, of: bucket, context: call.change) { before, _ in
            let inventories = (before ?? Inventories()).setting(inventory)
            guard inventories.list.count <= Inventories.countMax else { throw ObjectsError.tooManyInventories(limit: Inventories.countMax) }
            return inventories
        }
        var headers = HTTPFields()
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html, and without an id
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html
enum GetBucketInventory {
    static let action = Action.s3("GetInventoryConfiguration")
    private static let pageMax = 100

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let inventories = try await call.objects.setting(Inventories.self, of: bucket) ?? Inventories()
        guard let id = call.query.value("id") else { return S3Reply.xml(page(inventories, call)) }
        guard let inventory = inventories[id] else { throw S3Error.noSuchConfiguration }
        var xml = XMLWriter()
        InventoryDocument.write(inventory, to: &xml, xmlns: S3Reply.namespace)
        return S3Reply.xml(xml.finish())
    }

    private static func page(_ inventories: Inventories, _ call: S3Call) -> ByteBuffer {
        let after = call.query.value("continuation-token")
        let rest = inventories.list.filter { inventory in after.map { inventory.id > $0 } ?? true }
        let page = rest.prefix(pageMax)
        var xml = XMLWriter()
        xml.open("ListInventoryConfigurationsResult", xmlns: S3Reply.namespace)
        for inventory in page { InventoryDocument.write(inventory, to: &xml, xmlns: nil) }
        xml.element("IsTruncated", rest.count > page.count)
        if let after { xml.element("ContinuationToken", after) }
        if rest.count > page.count, let last = page.last { xml.element("NextContinuationToken", last.id) }
        xml.close("ListInventoryConfigurationsResult")
        return xml.finish()
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html
enum DeleteBucketInventory {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutBucketInventory.action, bucket)
        let id = try InventoryID.required(call)
        let stored = try await call.objects.changeSetting(Inventories.self, of: bucket, context: call.change) { before, _ in
            guard let before, before[id] != nil else { throw ObjectsError.noSuchInventory(id) }
            let left = before.removing(id)
            return left.list.isEmpty ? nil : left
        }
        var headers = HTTPFields()
        headers.addPosition(stored.lsn)
        return S3Reply.empty(.noContent, headers: headers)
    }
}

enum InventoryID {
    /// Throws `InvalidArgument`.
    static func required(_ call: S3Call) throws(S3Error) -> String {
        guard let id = call.query.value("id"), isValid(id) else {
            throw .invalidConfigurationID(call.query.value("id") ?? "")
        }
        return id
    }

    static func isValid(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= Inventories.idBytesMax
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

extension S3Error {
    static let noSuchConfiguration = S3Error(.notFound, "NoSuchConfiguration", "The specified configuration does not exist.")
    static func invalidConfigurationID(_ id: String) -> S3Error {
        .invalidArgument("The configuration ID is invalid or not specified.", name: "id", value: id)
    }
    static func tooManyConfigurations(limit: Int) -> S3Error {
        S3Error(
            .badRequest, "TooManyConfigurations",
            "You are attempting to create a new configuration but have already reached the \(limit)-configuration limit.")
    }
}

/// `<InventoryConfiguration>`.
enum InventoryDocument {
    private static let arnPrefix = "arn:aws:s3:::"

    /// Throws `MalformedXML`, `InvalidArgument`, `NotImplemented` for formats and fields that Roost lacks.
    static func decode(_ document: XMLElement) throws(S3Error) -> InventoryConfiguration {
        guard document.name == "InventoryConfiguration" else { throw .malformedXML }
        guard let id = document["Id"]?.text, let isEnabled = flag(document["IsEnabled"]), let destination = document["Destination"] else {
            throw .malformedXML
        }
        guard InventoryID.isValid(id) else { throw .invalidConfigurationID(id) }
        guard let target = destination["S3BucketDestination"], destination.children.count == 1 else { throw .malformedXML }
        var inventory = InventoryConfiguration(id: id, isEnabled: isEnabled, destinationBucket: try bucket(target))
        inventory.destinationAccount = target["AccountId"]?.text
        inventory.destinationPrefix = target["Prefix"]?.text ?? ""
        inventory.encryption = try target["Encryption"].flatMap { (element) throws(S3Error) in try encryption(element) }
        inventory.prefix = document["Filter"]?["Prefix"]?.text ?? ""
        switch document["IncludedObjectVersions"]?.text {
        case "All": inventory.includesAllVersions = true
        case "Current": break
        default: throw .malformedXML
        }
        switch document["Schedule"]?["Frequency"]?.text {
        case "Daily": break
        case "Weekly": inventory.isWeekly = true
        default: throw .malformedXML
        }
        for field in document["OptionalFields"]?.children(named: "Field") ?? [] { inventory.fields.append(try self.field(field.text)) }
        return inventory
    }

    private static func bucket(_ target: XMLElement) throws(S3Error) -> BucketName {
        switch target["Format"]?.text {
        case "CSV": break
        case "ORC", "Parquet": throw .notImplemented(operation: "PutBucketInventoryConfiguration with another format than CSV")
        default: throw .malformedXML
        }
        guard let arn = target["Bucket"]?.text else { throw .malformedXML }
        guard arn.hasPrefix(arnPrefix), let bucket = BucketName(String(arn.dropFirst(arnPrefix.count))) else {
            throw S3Error(.badRequest, "InvalidS3DestinationBucket", "Invalid bucket ARN.")
        }
        return bucket
    }

    /// Nil for an empty element.
    private static func encryption(_ element: XMLElement) throws(S3Error) -> InventoryEncryption? {
        guard let child = element.children.first else { return nil }
        guard element.children.count == 1 else { throw .malformedXML }
        switch child.name {
        case "SSE-S3": return .managed
        case "SSE-KMS":
            guard let key = child["KeyId"]?.text, !key.isEmpty else { throw .malformedXML }
            return .service(key: key)
        default: throw .malformedXML
        }
    }

    private static let fieldsToCome: Set<String> = [
        "IntelligentTieringReferenceDate", "ObjectLockEventHoldStatus", "ObjectLockEventHoldDuration",
    ]

    private static func field(_ text: String) throws(S3Error) -> InventoryField {
        if let field = InventoryField(wireName: text) { return field }
        guard fieldsToCome.contains(text) else { throw .malformedXML }
        throw .notImplemented(operation: "PutBucketInventoryConfiguration with the field \(text)")
    }

    private static func flag(_ element: XMLElement?) -> Bool? {
        switch element?.text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func write(_ encryption: InventoryEncryption, to xml: inout XMLWriter) {
        xml.open("Encryption")
        switch encryption {
        case .managed:
            xml.open("SSE-S3")
            xml.close("SSE-S3")
        case .service(let key):
            xml.open("SSE-KMS")
            xml.element("KeyId", key)
            xml.close("SSE-KMS")
        }
        xml.close("Encryption")
    }

    static func write(_ inventory: InventoryConfiguration, to xml: inout XMLWriter, xmlns: String?) {
        xml.open("InventoryConfiguration", xmlns: xmlns)
        xml.element("Id", inventory.id)
        xml.element("IsEnabled", inventory.isEnabled)
        if !inventory.prefix.isEmpty {
            xml.open("Filter")
            xml.element("Prefix", inventory.prefix)
            xml.close("Filter")
        }
        xml.open("Destination")
        xml.open("S3BucketDestination")
        if let account = inventory.destinationAccount { xml.element("AccountId", account) }
        xml.element("Bucket", arnPrefix + inventory.destinationBucket.rawValue)
        xml.element("Format", "CSV")
        if !inventory.destinationPrefix.isEmpty { xml.element("Prefix", inventory.destinationPrefix) }
        if let encryption = inventory.encryption { write(encryption, to: &xml) }
        xml.close("S3BucketDestination")
        xml.close("Destination")
        xml.open("Schedule")
        xml.element("Frequency", inventory.isWeekly ? "Weekly" : "Daily")
        xml.close("Schedule")
        xml.element("IncludedObjectVersions", inventory.includesAllVersions ? "All" : "Current")
        if !inventory.fields.isEmpty {
            xml.open("OptionalFields")
            for field in inventory.fields { xml.element("Field", field.wireName) }
            xml.close("OptionalFields")
        }
        xml.close("InventoryConfiguration")
    }
}
