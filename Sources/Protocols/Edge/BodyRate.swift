/// Counts the bytes of a body while a door waits for them: only then is it the client that is slow.
struct BodyRate {
    private var waitedTicks: UInt32 = 0
    private var windowBytes = 0

    mutating func count(_ bytes: Int) { windowBytes += bytes }

    /// Called once per tick of waiting. True when a whole window went by with fewer bytes than the least rate demands.
    mutating func isTooSlow(_ limits: EdgeLimits, window: UInt32) -> Bool {
        waitedTicks += 1
        guard waitedTicks >= window else { return false }
        let seconds = limits.bodyWindow / .seconds(1)
        let isTooSlow = Double(windowBytes) < Double(limits.bodyBytesPerSecondMin) * seconds
        waitedTicks = 0
        windowBytes = 0
        return isTooSlow
    }
}
