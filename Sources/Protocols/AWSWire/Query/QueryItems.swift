/// The parameters of a URL's query (S3), decoded when asked for. `?uploads` is a parameter without value; `+` is a space.
package struct QueryItems: Sendable {
    package init(rawQuery: String) { fatalError() }
    package var isEmpty: Bool { fatalError() }
    /// Present, with or without value.
    package func contains(_ name: StaticString) -> Bool { fatalError() }
    /// The first of that name, decoded: "" without a value, nil when absent, or when it is not UTF-8 or a broken escape (see `isWellFormed`).
    package func value(_ name: StaticString) -> String? { fatalError() }
    /// All, decoded, in their order.
    package var all: [(name: String, value: String?)] { fatalError() }
    /// Every name and value is validly percent-encoded UTF-8. AWS answers 400 InvalidURI otherwise.
    package var isWellFormed: Bool { fatalError() }
}
