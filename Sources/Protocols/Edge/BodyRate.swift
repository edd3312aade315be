/// Counts the bytes of a body while a door waits for them: only then is it the client that is slow.
struct BodyRate {
    private var waitedTicks: UInt32 = 0
    private var windowBytes = 0

    mutating func count(_ bytes: Int) { windowBytes += bytes }

    /// Called once per tick of waiting. True when a whole window went by with fewer bytes than the least rate demands. `pressing` is what
    /// the request holds of memory for which others wait: a part of it has to come, or the memory serves nobody.
    mutating func isTooSlow(_ limits: EdgeLimits, pressing: Int) -> Bool {
        waitedTicks += 1
        let window = pressing > 0 ? limits.pressedTimeout : limits.bodyWindow
        guard waitedTicks >= limits.ticks(window) else { return false }
        let least = Double(limits.bodyBytesPerSecondMin) * (window / .seconds(1)) + Double(pressing / EdgeLimits.pressedShare)
        let isTooSlow = Double(windowBytes) < least
        waitedTicks = 0
        windowBytes = 0
        return isTooSlow
    }
}
