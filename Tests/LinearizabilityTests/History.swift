/// What a client asked of one key. Values are numbers, each written at most once in a history.
enum Call: Hashable, Sendable {
    case put(Int)
    /// If-None-Match: *
    case putIfAbsent(Int)
    /// If-Match
    case putIfMatch(Int, expected: Int)
    case delete
    case deleteIfMatch(expected: Int)
    /// Of the head alone or with the body.
    case get
}

/// What the client was told.
enum Outcome: Hashable, Sendable {
    /// Stored, or removed.
    case done
    /// An unconditional delete of what was not there.
    case nothingRemoved
    case seen(Int)
    /// 404
    case missing
    /// 412
    case refused
}

/// One call from its invocation to its response, both in ticks of one logical clock that never gives a tick twice.
struct Event: Hashable, Sendable, CustomStringConvertible {
    let client: Int
    let key: String
    let call: Call
    let outcome: Outcome
    let invoked: UInt64
    let returned: UInt64

    init(client: Int, key: String = "k", _ call: Call, _ outcome: Outcome, _ invoked: UInt64, _ returned: UInt64) {
        precondition(invoked < returned)
        self.client = client
        self.key = key
        self.call = call
        self.outcome = outcome
        self.invoked = invoked
        self.returned = returned
    }

    var description: String { "\(invoked)-\(returned) client \(client): \(call) -> \(outcome)" }
}

/// What a key is when only one client exists: the sequential specification.
struct Register: Hashable {
    private var value: Int?

    /// Carries out a call and says what it has to answer.
    mutating func answer(to call: Call) -> Outcome {
        switch call {
        case .put(let new):
            value = new
        case .putIfAbsent(let new):
            if value != nil { return .refused }
            value = new
        case .putIfMatch(let new, let expected):
            guard let value else { return .missing }
            if value != expected { return .refused }
            self.value = new
        case .delete:
            if value == nil { return .nothingRemoved }
            value = nil
        case .deleteIfMatch(let expected):
            guard let value else { return .missing }
            if value != expected { return .refused }
            self.value = nil
        case .get:
            return value.map { .seen($0) } ?? .missing
        }
        return .done
    }
}
