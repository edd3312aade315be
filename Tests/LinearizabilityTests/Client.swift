import Model
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Synchronization

/// What the clients of one history share.
final class Race: Sendable {
    private let clock = Atomic<UInt64>(0)
    private let values = Mutex<[ETag: Int]>([:])

    /// Later than every tick given before.
    func tick() -> UInt64 { clock.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }

    /// Which value an ETag stands for. Known before the value is first sent.
    func value(of etag: ETag) -> Int? { values.withLock { $0[etag] } }

    func note(_ etag: ETag, for value: Int) { values.withLock { $0[etag] = value } }
}

/// Sends one call after the other. What it sends depends on its seed and on what it saw before.
struct Client {
    enum Surprise: Error {
        case unknownETag(ETag)
        case bodyOfAnother(value: Int)
    }

    let number: Int
    let objects: Objects
    let race: Race
    let keys: [String]
    private let random: SimRandom
    private var written = 0
    /// What this client last knew of a key: what its If-Match states.
    private var known: [String: (value: Int, etag: ETag)] = [:]

    init(_ number: Int, _ objects: Objects, _ race: Race, keys: [String], random: SimRandom) {
        self.number = number
        self.objects = objects
        self.race = race
        self.keys = keys
        self.random = random
    }

    mutating func run(calls: Int) async throws -> [Event] {
        var events: [Event] = []
        for _ in 0..<calls {
            let key = keys[random.int(in: 0...keys.count - 1)]
            switch random.int(in: 0...9) {
            case 0...2: events.append(try await get(key, withBody: random.oneIn(2)))
            case 3, 4: events.append(try await put(key, .none) { .put($0) })
            case 5, 6: events.append(try await put(key, WriteCondition(ifNoneMatch: .any)) { .putIfAbsent($0) })
            case 7, 8:
                guard let known = known[key] else { fallthrough }
                events.append(
                    try await put(key, WriteCondition(ifMatch: .oneOf([known.etag]))) { .putIfMatch($0, expected: known.value) })
            default: events.append(try await delete(key, known: random.oneIn(2) ? known[key] : nil))
            }
        }
        return events
    }

    private mutating func put(_ key: String, _ condition: WriteCondition, _ call: (Int) -> Call) async throws -> Event {
        written += 1
        let value = number * 1000 + written
        let intake = objects.intake(seal: try await objects.seal(of: StoreUnderTest.bucket, ObjectKey(key)!))
        try await intake.write(ByteBuffer(bytes: Self.body(value)))
        let payload = try await intake.finish()
        race.note(payload.md5.etag(), for: value)
        let request = PutRequest(
            bucket: StoreUnderTest.bucket, key: ObjectKey(key)!, payload: payload, condition: condition, context: StoreUnderTest.context)
        let (event, info) = try await record(key, call(value)) { () async throws(ObjectsError) in
            (.done, try await objects.put(request).value)
        }
        if let info { known[key] = (try self.value(info.etag), info.etag) }
        return event
    }

    private func delete(_ key: String, known: (value: Int, etag: ETag)?) async throws -> Event {
        let condition = DeleteCondition(ifMatch: known.map { .oneOf([$0.etag]) })
        let call: Call = known.map { .deleteIfMatch(expected: $0.value) } ?? .delete
        return try await record(key, call) { () async throws(ObjectsError) in
            let existed = try await objects.delete(
                StoreUnderTest.bucket, ObjectKey(key)!, condition: condition, context: StoreUnderTest.context
            ).value.existed
            return (existed ? .done : .nothingRemoved, ())
        }.event
    }

    private mutating func get(_ key: String, withBody: Bool) async throws -> Event {
        let name = ObjectKey(key)!
        var body: [UInt8] = []
        let invoked = race.tick()
        let etag: ETag
        do throws(ObjectsError) {
            let (object, reader) = try await objects.open(StoreUnderTest.bucket, name) { object throws(ObjectsError) in
                withBody ? 0..<object.info.size : nil
            }
            etag = object.info.etag
            while let piece = try await reader?.next() { body.append(contentsOf: piece.readableBytesView) }
        } catch {
            return Event(client: number, key: key, .get, try Self.outcome(of: error), invoked, race.tick())
        }
        let returned = race.tick()
        let value = try value(etag)
        if withBody, body != Self.body(value) { throw Surprise.bodyOfAnother(value: value) }
        known[key] = (value, etag)
        return Event(client: number, key: key, .get, .seen(value), invoked, returned)
    }

    private func record<Answer>(
        _ key: String, _ call: Call, _ send: () async throws(ObjectsError) -> (Outcome, Answer)
    ) async throws -> (event: Event, answer: Answer?) {
        let invoked = race.tick()
        do throws(ObjectsError) {
            let (outcome, answer) = try await send()
            return (Event(client: number, key: key, call, outcome, invoked, race.tick()), answer)
        } catch {
            let returned = race.tick()
            return (Event(client: number, key: key, call, try Self.outcome(of: error), invoked, returned), nil)
        }
    }

    private func value(_ etag: ETag) throws -> Int {
        guard let value = race.value(of: etag) else { throw Surprise.unknownETag(etag) }
        return value
    }

    /// Nothing else may happen: these stores are not full, not busy and not damaged.
    private static func outcome(of error: ObjectsError) throws(ObjectsError) -> Outcome {
        switch error {
        case .noSuchKey: return .missing
        case .preconditionFailed: return .refused
        default: throw error
        }
    }

    /// A body that no other value has; one in eight is too large to travel with its commit.
    static func body(_ value: Int) -> [UInt8] {
        SimRandom(seed: UInt64(value)).bytes(value.isMultiple(of: 8) ? 300_000 : 16 + value % 50)
    }
}
