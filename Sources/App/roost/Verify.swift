import ArgumentParser
import EmbeddedStorage
import Model
import RoostServer

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every checksum and every reference of a data folder.",
        discussion: "Reads everything and changes nothing; no server may run on the folder. Exit code 1 when something is damaged.")

    @Option(help: "The data folder.")
    var data: String = ServerOption.data.fallback ?? "data"

    func run() async throws {
        try await Failure.reported {
            let report = try FolderCommands.verify(folder: data)
            Output.write(Self.text(report))
            if !report.isClean { throw ExitCode.failure }
        }
    }

    private static func text(_ report: VerificationReport) -> String {
        var lines = report.damage.map { "damaged: \($0)" } + report.harmless.map { "harmless: \($0)" }
        lines.append(
            "\(report.records) records up to LSN \(report.last), \(report.keys) keys, \(report.extents) payloads of "
                + "\(report.payloadBytes) bytes: \(report.isClean ? "clean" : "\(report.damage.count) damaged")")
        return lines.joined(separator: "\n") + "\n"
    }
}
