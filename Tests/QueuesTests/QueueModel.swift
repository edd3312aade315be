import Queues

/// What a queue has to do, as plainly as it can be said: a list that is searched.
struct QueueModel {
    struct Message {
        let body: String
        let order: Int
        let sentAt: Int64
        var visibleAt: Int64
        var receives = 0
    }

    var retention: Int64
    var messages: [Message] = []
    private var sent = 0

    init(retention: Int64) {
        self.retention = retention
    }

    mutating func send(_ body: String, now: Int64, delay: Int64) {
        messages.append(Message(body: body, order: sent, sentAt: now, visibleAt: now + delay))
        sent += 1
    }

    mutating func expire(now: Int64) {
        messages.removeAll { $0.sentAt + retention <= now }
    }

    /// The bodies that a receive must give, in order; they are hidden until `now + timeout`.
    mutating func receive(_ countMax: Int, now: Int64, timeout: Int64) -> [String] {
        expire(now: now)
        let visible = messages.indices.filter { messages[$0].visibleAt <= now }
            .sorted { (messages[$0].visibleAt, messages[$0].order) < (messages[$1].visibleAt, messages[$1].order) }
            .prefix(countMax)
        for index in visible {
            messages[index].visibleAt = now + timeout
            messages[index].receives += 1
        }
        return visible.map { messages[$0].body }
    }

    mutating func delete(_ body: String) {
        messages.removeAll { $0.body == body }
    }

    func counts(now: Int64) -> (visible: Int, inFlight: Int, delayed: Int) {
        let hidden = messages.filter { $0.visibleAt > now }
        let inFlight = hidden.filter { $0.receives > 0 }.count
        return (messages.count - hidden.count, inFlight, hidden.count - inFlight)
    }
}
