import ArgumentParser
import JSON
import NIOCore
import RoostServer

/// Commands for a running server, over its own port and signed by its root's key. docs/admin.md describes them.
struct Admin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make and change accounts, users, access keys, quotas and presigned URLs of a running server.",
        subcommands: [AccountCommands.self, UserCommands.self, KeyCommands.self, BucketCommands.self, URLCommands.self])
}

/// Where the server is, and how its answer is printed.
struct AdminOptions: ParsableArguments {
    @Option(help: "The data folder of a server on this machine. Without it AWS_ENDPOINT_URL and the root's AWS keys name the server.")
    var data: String?

    @Flag(help: "Print the server's answer as JSON.")
    var json = false

    /// Asks the server, and prints its answer; `columns` of what it lists, or of the one thing that it answers.
    func run(_ operation: String, _ input: [(String, JSONValue?)], columns: [String] = []) async throws {
        try await Failure.reported {
            let answer = try await ask(operation, input)
            if json { return Output.write("\(String(buffer: JSONValue.object(answer).bytes))\n") }
            for member in answer.members {
                switch member.value {
                case .array(let rows): Output.write(AdminText.table(rows.compactMap(\.object), columns))
                case .object(let object): Output.write(AdminText.lines(object))
                default: Output.write("\(member.name): \(AdminText.text(member.value))\n")
                }
            }
        }
    }

    private func ask(_ operation: String, _ input: [(String, JSONValue?)]) async throws -> JSONObject {
        let client = SignedClient(try Caller.found(dataFolder: data))
        let members = input.compactMap { name, value in value.map { JSONObject.Member(name, $0) } }
        let body = Array(JSONValue.object(JSONObject(members)).bytes.readableBytesView)
        let answer = try await client.json(service: AdminDoor.service, target: "Roost.\(operation)", path: "/", body: body)
        let parsed = try? JSONValue.parse(ByteBuffer(bytes: answer.body), limits: JSONLimits(bytesMax: 256 << 20, valuesMax: 10_000_000))
        guard let object = parsed?.object else {
            throw CommandFailure("the server's answer makes no sense: \(answer.status) \(answer.text)")
        }
        guard answer.status == 200 else {
            throw CommandFailure("\(object["__type"]?.string ?? "error \(answer.status)"): \(object["message"]?.string ?? answer.text)")
        }
        return object
    }
}

extension JSONValue {
    /// Nil stays nil: the member is left out.
    static func text(_ text: String?) -> JSONValue? { text.map { .string($0) } }
}

/// Answers for people.
enum AdminText {
    static func text(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text), .number(let text): text
        case .bool(let bool): bool ? "yes" : "no"
        case .null, nil: "-"
        case .object(let object): object.isEmpty ? "-" : object.members.map(\.name).joined(separator: ", ")
        case .array(let elements): elements.map(text).joined(separator: ", ")
        }
    }

    static func lines(_ object: JSONObject) -> String {
        let width = object.members.map(\.name.count).max() ?? 0
        return object.members.map { "\(padded($0.name + ":", width + 1)) \(text($0.value))\n" }.joined()
    }

    static func table(_ rows: [JSONObject], _ columns: [String]) -> String {
        let cells = [columns] + rows.map { row in columns.map { text(row[$0]) } }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            zip(row, widths).map { padded($0, $1) }.joined(separator: "  ") + "\n"
        }.joined()
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
