import NIOCore

/// Appends XML to a buffer. Characters that XML 1.0 cannot hold (U+0000 to U+001F but tab, LF and CR; U+FFFE, U+FFFF) are written
/// as U+FFFD, so that the document stays well-formed; protocols that must keep them offer `encoding-type=url`.
package struct XMLWriter: ~Copyable {
    package var buffer: ByteBuffer

    /// Writes `<?xml version="1.0" encoding="UTF-8"?>` and a line feed unless `declaration` is false.
    package init(declaration: Bool = true) { fatalError() }
    package mutating func open(_ name: StaticString, xmlns: StaticString? = nil) { fatalError() }
    package mutating func close(_ name: StaticString) { fatalError() }
    /// `<name>text</name>`
    package mutating func element(_ name: StaticString, _ text: String) { fatalError() }
    package mutating func element(_ name: StaticString, _ number: some FixedWidthInteger) { fatalError() }
    package mutating func element(_ name: StaticString, utf8: some Collection<UInt8>) { fatalError() }
    /// With a name that is not known at compile time; the caller vouches for its form.
    package mutating func element(named name: String, _ text: String) { fatalError() }
    package mutating func text(_ text: String) { fatalError() }
}
