import NIOCore

package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As written, a valid JSON number.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package static func parse(_ bytes: ByteBuffer, limits: JSONLimits) throws(JSONError) -> JSONValue { fatalError() }
    package func write(to buffer: inout ByteBuffer) { fatalError() }

    package static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number(String(value)) }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// Nil unless a number without fraction and exponent that fits.
    package var int64: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    package var isNull: Bool { self == .null }
}

/// Members in their order; of members with the same name the last wins.
package struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var members: [Member]

    package struct Member: Hashable, Sendable {
        package let name: String
        package var value: JSONValue
    }

    package init(dictionaryLiteral elements: (String, JSONValue)...) { fatalError() }
    /// Setting nil removes; a new name goes to the end.
    package subscript(_ name: String) -> JSONValue? {
        get { fatalError() }
        set { fatalError() }
    }
}

package struct JSONLimits: Sendable {
    package var bytesMax: Int
    package var valuesMax: Int
    package var depthMax: Int

    package init(bytesMax: Int, valuesMax: Int = 100_000, depthMax: Int = 32) {
        self.bytesMax = bytesMax
        self.valuesMax = valuesMax
        self.depthMax = depthMax
    }
}

package enum JSONError: Error, Hashable, Sendable {
    case tooLarge
    case tooDeep
    case tooManyValues
    /// Byte offset of what makes no sense.
    case malformed(offset: Int)
}
