import HTTPTypes
import JSON

/// What a change of a batch says in the words of headers, as the operation that it stands for would get it.
enum BatchHeaders {
    /// What `headers` may name; they mean what they mean in PutObject.
    private static let ofNewObjects: Set<String> = [
        "cache-control", "content-disposition", "content-encoding", "content-language", "expires", "x-amz-acl", "x-amz-grant-full-control",
        "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write-acp", "x-amz-object-lock-legal-hold", "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled", "x-amz-server-side-encryption-context", "x-amz-storage-class", "x-amz-tagging",
        "x-amz-website-redirect-location",
    ]
    private static let ofCopies: Set<String> = ["content-type", "x-amz-metadata-directive", "x-amz-tagging-directive"]

    /// Throws `MalformedBatch`.
    static func decode(_ entry: JSONObject, ofCopy: Bool) throws(S3Error) -> HTTPFields {
        var fields = HTTPFields()
        try add("ifMatch", .ifMatch, entry, to: &fields)
        try add("ifNoneMatch", .ifNoneMatch, entry, to: &fields)
        try add("contentType", .contentType, entry, to: &fields)
        if ofCopy {
            try add("source", .amzCopySource, entry, to: &fields)
            try add("sourceIfMatch", .amzCopySourceIfMatch, entry, to: &fields)
        }
        guard let given = entry["headers"] else { return fields }
        guard let object = given.object else { throw .malformedBatch("\"headers\" must be an object of texts.") }
        for member in object.members {
            let text = member.name.lowercased()
            guard ofNewObjects.contains(text) || (ofCopy && ofCopies.contains(text)), let name = HTTPField.Name(text) else {
                throw .malformedBatch("A change cannot have the header \"\(member.name)\".")
            }
            guard !fields.contains(name) else { throw .malformedBatch("The header \"\(member.name)\" is there twice.") }
            fields[name] = try value(member.value, member.name)
        }
        return fields
    }

    private static func add(
        _ member: String, _ name: HTTPField.Name, _ entry: JSONObject, to fields: inout HTTPFields
    ) throws(S3Error) {
        if let value = entry[member] { fields[name] = try self.value(value, member) }
    }

    private static func value(_ value: JSONValue, _ name: String) throws(S3Error) -> String {
        guard let text = value.string, HTTPField.isValidValue(text) else {
            throw .malformedBatch("\"\(name)\" must be a text that a header can have.")
        }
        return text
    }
}
