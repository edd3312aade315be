/// The demo's lines: aligned, coloured on a terminal only.
struct DemoPage: Sendable {
    private static let titleWidth = 38
    private static let requestWidth = 46

    let isColoured: Bool

    func opening(_ endpoint: String) {
        Output.write("\n\(bold("Roost")) at \(endpoint)\n\n")
    }

    func chapter(_ text: String) {
        Output.write("\(bold(text))\n")
    }

    /// `milliseconds` and `position` (an LSN) stand at the right where there are any.
    func step(_ number: Int, _ title: String, _ request: String, milliseconds: Double, position: String?) {
        let time = Self.left(Self.oneDecimal(milliseconds), 8) + " ms"
        let place = position.map { "   LSN \($0)" } ?? ""
        Output.write(
            "  \(Self.left(String(number), 2))  \(Self.right(title, Self.titleWidth))\(dim(Self.right(request, Self.requestWidth)))")
        Output.write("\(green("ok"))\(time)\(dim(place))\n")
    }

    func detail(_ name: String, _ value: String) {
        Output.write("      \(dim(Self.right(name, 12)))\(value)\n")
    }

    func closing(_ text: String) {
        Output.write("\n\(text)\n\n")
    }

    func failed(_ number: Int, _ title: String, _ reason: String) {
        Output.write("  \(Self.left(String(number), 2))  \(Self.right(title, Self.titleWidth))\(red("failed"))\n      \(reason)\n")
    }

    private func bold(_ text: String) -> String { coloured(text, "1") }
    private func dim(_ text: String) -> String { coloured(text, "2") }
    private func green(_ text: String) -> String { coloured(text, "32") }
    private func red(_ text: String) -> String { coloured(text, "31") }

    private func coloured(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private static func right(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func left(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
