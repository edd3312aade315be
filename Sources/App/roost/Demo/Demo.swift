import ArgumentParser
import RoostServer

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what Roost does, with real requests against a running server.",
        discussion: """
            Service A stores a file; service B hears of it and fetches it. Makes a bucket and a queue of its own and removes them.
            Takes endpoint and keys from AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the data folder
            of a server on this machine.
            """)

    @Option(help: "The data folder of a running server.")
    var data: String?

    func run() async throws {
        try await Failure.reported {
            let caller = try Caller.found(dataFolder: data)
            try await DemoStory(client: SignedClient(caller), page: DemoPage(isColoured: Output.isTerminal)).tell()
        }
    }
}
