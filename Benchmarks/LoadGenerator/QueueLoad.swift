import Bytes
import Crypto
import Environment
import Model

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Clients that send, receive and delete messages in turn, over JSON 1.0, every request signed and every answer checked. One thread
/// serves several of them, as wrk does: a thread for each would spend the machine on switching between them.
///
/// All requests carry the time of the load's start. Sends, and receives, are all alike and signed once; deletes differ.
struct QueueLoad: Sendable {
    static let messageBytes = 1024

    private let target: Target
    private let queue: String
    private let signer: RequestSigner

    /// Makes the queue when it is absent.
    init(_ target: Target, queueName: String) throws {
        self.target = target
        signer = RequestSigner(target: target, time: SystemClock().now())
        let body = Array(#"{"QueueName":"\#(queueName)"}"#.utf8)
        let answer = try Connection(port: target.port).exchange(signer.request(signer.template("CreateQueue"), body))
        guard answer.status == 200 else { throw LoadFailure.status(answer.status, String(decoding: answer.body, as: UTF8.self)) }
        queue = String(decoding: try QueueClient.text("\"QueueUrl\":\"", in: answer.body), as: UTF8.self)
    }

    /// Drives `count` clients until `end` (monotonic nanoseconds); returns how many messages were sent, received and deleted.
    func run(clients count: Int, until end: UInt64) throws -> Int {
        let clock = SystemClock()
        let clients = try (0..<count).map { _ in try QueueClient(Connection(port: target.port), requests) }
        for client in clients { try client.begin() }
        var waiting = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while clock.monotonicNanoseconds() < end {
            guard poll(&waiting, nfds_t(waiting.count), 1000) >= 0 else { throw Connection.Failure.socket(errno) }
            for index in waiting.indices where waiting[index].revents != 0 { try clients[index].advance() }
        }
        return clients.reduce(0) { $0 + $1.deleted }
    }

    private var requests: QueueClient.Requests {
        let message = String(repeating: "m", count: Self.messageBytes)
        let send = #"{"QueueUrl":"\#(queue)","MessageBody":"\#(message)"}"#
        let receive = #"{"QueueUrl":"\#(queue)","MaxNumberOfMessages":1}"#
        return QueueClient.Requests(
            signer: signer, send: signer.request(signer.template("SendMessage"), Array(send.utf8)),
            receive: signer.request(signer.template("ReceiveMessage"), Array(receive.utf8)),
            delete: signer.template("DeleteMessage"), deleteBody: Array(#"{"QueueUrl":"\#(queue)","ReceiptHandle":""#.utf8))
    }
}

/// One client: a connection and where in its cycle it is.
final class QueueClient {
    struct Requests {
        let signer: RequestSigner
        let send: [UInt8]
        let receive: [UInt8]
        let delete: RequestSigner.Template
        /// Up to the handle.
        let deleteBody: [UInt8]
    }

    private enum Step {
        case sending, receiving, deleting
    }

    private let connection: Connection
    private let requests: Requests
    private var step = Step.sending
    private(set) var deleted = 0

    init(_ connection: Connection, _ requests: Requests) {
        self.connection = connection
        self.requests = requests
    }

    var descriptor: Int32 { connection.descriptor }

    func begin() throws { try connection.start(requests.send) }

    /// Reads what came; goes on when the answer is whole.
    func advance() throws {
        guard let answer = try connection.take() else { return }
        guard answer.status == 200 else { throw LoadFailure.status(answer.status, String(decoding: answer.body, as: UTF8.self)) }
        switch step {
        case .sending:
            step = .receiving
            try connection.start(requests.receive)
        case .receiving:
            if let handle = try? Self.text("\"ReceiptHandle\":\"", in: answer.body) {
                step = .deleting
                try connection.start(requests.signer.request(requests.delete, requests.deleteBody + handle + [0x22, 0x7D]))
            } else {
                step = .sending
                try connection.start(requests.send)
            }
        case .deleting:
            deleted += 1
            step = .sending
            try connection.start(requests.send)
        }
    }

    /// The text behind `name`; enough of JSON for what SQS answers.
    static func text(_ name: StaticString, in json: [UInt8]) throws -> ArraySlice<UInt8> {
        guard let start = json.withUnsafeBytes({ Text.find(name, in: $0) }).map({ $0 + name.utf8CodeUnitCount }),
            let end = json[start...].firstIndex(of: UInt8(ascii: "\""))
        else { throw LoadFailure.missing("\(name)") }
        return json[start..<end]
    }
}
