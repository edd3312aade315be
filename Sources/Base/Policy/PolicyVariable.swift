import Bytes

/// `${key}` or `${key, 'default'}` within a pattern.
///
/// Source: IAM User Guide, "IAM policy elements: Variables and tags".
struct PolicyVariable: Hashable, Sendable {
    let key: ConditionKey
    let fallback: String?

    /// Writes the value at `start`; answers how many bytes it has, or nil when there is none or no room for it. Keys of several
    /// values have none that could stand in a text.
    func write<Context: PolicyContext>(
        into room: UnsafeMutableBufferPointer<UInt8>, from start: Int, _ context: Context, ignoresCase: Bool
    ) -> Int? {
        guard let value = context.values(of: key).singleText ?? fallback else { return nil }
        return value.withBytes { bytes in
            guard bytes.count <= room.count - start else { return nil }
            for (index, byte) in bytes.enumerated() { room[start + index] = ignoresCase ? byte.asciiLowercased : byte }
            return bytes.count
        }
    }
}

/// What of a pattern's text means something beside itself.
struct PatternSyntax: OptionSet {
    let rawValue: Int

    static let wildcards = PatternSyntax(rawValue: 1)
    static let variables = PatternSyntax(rawValue: 2)
    /// Of ASCII letters.
    static let ignoringCase = PatternSyntax(rawValue: 4)
}

extension WildcardPattern {
    /// `number` is what `PolicyRules.number` answers. A `${` that begins no variable is plain text.
    init(_ text: String, _ syntax: PatternSyntax, number: @escaping (String) -> Int? = { _ in 0 }) {
        var reader = PatternReader(syntax: syntax, number: number)
        reader.read(Array(text.utf8)[...])
        self.init(text: text, bytes: reader.bytes, variables: reader.variables, ignoresCase: syntax.contains(.ignoringCase))
    }
}

/// Reads a text from its front into bytes and marks.
private struct PatternReader {
    let syntax: PatternSyntax
    let number: (String) -> Int?
    var bytes: [UInt8] = []
    var variables: [PolicyVariable] = []

    mutating func read(_ text: ArraySlice<UInt8>) {
        var rest = text
        while let byte = rest.first {
            if byte == UInt8(ascii: "$"), syntax.contains(.variables), let length = variable(in: rest) {
                rest = rest.dropFirst(length)
                continue
            }
            bytes.append(unit(byte))
            rest = rest.dropFirst()
        }
    }

    private func unit(_ byte: UInt8) -> UInt8 {
        if syntax.contains(.wildcards) {
            if byte == UInt8(ascii: "*") { return WildcardPattern.Mark.any }
            if byte == UInt8(ascii: "?") { return WildcardPattern.Mark.one }
        }
        return syntax.contains(.ignoringCase) ? byte.asciiLowercased : byte
    }

    /// The length of the variable or escape at the front, or nil when there is none.
    private mutating func variable(in text: ArraySlice<UInt8>) -> Int? {
        guard text.dropFirst().first == UInt8(ascii: "{") else { return nil }
        let inside = text.dropFirst(2)
        if let escaped = inside.first, [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "$")].contains(escaped),
            inside.dropFirst().first == UInt8(ascii: "}")
        {
            bytes.append(escaped)
            return 4
        }
        guard let (name, fallback, length) = Self.split(inside), !name.isEmpty else { return nil }
        let key = ConditionKey(name)
        variables.append(PolicyVariable(key: ConditionKey(name, number: number(key.family) ?? 0), fallback: fallback))
        bytes.append(WildcardPattern.Mark.variable)
        return 2 + length
    }

    /// `key}` or `key, 'default'}`; a default may hold `}` but no `'`.
    private static func split(_ inside: ArraySlice<UInt8>) -> (name: String, fallback: String?, length: Int)? {
        guard let end = inside.firstIndex(where: { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: ",") }) else { return nil }
        let name = trim(inside[..<end])
        if inside[end] == UInt8(ascii: "}") { return (name, nil, end + 1 - inside.startIndex) }
        let quoted = inside[(end + 1)...].drop { $0 == UInt8(ascii: " ") }
        guard quoted.first == UInt8(ascii: "'"), let close = quoted.dropFirst().firstIndex(of: UInt8(ascii: "'")) else { return nil }
        let tail = quoted[(close + 1)...].drop { $0 == UInt8(ascii: " ") }
        guard tail.first == UInt8(ascii: "}") else { return nil }
        let fallback = String(decoding: quoted[(quoted.startIndex + 1)..<close], as: UTF8.self)
        return (name, fallback, tail.startIndex + 1 - inside.startIndex)
    }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> String {
        let front = bytes.drop { $0 == UInt8(ascii: " ") }
        let end = front.lastIndex { $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? front.startIndex
        return String(decoding: front[front.startIndex..<end], as: UTF8.self)
    }
}
