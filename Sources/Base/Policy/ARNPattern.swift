/// What the Arn operators compare with: each of an ARN's six parts by itself, so that a `*` never crosses a colon, but in the
/// last part, which may hold colons.
///
/// Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators"; `ArnEquals` and `ArnLike` behave alike.
struct ARNPattern: Hashable, Sendable {
    let text: String
    /// Six, or none for a text that can match no ARN. `*` alone matches every ARN.
    private let parts: [WildcardPattern]

    private static let partsCount = 6

    init(_ text: String, _ syntax: PatternSyntax, number: @escaping (String) -> Int?) {
        self.text = text
        if text == "*" {
            parts = Array(repeating: WildcardPattern("*", .wildcards), count: Self.partsCount)
            return
        }
        let pieces = Self.split(Array(text.utf8)[...], knowsVariables: syntax.contains(.variables))
        parts = pieces.count == Self.partsCount ? pieces.map { WildcardPattern($0, syntax, number: number) } : []
    }

    /// Whether it stands for one ARN only.
    var isFixed: Bool { parts.allSatisfy(\.isFixed) }

    func matches<Context: PolicyContext>(_ arn: UnsafeBufferPointer<UInt8>, _ context: Context) -> Bool {
        guard !parts.isEmpty else { return false }
        var start = 0
        for (index, part) in parts.enumerated() {
            var end = arn.count
            if index < Self.partsCount - 1 {
                guard let colon = arn[start...].firstIndex(of: UInt8(ascii: ":")) else { return false }
                end = colon
            }
            guard part.matches(UnsafeBufferPointer(rebasing: arn[start..<end]), context) else { return false }
            start = min(end + 1, arn.count)
        }
        return true
    }

    /// At the first five colons that stand in no variable: `${aws:username}` holds one.
    private static func split(_ text: ArraySlice<UInt8>, knowsVariables: Bool) -> [String] {
        var pieces: [String] = []
        var start = text.startIndex
        var insideVariable = false
        for index in text.indices where pieces.count < partsCount - 1 {
            let opens = text[index] == UInt8(ascii: "$") && text[(index + 1)...].first == UInt8(ascii: "{")
            if knowsVariables, opens, text[index...].contains(UInt8(ascii: "}")) { insideVariable = true }
            if text[index] == UInt8(ascii: "}") { insideVariable = false }
            guard text[index] == UInt8(ascii: ":"), !insideVariable else { continue }
            pieces.append(String(decoding: text[start..<index], as: UTF8.self))
            start = index + 1
        }
        return pieces + [String(decoding: text[start...], as: UTF8.self)]
    }
}
