/// When waits end, the earliest first. Most are as long as each other, so a new one nearly always goes to the end.
struct Deadlines {
    struct Entry {
        /// Monotonic nanoseconds.
        let time: UInt64
        let space: UInt64
        let id: UInt64
    }

    private var entries: [Entry] = []
    private var head = 0

    var first: Entry? { head < entries.count ? entries[head] : nil }

    mutating func insert(_ entry: Entry) {
        var low = head
        var high = entries.count
        if let last = entries.last, last.time <= entry.time { low = high }
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].time <= entry.time { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
    }

    mutating func popFirst() -> Entry? {
        guard let entry = first else { return nil }
        head += 1
        if head > 64, head > entries.count / 2 {
            entries.removeFirst(head)
            head = 0
        }
        return entry
    }
}
