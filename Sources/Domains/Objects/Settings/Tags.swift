import Model
import SwiftProtobuf

/// One tag of a bucket or an object.
package struct Tag: Hashable, Sendable {
    package let key: String
    package let value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// The tags of one bucket or object: valid, no key twice, ascending by the keys' bytes. May be empty.
package struct TagSet: Hashable, Sendable {
    package let tags: [Tag]

    package static let empty = TagSet(stored: [])

    package var isEmpty: Bool { tags.isEmpty }
    package var count: Int { tags.count }

    /// Tags that were checked before they were stored.
    init(stored tags: [Tag]) {
        self.tags = tags
    }

    /// Throws the first problem in the order of the tags; their number is judged last, as AWS does.
    package init(_ tags: [Tag], of owner: TagOwner) throws(TagProblem) {
        var keys: Set<String> = []
        for tag in tags {
            guard keys.insert(tag.key).inserted else { throw .duplicateKey(tag.key) }
            if tag.key.hasPrefix(TagRules.reservedPrefix) { throw .reservedKey(tag.key, owner) }
            guard TagRules.permits(key: tag.key) else { throw .invalidKey(tag.key) }
            guard TagRules.permits(value: tag.value) else { throw .invalidValue(tag) }
        }
        guard tags.count <= owner.countMax else { throw .tooMany(owner) }
        self.tags = tags.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// The value of the tag with that key.
    package subscript(key: String) -> String? { tags.first { $0.key == key }?.value }
}

package enum TagOwner: Hashable, Sendable {
    case bucket
    case object

    package var countMax: Int {
        switch self {
        case .bucket: TagRules.perBucketMax
        case .object: TagRules.perObjectMax
        }
    }
}

/// Why tags are refused.
package enum TagProblem: Error, Hashable, Sendable {
    case duplicateKey(String)
    /// It begins with `aws:`.
    case reservedKey(String, TagOwner)
    case invalidKey(String)
    case invalidValue(Tag)
    case tooMany(TagOwner)
}

/// Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html,
/// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/allocation-tag-restrictions.html
package enum TagRules {
    package static let perObjectMax = 10
    package static let perBucketMax = 50
    /// Characters, not bytes.
    package static let keyCharactersMax = 128
    package static let valueCharactersMax = 256
    static let reservedPrefix = "aws:"

    package static func permits(key: String) -> Bool {
        !key.isEmpty && key.unicodeScalars.count <= keyCharactersMax && key.unicodeScalars.allSatisfy(permits)
    }

    package static func permits(value: String) -> Bool {
        value.unicodeScalars.count <= valueCharactersMax && value.unicodeScalars.allSatisfy(permits)
    }

    /// Letters, digits and spaces of every script, and `+ - = . _ : / @`.
    private static func permits(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", " ", "+", "-", "=", ".", "_", ":", "/", "@": return true
        default: break
        }
        if scalar.isASCII { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber, .spaceSeparator, .nonspacingMark, .spacingMark:
            return true
        default: return false
        }
    }
}

/// The tags of a bucket.
package struct BucketTags: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.tags

    package let set: TagSet

    package init(_ set: TagSet) {
        self.set = set
    }

    package init(stored: [UInt8]) throws {
        set = TagSet(stored: try PBTagSetRecord(serializedBytes: stored).tags.map { Tag(key: $0.key, value: $0.value) })
    }

    package func stored() throws -> [UInt8] {
        try PBTagSetRecord.with { $0.tags = set.records }.serializedBytes()
    }
}

extension Tag {
    var record: PBTagRecord {
        PBTagRecord.with {
            $0.key = key
            $0.value = value
        }
    }
}

extension TagSet {
    var records: [PBTagRecord] { tags.map(\.record) }

    init(_ records: [PBTagRecord]) {
        self.init(stored: records.isEmpty ? [] : records.map { Tag(key: $0.key, value: $0.value) })
    }
}
