import ArgumentParser
import EmbeddedStorage
import Model
import RoostServer

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a data folder consistently, while its server goes on serving.",
        discussion:
            "The server writes the copy, so the target is a path on its machine. Without a server the folder is opened for the copy.")

    @Option(help: "The data folder.")
    var data: String = ServerOption.data.fallback ?? "data"

    @Option(help: "The folder to write; must not exist or be empty.")
    var to: String

    func run() async throws {
        try await Failure.reported {
            let target = URL(filePath: to).standardizedFileURL.path
            let start = ContinuousClock.now
            let position = try await backUp(to: target)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            Output.write("backed up \(data) to \(target) as of LSN \(position) in \(Int(seconds.rounded(.up))) s\n")
        }
    }

    private func backUp(to target: String) async throws -> String {
        do {
            return try await FolderCommands.backUp(folder: data, to: target).description
        } catch StorageOpenError.heldBy {
            let client = SignedClient(try Caller.found(dataFolder: data))
            let answer = try await client.json(
                service: AdminDoor.service, target: "Roost.BackUp", path: "/", body: Array(#"{"target":\#(JSONText.quoted(target))}"#.utf8))
            guard answer.status == 200 else { throw CommandFailure("the server refused: \(answer.text)") }
            return String(answer.text.filter(\.isNumber))
        }
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a data folder of a backup.")

    @Option(help: "The backup.")
    var from: String

    @Option(help: "The data folder to make; must not exist or be empty.")
    var data: String

    func run() async throws {
        try await Failure.reported {
            try FolderCommands.restore(from: from, to: data)
            Output.write("restored \(from) to \(data); start it with: roost serve --data \(data)\n")
        }
    }
}

/// A command's failure in words.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
