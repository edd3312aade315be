import ArgumentParser
import Environment
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct Target: Sendable {
    let port: UInt16
    let accessKey: String
    let secretKey: String
}

enum LoadFailure: Error {
    case status(Int, String)
    case missing(String)
    case usage(String)
}

/// Load that wrk cannot make: requests that depend on the answers before, and a list of requests each sent once.
/// Bounded in time or in count; sends to 127.0.0.1 only.
@main
struct LoadGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "roost-load")

    @Option(help: "http://127.0.0.1:PORT")
    var endpoint: String

    @Option(help: "Connections.")
    var clients = 16

    @Option(help: "How long the queue load runs.")
    var seconds = 5

    @Option(help: "A file of request targets, one a line: each is PUT once.")
    var putAll: String?

    @Option(help: "Bytes of each body.")
    var bodyBytes = 16

    /// As wrk has in the other loads.
    private static let queueThreads = 2

    func run() throws {
        guard let colon = endpoint.lastIndex(of: ":"), let port = UInt16(endpoint[endpoint.index(after: colon)...]),
            endpoint.hasPrefix("http://127.0.0.1:")
        else { throw LoadFailure.usage("the endpoint is http://127.0.0.1:PORT") }
        let environment = ProcessInfo.processInfo.environment
        let target = Target(
            port: port, accessKey: environment["AWS_ACCESS_KEY_ID"] ?? "", secretKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "")
        if let putAll { try put(targetsIn: putAll, target) } else { try exchangeMessages(target) }
    }

    /// Prints messages per second: each was sent, received and deleted.
    private func exchangeMessages(_ target: Target) throws {
        let load = try QueueLoad(target, queueName: "load")
        let clock = SystemClock()
        let begun = clock.monotonicNanoseconds()
        let end = begun + UInt64(seconds) * 1_000_000_000
        let threads = min(Self.queueThreads, clients)
        let total = try onThreads(threads) { number in
            try load.run(clients: clients / threads + (number < clients % threads ? 1 : 0), until: end)
        }
        let elapsed = Double(clock.monotonicNanoseconds() - begun) / 1e9
        print("\(Double(total) / elapsed) messages/s")
    }

    private func put(targetsIn path: String, _ target: Target) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw LoadFailure.usage("cannot read \(path)") }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        let body = [UInt8](repeating: UInt8(ascii: "r"), count: bodyBytes)
        let total = try onThreads(clients) { number in
            let connection = try Connection(port: target.port)
            var count = 0
            for index in stride(from: number, to: lines.count, by: clients) {
                let head = "PUT \(lines[index]) HTTP/1.1\r\nHost: 127.0.0.1:\(target.port)\r\nContent-Length: \(body.count)\r\n\r\n"
                let answer = try connection.exchange(Array(head.utf8) + body)
                guard (200...204).contains(answer.status) else {
                    throw LoadFailure.status(answer.status, String(decoding: answer.body, as: UTF8.self))
                }
                count += 1
            }
            return count
        }
        print("\(total) objects")
    }

    /// The sum of what `work` returns on `count` threads; the first error ends the program.
    private func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) throws -> Int) throws -> Int {
        let outcomes = Mutex<[Result<Int, any Error>]>([])
        let threads = (0..<count).map { number in
            DedicatedThread(name: "load-\(number)") {
                let outcome = Result { try work(number) }
                outcomes.withLock { $0.append(outcome) }
            }
        }
        for thread in threads { thread.join() }
        return try outcomes.withLock { try $0.reduce(0) { try $0 + $1.get() } }
    }
}
