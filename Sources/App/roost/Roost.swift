import ArgumentParser
import RoostServer

@main struct Roost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "Files, events and data for services, over the protocols their SDKs already speak.",
        version: RoostServer.version,
        subcommands: [Serve.self, Demo.self, Verify.self, Backup.self, Restore.self, Admin.self, Version.self]
    )
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() { print("roost \(RoostServer.version)") }
}
