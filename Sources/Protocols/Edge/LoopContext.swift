import Bytes
import Environment
import Model
import NIOCore

/// Looked at once per tick, on its event loop.
protocol Watched: AnyObject {
    func tick(_ now: UInt32)
    /// Closes the connection, whatever is under way.
    func cutOff()
}

/// What all connections of one event loop share. Everything but `init`, `start` and `cutAll` runs on that loop, so nothing is locked.
///
/// Timeouts count ticks of one timer per loop: a timer per request costs more than many a request does.
final class LoopContext: @unchecked Sendable {
    let loop: any EventLoop
    let executor: LoopExecutor
    let clock: any Clock
    let limits: EdgeLimits
    let memory: BodyMemory
    var knownFields = KnownFields()
    private(set) var tick: UInt32 = 0
    private var watched: [ObjectIdentifier: any Watched] = [:]
    private var timer: RepeatedTask?
    private var idState: UInt64
    private var dateSecond: Int64 = .min
    private var dateText = ""

    init(loop: any EventLoop, clock: any Clock, random: any RandomSource, limits: EdgeLimits, memory: BodyMemory) {
        self.loop = loop
        self.executor = LoopExecutor(loop)
        self.clock = clock
        self.limits = limits
        self.memory = memory
        self.idState = random.next()
    }

    func start() {
        loop.execute { [self] in
            let interval = TimeAmount(limits.tick)
            timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in self?.turn() }
        }
    }

    func stop() {
        loop.execute { [self] in
            timer?.cancel()
            timer = nil
        }
    }

    /// Closes what is still open when the server has waited long enough for requests to finish.
    func cutAll(after delay: Duration) {
        loop.scheduleTask(in: TimeAmount(delay)) { [weak self] in
            guard let self else { return }
            for connection in Array(watched.values) { connection.cutOff() }
        }
    }

    private func turn() {
        tick &+= 1
        for connection in Array(watched.values) {
            connection.tick(tick)
        }
    }

    func watch(_ connection: any Watched) { watched[ObjectIdentifier(connection)] = connection }

    func unwatch(_ connection: any Watched) { watched[ObjectIdentifier(connection)] = nil }

    /// Unique, but no secret: a sequence that visits all 2^64 values, scattered (the mixer of SplitMix64).
    func nextRequestID() -> RequestID {
        idState &+= 0x9E37_79B9_7F4A_7C15
        var mixed = idState
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return RequestID(random: mixed ^ (mixed >> 31))
    }

    /// The text of a `Date` header; made once a second.
    func date() -> String {
        let now = clock.now()
        if now.seconds != dateSecond {
            dateSecond = now.seconds
            dateText = HTTPDate.format(now)
        }
        return dateText
    }
}

/// Runs a request's task on its connection's event loop: its reads and writes then need no hop between threads.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
