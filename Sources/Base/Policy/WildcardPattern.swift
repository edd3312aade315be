/// A text with `*` (any characters) and `?` (one character), and with variables.
package struct WildcardPattern: Sendable {
    /// As it is written.
    package let text: String

    /// Whether the pattern may match `text`, a variable standing for any text.
    package func canMatch(_ text: String) -> Bool { false }

    /// Whether the pattern may match a text that begins with `prefix`, a variable standing for any text.
    package func canMatch(textBeginningWith prefix: String) -> Bool { false }
}
