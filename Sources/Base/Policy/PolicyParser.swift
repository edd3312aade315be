import JSON
import NIOCore

/// From a policy's text to statements that can be decided.
///
/// Source: IAM User Guide, "Grammar of the IAM JSON policy language". Names of elements are compared with their case.
struct PolicyParser<Rules: PolicyRules> {
    let rules: Rules

    /// A policy nests six deep: document, list of statements, statement, Condition, operator, values. The rest is for wrong
    /// ones that deserve a better word than "invalid".
    private static var depthMax: Int { 8 }

    func parse(_ text: some Collection<UInt8>) throws(PolicyError) -> PolicyDocument {
        guard text.count <= rules.textBytesMax else { throw .tooLarge(bytesMax: rules.textBytesMax) }
        guard text.first == UInt8(ascii: "{") else { throw .firstByteIsNotBrace }
        let document = try Self.document(text, bytesMax: rules.textBytesMax)
        try refuseUnknown(document, known: ["Version", "Id", "Statement"])
        let version = try version(document["Version"])
        guard let list = document["Statement"] else { throw .missingField("Statement") }
        let id = try document["Id"].map { value throws(PolicyError) in try string(value, "Id") }
        let statements = try statements(list, variables: version == .v2012)
        return PolicyDocument(version: version, id: id, statements: statements)
    }

    private static func document(_ text: some Collection<UInt8>, bytesMax: Int) throws(PolicyError) -> JSONObject {
        var limits = JSONLimits(bytesMax: bytesMax, depthMax: depthMax)
        limits.allowsRepeatedNames = false
        do throws(JSONError) {
            guard let object = try JSONValue.parse(ByteBuffer(bytes: text), limits: limits).object else { throw .malformed(offset: 0) }
            return object
        } catch {
            throw .invalidJSON
        }
    }

    /// Without a version it is the old one.
    private func version(_ value: JSONValue?) throws(PolicyError) -> PolicyVersion {
        guard let value else { return .v2008 }
        guard let text = value.string, let version = PolicyVersion(rawValue: text) else { throw .invalidVersion }
        return version
    }

    private func statements(_ list: JSONValue, variables: Bool) throws(PolicyError) -> [PolicyStatement] {
        var statements: [PolicyStatement] = []
        for value in list.array ?? [list] {
            guard let object = value.object else { throw .syntax("Statement") }
            statements.append(try statement(object, index: statements.count, variables: variables))
        }
        if statements.isEmpty { throw .emptyStatement }
        if rules.kind == .identity {
            let sids = statements.compactMap(\.sid).filter { !$0.isEmpty }
            if Set(sids).count < sids.count { throw .repeatedSid }
        }
        return statements
    }

    private func statement(_ object: JSONObject, index: Int, variables: Bool) throws(PolicyError) -> PolicyStatement {
        try refuseUnknown(
            object,
            known: [
                "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
            ])
        if object.isEmpty { throw .emptyStatement }
        let effect = try effect(object["Effect"])
        let (principals, excludesPrincipals) = try principals(object, effect)
        let (actions, excludesActions) = try patterns(object, "Action", .invalidAction)
        let (resources, excludesResources) = try patterns(object, "Resource", .invalidResource)
        let syntax: PatternSyntax = variables ? [.wildcards, .variables] : .wildcards
        for action in actions where !Self.isAction(action) { throw .invalidAction }
        for resource in resources where !Self.isResource(resource) { throw .invalidResource }
        let statement = PolicyStatement(
            index: index, sid: try sid(object["Sid"]), effect: effect, principals: principals, excludesPrincipals: excludesPrincipals,
            actions: actions.map { WildcardPattern($0, [.wildcards, .ignoringCase]) }, excludesActions: excludesActions,
            resources: resources.map { WildcardPattern($0, syntax, number: rules.number) }, excludesResources: excludesResources,
            conditions: try conditions(object["Condition"], variables: variables))
        try rules.check(statement)
        return statement
    }

    private func sid(_ value: JSONValue?) throws(PolicyError) -> String? {
        guard let value else { return nil }
        let sid = try string(value, "Sid")
        let isAlphanumeric = sid.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 || $0.asciiLowercased &- UInt8(ascii: "a") < 26 }
        if rules.kind == .identity, !isAlphanumeric { throw .invalidSid }
        return sid
    }

    private func effect(_ value: JSONValue?) throws(PolicyError) -> PolicyStatement.Effect {
        guard let value else { throw .missingField("Effect") }
        let text = try string(value, "Effect")
        guard let effect = PolicyStatement.Effect(rawValue: text) else { throw .invalidEffect(text) }
        return effect
    }

    /// The texts of an element or of its opposite, one of which there must be.
    private func patterns(_ object: JSONObject, _ name: String, _ error: PolicyError) throws(PolicyError) -> ([String], Bool) {
        let excluded = "Not" + name
        if object[name] != nil, object[excluded] != nil { throw .syntax(name) }
        guard let value = object[name] ?? object[excluded] else { throw .missingField(name) }
        guard let texts = Self.strings(value), !texts.isEmpty else { throw error }
        return (texts, object[name] == nil)
    }

    /// `*`, or a service's prefix, a colon and a name.
    private static func isAction(_ text: String) -> Bool {
        if text == "*" || text == "*:*" { return true }
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
        func isName(_ byte: UInt8) -> Bool {
            byte &- UInt8(ascii: "0") < 10 || byte.asciiLowercased &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-")
        }
        return parts[0].allSatisfy(isName)
            && parts[1].allSatisfy { isName($0) || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "_") }
    }

    /// `*`, or an ARN of six parts, of which a last `*` may stand for several.
    private static func isResource(_ text: String) -> Bool {
        if text == "*" { return true }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts[0] == "arn", parts.count == 6 || text.hasSuffix("*") else { return false }
        return parts.count < 6 || !parts[5].isEmpty
    }

    func refuseUnknown(_ object: JSONObject, known: Set<String>) throws(PolicyError) {
        for member in object.members where !known.contains(member.name) { throw .unknownField(member.name) }
    }

    func string(_ value: JSONValue, _ element: String) throws(PolicyError) -> String {
        guard let text = value.string else { throw .syntax(element) }
        return text
    }

    /// A text or a list of texts; nil for all else.
    static func strings(_ value: JSONValue) -> [String]? {
        if let text = value.string { return [text] }
        guard let array = value.array else { return nil }
        let texts = array.compactMap(\.string)
        return texts.count == array.count ? texts : nil
    }
}
