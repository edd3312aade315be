/// Decides whether the calls of one key can be put in an order in which each takes effect between its invocation and its response
/// and is answered as one client alone would be answered. An object is linearizable if each of its keys is (Herlihy and
/// Wing, 1990: locality), so that keys are judged one by one.
///
/// The search is Wing and Gong's (1993): whatever was invoked before the first response among the calls that remain may come
/// next. It is exponential; two things make it quick for histories of few clients. It remembers from which sets of done calls and
/// states no order was found (Lowe, 2017). And a call that may come next and changes nothing comes next, without trying others: if there is
/// an order, then also one that begins with it.
struct Linearization {
    static let eventsMax = UInt64.bitWidth

    private struct Place: Hashable {
        let done: UInt64
        let register: Register
    }

    private let events: [Event]
    private var hopeless: Set<Place> = []
    private var order: [Int] = []

    /// The events in such an order; nil when there is none. All of one key, at most `eventsMax`.
    static func find(_ events: [Event]) -> [Event]? {
        precondition(events.count <= eventsMax && Set(events.map(\.key)).count <= 1)
        var search = Linearization(events: events)
        return search.extend(done: 0, Register()) ? search.order.map { events[$0] } : nil
    }

    private init(events: [Event]) {
        self.events = events
    }

    private mutating func extend(done: UInt64, _ register: Register) -> Bool {
        if order.count == events.count { return true }
        let place = Place(done: done, register: register)
        if hopeless.contains(place) { return false }
        let remaining = events.indices.filter { done & 1 << UInt64($0) == 0 }
        let firstReturn = remaining.map { events[$0].returned }.min()!
        var candidates: [(index: Int, next: Register)] = []
        for index in remaining where events[index].invoked < firstReturn {
            var next = register
            guard next.answer(to: events[index].call) == events[index].outcome else { continue }
            if next == register {
                candidates = [(index, next)]
                break
            }
            candidates.append((index, next))
        }
        for (index, next) in candidates {
            order.append(index)
            if extend(done: done | 1 << UInt64(index), next) { return true }
            order.removeLast()
        }
        hopeless.insert(place)
        return false
    }
}
