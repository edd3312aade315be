import AWSWire
import Bytes
import Model
import NIOCore
import Objects

/// `<LifecycleConfiguration>`: from a client's document, strictly, and back.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
enum LifecycleDocument {
    /// Throws `MalformedXML`, `InvalidArgument` for a number or date that is none, `NotImplemented` for a storage class that is none.
    static func decode(_ document: XMLElement, makeID: () -> String) throws(S3Error) -> Lifecycle {
        guard ["LifecycleConfiguration", "BucketLifecycleConfiguration"].contains(document.name), !document.children.isEmpty else {
            throw .malformedXML
        }
        var rules: [LifecycleRule] = []
        for child in document.children {
            guard child.name == "Rule" else { throw .malformedXML }
            rules.append(try rule(child, makeID))
        }
        return Lifecycle(rules: rules)
    }

    private static func rule(_ element: XMLElement, _ makeID: () -> String) throws(S3Error) -> LifecycleRule {
        let id = element["ID"]?.text ?? ""
        var rule = LifecycleRule(
            id: id.isEmpty ? makeID() : id, isEnabled: try isEnabled(element), filter: try LifecycleFilterDocument.decode(element))
        guard Self.isOnce.allSatisfy({ element.children(named: $0).count <= 1 }) else { throw .malformedXML }
        for child in element.children {
            switch child.name {
            case "ID", "Status", "Prefix", "Filter": break
            case "Expiration": rule.expiration = try expiration(child)
            case "NoncurrentVersionExpiration":
                guard let days = child["NoncurrentDays"] else { throw .malformedXML }
                rule.noncurrentExpiration = LifecycleRule.NoncurrentExpiration(
                    days: try number(days), kept: try child["NewerNoncurrentVersions"].map(number))
            case "AbortIncompleteMultipartUpload":
                guard let days = child["DaysAfterInitiation"] else { throw .malformedXML }
                rule.abortDays = try number(days)
            case "Transition": rule.transitions.append(try transition(child, days: "Days"))
            case "NoncurrentVersionTransition": rule.noncurrentTransitions.append(try transition(child, days: "NoncurrentDays"))
            default: throw .malformedXML
            }
        }
        return rule
    }

    private static let isOnce = [
        "ID", "Status", "Prefix", "Filter", "Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload",
    ]

    private static func isEnabled(_ element: XMLElement) throws(S3Error) -> Bool {
        switch element["Status"]?.text {
        case "Enabled": true
        case "Disabled": false
        default: throw .malformedXML
        }
    }

    private static func expiration(_ element: XMLElement) throws(S3Error) -> LifecycleRule.Expiration {
        guard element.children.count == 1, let child = element.children.first else { throw .malformedXML }
        switch child.name {
        case "Days": return .days(try number(child))
        case "Date": return .date(try date(child))
        case "ExpiredObjectDeleteMarker":
            switch child.text.lowercased() {
            case "true": return .expiredMarkers(true)
            case "false": return .expiredMarkers(false)
            default: throw .malformedXML
            }
        default: throw .malformedXML
        }
    }

    private static func transition(_ element: XMLElement, days: String) throws(S3Error) -> LifecycleTransition {
        guard let name = element["StorageClass"]?.text, !name.isEmpty else { throw .malformedXML }
        guard let storageClass = StorageClass(wireName: name) else {
            throw .notImplemented(operation: "Transition to storage class \(name)")
        }
        switch storageClass {
        case .standardIA, .onezoneIA, .intelligentTiering, .glacierIR, .glacier, .deepArchive: break
        case .standard, .reducedRedundancy, .outposts, .snow, .expressOnezone, .fsxOpenZFS: throw .malformedXML
        }
        let moment: LifecycleTransition.Moment
        switch (element[days], element["Date"]) {
        case (let days?, nil): moment = .days(try number(days))
        case (nil, let text?) where days == "Days": moment = .date(try date(text))
        default: throw .malformedXML
        }
        return LifecycleTransition(
            moment: moment, storageClass: storageClass, kept: try element["NewerNoncurrentVersions"].map(number))
    }

    private static func number(_ element: XMLElement) throws(S3Error) -> Int32 {
        guard let number = Int32(element.text) else { throw .malformedXML }
        return number
    }

    private static func date(_ element: XMLElement) throws(S3Error) -> Timestamp {
        guard let date = ISO8601.parse(element.text) ?? ISO8601.parse(element.text + "T00:00:00Z") else { throw .malformedXML }
        return date
    }

