/// A setting that cannot be used. The text names it and says what would do.
package struct ConfigurationError: Error, CustomStringConvertible, Equatable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
