import ArgumentParser
import JSON
import NIOCore

/// `roost explain`: why the server allowed or refused a request.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a running server refused a request: which statement, which condition, or which allow was missing.",
        discussion: "The request's id is in every answer: the header x-amz-request-id, and RequestId in an error. docs/access.md says more."
    )

    @Argument(help: "The request's id: 16 hexadecimal digits.") var requestID: String
    @OptionGroup var options: AdminOptions

    func run() async throws {
        try await Failure.reported {
            let answer = try await options.ask("Explain", [("requestID", .text(requestID))])
            if options.json { return Output.write("\(String(buffer: JSONValue.object(answer).bytes))\n") }
            for decision in (answer["decisions"]?.array ?? []).compactMap(\.object) { Output.write(Self.text(decision)) }
        }
    }

    private static func text(_ decision: JSONObject) -> String {
        func field(_ name: String) -> String { decision[name]?.string ?? "" }
        let details = (decision["details"]?.array ?? []).compactMap(\.string).map { "  \($0)\n" }.joined()
        return "\(field("decision")): \(field("action")) on \(field("resource"))\n  by \(field("principal")) at \(field("time"))\n"
            + "  because \(field("reason"))\n\(details)"
    }
}