    static func encode(_ lifecycle: Lifecycle) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("LifecycleConfiguration", xmlns: S3Reply.namespace)
        for rule in lifecycle.rules { encode(rule, to: &xml) }
        xml.close("LifecycleConfiguration")
        return xml.finish()
    }

    private static func encode(_ rule: LifecycleRule, to xml: inout XMLWriter) {
        xml.open("Rule")
        xml.element("ID", rule.id)
        LifecycleFilterDocument.encode(rule.filter, to: &xml)
        xml.element("Status", rule.isEnabled ? "Enabled" : "Disabled")
        for transition in rule.transitions { encode(transition, "Transition", days: "Days", to: &xml) }
        if let expiration = rule.expiration {
            xml.open("Expiration")
            switch expiration {
            case .days(let days): xml.element("Days", days)
            case .date(let date): xml.element("Date", ISO8601.format(date))
            case .expiredMarkers(let expires): xml.element("ExpiredObjectDeleteMarker", expires)
            }
            xml.close("Expiration")
        }
        for transition in rule.noncurrentTransitions {
            encode(transition, "NoncurrentVersionTransition", days: "NoncurrentDays", to: &xml)
        }
        if let noncurrent = rule.noncurrentExpiration {
            xml.open("NoncurrentVersionExpiration")
            xml.element("NoncurrentDays", noncurrent.days)
            if let kept = noncurrent.kept { xml.element("NewerNoncurrentVersions", kept) }
            xml.close("NoncurrentVersionExpiration")
        }
        if let days = rule.abortDays {
            xml.open("AbortIncompleteMultipartUpload")
            xml.element("DaysAfterInitiation", days)
            xml.close("AbortIncompleteMultipartUpload")
        }
        xml.close("Rule")
    }

    private static func encode(
        _ transition: LifecycleTransition, _ name: StaticString, days: StaticString, to xml: inout XMLWriter
    ) {
        xml.open(name)
        switch transition.moment {
        case .days(let count): xml.element(days, count)
        case .date(let date): xml.element("Date", ISO8601.format(date))
        }
        xml.element("StorageClass", transition.storageClass.wireName)
        if let kept = transition.kept { xml.element("NewerNoncurrentVersions", kept) }
        xml.close(name)
    }
}

/// The `<Prefix>` or `<Filter>` of a rule.
enum LifecycleFilterDocument {
    /// Throws `MalformedXML` for both, neither, or a filter of several parts without `<And>`.
    static func decode(_ rule: XMLElement) throws(S3Error) -> LifecycleFilter {
        switch (rule["Prefix"], rule["Filter"]) {
        case (let prefix?, nil): return LifecycleFilter(form: .legacyPrefix, prefix: prefix.text)
        case (nil, let filter?):
            guard filter.children.count <= 1 else { throw .malformedXML }
            guard let part = filter.children.first else { return LifecycleFilter(form: .single) }
            if part.name == "And" {
                guard part.children.count > 1 else { throw .malformedXML }
                return try parts(of: part, form: .conjunction)
            }
            return try parts(of: filter, form: .single)
        default: throw .malformedXML
        }
    }

    private static func parts(of element: XMLElement, form: LifecycleFilter.Form) throws(S3Error) -> LifecycleFilter {
        var filter = LifecycleFilter(form: form)
        for part in element.children {
            switch part.name {
            case "Prefix": filter.prefix = part.text
            case "Tag":
                guard let key = part["Key"]?.text, let value = part["Value"]?.text else { throw .malformedXML }
                filter.tags.append(Tag(key: key, value: value))
            case "ObjectSizeGreaterThan": filter.sizeAbove = try size(part)
            case "ObjectSizeLessThan": filter.sizeBelow = try size(part)
            default: throw .malformedXML
            }
        }
        return filter
    }

    private static func size(_ element: XMLElement) throws(S3Error) -> Int64 {
        guard let size = Int64(element.text) else { throw .malformedXML }
        return size
    }

    static func encode(_ filter: LifecycleFilter, to xml: inout XMLWriter) {
        if filter.form == .legacyPrefix { return xml.element("Prefix", filter.prefix ?? "") }
        xml.open("Filter")
        if filter.form == .conjunction { xml.open("And") }
        if let prefix = filter.prefix { xml.element("Prefix", prefix) }
        for tag in filter.tags {
            xml.open("Tag")
            xml.element("Key", tag.key)
            xml.element("Value", tag.value)
            xml.close("Tag")
        }
        if let size = filter.sizeAbove { xml.element("ObjectSizeGreaterThan", size) }
        if let size = filter.sizeBelow { xml.element("ObjectSizeLessThan", size) }
        if filter.form == .conjunction { xml.close("And") }
        xml.close("Filter")
    }
}
