import Bytes
import NIOCore

/// A JSON value (RFC 8259). `parse` and `write` are strict and deterministic.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As written, a valid JSON number.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// Parses a whole text, white space around it allowed. Invalid UTF-8 and lone surrogates are refused.
    package static func parse(_ bytes: ByteBuffer, limits: JSONLimits) throws(JSONError) -> JSONValue {
        try bytes.withUnsafeReadableBytes { bytes in
            do throws(JSONError) {
                return Result<JSONValue, JSONError>.success(try JSONParser.parse(bytes, limits: limits))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    package static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number(String(value)) }
    package static func strings(_ values: some Sequence<String>) -> JSONValue { .array(values.map { .string($0) }) }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// Nil unless a number without fraction and exponent that fits.
    package var int64: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    package var isNull: Bool { if case .null = self { true } else { false } }
}

/// Members in their order; of members with the same name the last wins, in the place of the first.
///
/// Names are compared byte by byte, not by Unicode's equivalence.
package struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var members: [Member]

    package struct Member: Hashable, Sendable {
        package let name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }

        package static func == (a: Member, b: Member) -> Bool { ByteSearch.equal(a.name, b.name) && a.value == b.value }
    }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { Member($0.0, $0.1) })
    }

    package init(_ members: [Member] = []) {
        self.members = Self.withoutRepeated(members)
    }

    package var isEmpty: Bool { members.isEmpty }

    /// Setting nil removes; a new name goes to the end. Takes a time that grows with the number of members.
    package subscript(_ name: String) -> JSONValue? {
        get { members.first { ByteSearch.equal($0.name, name) }?.value }
        set {
            let index = members.firstIndex { ByteSearch.equal($0.name, name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name, value))
            case (nil, nil): break
            }
        }
    }

    /// Up to here each member is compared with each, which costs less than sorting them.
    private static let comparedMax = 16

    /// By sorting where there are many, so that a hostile object costs no quadratic time.
    private static func withoutRepeated(_ members: [Member]) -> [Member] {
        if members.count <= comparedMax {
            let isRepeated = members.indices.contains { index in
                members[..<index].contains { ByteSearch.equal($0.name, members[index].name) }
            }
            guard isRepeated else { return members }
        }
        let order = members.indices.sorted { a, b in
            let (first, second) = (members[a].name, members[b].name)
            return ByteSearch.equal(first, second) ? a < b : first.utf8.lexicographicallyPrecedes(second.utf8)
        }
        var result = members
        var repeated: Set<Int> = []
        var first = order[0]
        for index in order.dropFirst() {
            if ByteSearch.equal(members[index].name, members[first].name) {
                result[first].value = members[index].value
                repeated.insert(index)
            } else {
                first = index
            }
        }
        guard !repeated.isEmpty else { return members }
        return result.indices.filter { !repeated.contains($0) }.map { result[$0] }
    }
}

/// What a text may have at most.
package struct JSONLimits: Sendable {
    package var bytesMax: Int
    /// Values of all kinds, counted together: a value takes more memory than the two bytes that it may have on the wire.
    package var valuesMax: Int
    package var depthMax: Int
    /// Off where two members of one name could mean that readers disagree on what was said.
    package var allowsRepeatedNames = true

    package init(bytesMax: Int, valuesMax: Int = 100_000, depthMax: Int = 32) {
        self.bytesMax = bytesMax
        self.valuesMax = valuesMax
        self.depthMax = depthMax
    }
}

/// Every case is `SerializationException` in AWS's JSON protocols.
package enum JSONError: Error, Hashable, Sendable {
    case tooLarge
    case tooDeep
    case tooManyValues
    /// Byte offset of what makes no sense.
    case malformed(offset: Int)
}
