import AWSWire
import Model
import NIOCore
import Objects

/// `<Tagging><TagSet><Tag><Key/><Value/></Tag>...</TagSet></Tagging>`
enum TagDocument {
    /// No set is an empty one. Throws `MalformedXML`, and what `checked` throws.
    static func decode(_ document: XMLElement, of owner: TagOwner) throws(S3Error) -> TagSet {
        guard document.name == "Tagging", document.children.count <= 1 else { throw .malformedXML }
        if document.children.isEmpty { return .empty }
        guard let set = document["TagSet"] else { throw .malformedXML }
        return try checked(try tags(set), of: owner)
    }

    /// The tags in a `<TagSet>` or `<Tags>`.
    static func tags(_ set: XMLElement) throws(S3Error) -> [Tag] {
        var tags: [Tag] = []
        for child in set.children {
            guard child.name == "Tag", child.children.count == 2, let key = child["Key"]?.text, let value = child["Value"]?.text else {
                throw .malformedXML
            }
            tags.append(Tag(key: key, value: value))
        }
        return tags
    }

    /// Throws `InvalidTag`, `BadRequest` for too many.
    static func checked(_ tags: [Tag], of owner: TagOwner) throws(S3Error) -> TagSet {
        do {
            return try TagSet(tags, of: owner)
        } catch {
            throw refusal(error)
        }
    }

    static func encode(_ tags: TagSet) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("Tagging", xmlns: S3Reply.namespace)
        xml.open("TagSet")
        for tag in tags.tags {
            xml.open("Tag")
            xml.element("Key", tag.key)
            xml.element("Value", tag.value)
            xml.close("Tag")
        }
        xml.close("TagSet")
        xml.close("Tagging")
        return xml.finish()
    }

    private static func refusal(_ problem: TagProblem) -> S3Error {
        switch problem {
        case .duplicateKey(let key): .invalidTag("Cannot provide multiple Tags with the same key", [("TagKey", key)])
        case .reservedKey(let key, .bucket): .invalidTag("System tags cannot be added/updated by requester", [("TagKey", key)])
        case .reservedKey(let key, .object): .invalidTag("Your TagKey cannot be prefixed with aws:", [("TagKey", key)])
        case .invalidKey(let key): .invalidTag("The TagKey you have provided is invalid", [("TagKey", key)])
        case .invalidValue(let tag):
            .invalidTag("The TagValue you have provided is invalid", [("TagKey", tag.key), ("TagValue", tag.value)])
        case .tooMany(.object): .tooManyTags("Object tags cannot be greater than \(TagRules.perObjectMax)")
        case .tooMany(.bucket): .tooManyTags("Bucket tag count cannot be greater than \(TagRules.perBucketMax)")
        }
    }
}
