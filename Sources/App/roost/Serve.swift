import ArgumentParser
import RoostServer

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a data folder until SIGTERM.",
        usage: "roost serve [--data DIR] [--listen HOST:PORT] [settings]",
        discussion: "Settings, as flags, in the environment or in a JSON file; flags win, then the environment:\n\n" + ServerOption.helpText
    )

    /// All of them: one table says which there are, and names what is wrong with one.
    @Argument(parsing: .allUnrecognized, help: ArgumentHelp(visibility: .hidden))
    var settings: [String] = []

    func run() async throws {
        try await Failure.reported {
            let settings = try ConfigurationLoader.load(arguments: settings, environment: ProcessInfo.processInfo.environment)
            try await RoostServer(settings, announce: { Output.write($0) }, compose: Composition.open).run()
        }
    }
}
