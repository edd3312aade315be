import Bytes
import Model

/// Writes S3's event message for one target of one bucket. Runs on the ledger's thread for each change, so that what does not
/// change is written once.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
struct EventTemplate: Sendable {
    /// Up to the value of `eventTime`.
    private let head: [UInt8]
    /// The same for the events that came later, which have another version.
    private let laterHead: [UInt8]
    /// What AWS says of a delete marker: the MD5 of nothing.
    private static let emptyETag = "d41d8cd98f00b204e9800998ecf8427e"

    /// From `"s3":` up to the value of `object.key`.
    private let bucket: [UInt8]
    /// The bucket owner's canonical id.
    private let owner: String

    init(_ bucket: Bucket, configurationID: String) {
        func head(version: String) -> [UInt8] {
            var head = JSONBytes()
            head.raw("{\"Records\":[{\"eventVersion\":\"\(version)\",\"eventSource\":\"aws:s3\",\"awsRegion\":")
            head.string(bucket.region.rawValue)
            head.raw(",\"eventTime\":\"")
            return head.bytes
        }
        self.head = head(version: "2.1")
        self.laterHead = head(version: "2.3")
        self.owner = bucket.owner.canonicalID

        var middle = JSONBytes()
        middle.raw("\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":")
        middle.string(configurationID)
        middle.raw(",\"bucket\":{\"name\":")
        middle.string(bucket.name.rawValue)
        middle.raw(",\"ownerIdentity\":{\"principalId\":")
        middle.string(bucket.owner.canonicalID)
        middle.raw("},\"arn\":")
        middle.string("arn:aws:s3:::\(bucket.name.rawValue)")
        middle.raw("},\"object\":{\"key\":\"")
        self.bucket = middle.bytes
    }

    func body(_ object: ObjectEvent, context: ChangeContext, time: Timestamp, lsn: LSN) -> [UInt8] {
        var json = JSONBytes(reservingCapacity: head.count + bucket.count + object.key.utf8.count * 3 + 512)
        let content = object.event.content
        json.raw(content.isLater ? laterHead : head)
        json.raw(ISO8601.format(time))
        json.raw("\",\"eventName\":\"")
        json.raw(object.event.wireName)
        json.raw("\",\"userIdentity\":{\"principalId\":")
        let (kind, name) = identity(object.event, context.principal)
        json.string(kind, name)
        json.raw("},\"requestParameters\":{\"sourceIPAddress\":")
        json.string(context.sourceIP)
        json.raw("},\"responseElements\":{\"x-amz-request-id\":")
        json.string(context.requestID.description)
        json.raw(",\"x-amz-id-2\":")
        json.string(context.hostID)
        json.raw("},")
        json.raw(bucket)
        json.formEncoded(object.key.utf8)
        if let stored = object.stored {
            if content.hasSize {
                json.raw("\",\"size\":")
                json.raw(String(stored.size))
                json.raw(",\"eTag\":\"")
            } else {
                json.raw("\",\"eTag\":\"")
            }
            json.raw(stored.etag.text)
        } else if object.event == .objectRemovedDeleteMarkerCreated {
            json.raw("\",\"eTag\":\"\(Self.emptyETag)")
        }
        if case .made? = object.version, let version = object.version {
            json.raw("\",\"versionId\":\"")
            json.raw(version.description)
        }
        if content.hasSequencer {
            json.raw("\",\"sequencer\":\"")
            json.hexadecimal(lsn.rawValue)
        }
        json.raw("\"}}")
        if object.event == .objectRestoreCompleted, let until = object.restoredUntil, let stored = object.stored {
            json.raw(",\"glacierEventData\":{\"restoreEventData\":{\"lifecycleRestorationExpiryTime\":\"")
            json.raw(ISO8601.format(until))
            json.raw("\",\"lifecycleRestoreStorageClass\":\"\(stored.storageClass.wireName)\"}}")
        }
        json.raw("}]}")
        return json.bytes
    }

    /// AWS names the bucket's owner where its own service has done what was asked for before.
    private func identity(_ event: NotificationEvent, _ principal: Principal) -> (String, String) {
        if event == .objectRestoreCompleted { return ("AmazonCustomer:", owner) }
        return principal.isAnonymous ? ("Anonymous", "") : ("AWS:", principal.account.rawValue)
    }
}

/// JSON as bytes, written front to back.
struct JSONBytes {
    private static let digits: StaticString = "0123456789ABCDEF"

    private(set) var bytes: [UInt8] = []

    init(reservingCapacity capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func raw(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// A quoted string of two texts.
    mutating func string(_ first: String, _ second: String = "") {
        bytes.append(UInt8(ascii: "\""))
        quoted(first)
        quoted(second)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func quoted(_ text: String) {
        var text = text
        text.withUTF8 { raw in
            if raw.allSatisfy(Self.isPlain) { bytes.append(contentsOf: raw) } else { raw.forEach { escaped($0) } }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0..<0x20:
            raw("\\u00")
            bytes.append(Self.digits.utf8Start[Int(byte >> 4)])
            bytes.append(Self.digits.utf8Start[Int(byte & 15)])
        default:
            bytes.append(byte)
        }
    }

    /// As forms encode: a space is `+`; letters, digits and `- _ . * /` stay. What S3 does to keys in its events.
    mutating func formEncoded(_ text: [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: "/"):
                bytes.append(byte)
            case UInt8(ascii: " "):
                bytes.append(UInt8(ascii: "+"))
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(Self.digits.utf8Start[Int(byte >> 4)])
                bytes.append(Self.digits.utf8Start[Int(byte & 15)])
            }
        }
    }

    /// 16 digits in upper case: texts of equal length, so that they sort as the numbers do.
    mutating func hexadecimal(_ number: UInt64) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            bytes.append(Self.digits.utf8Start[Int((number >> shift) & 15)])
        }
    }
}
