import Model

/// Wall and monotonic time. The only source of time below App.
package protocol Clock: Sendable {
    /// Wall-clock time; may jump.
    func now() -> Timestamp
    /// Nanoseconds since an arbitrary start; never goes back.
    func monotonicNanoseconds() -> UInt64
}

/// The only source of randomness below App. The Linux one is cryptographically secure.
package protocol RandomSource: Sendable {
    func next() -> UInt64
}

/// Everything that storage and domains take from the world, so that a simulation can replay it from one seed.
package struct Environment: Sendable {
    package let disk: any Disk
    package let clock: any Clock
    package let random: any RandomSource

    package init(disk: any Disk, clock: any Clock, random: any RandomSource) {
        self.disk = disk
        self.clock = clock
        self.random = random
    }
}
