import Environment
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes log lines to a file descriptor on a thread of its own: a pipe that nobody reads must not stop the server.
///
/// Bound: `linesMax` lines; what comes while it is full is dropped and counted.
package final class LogWriter: Sendable {
    package static let linesMax = 8192
    /// What a pipe that is ready takes without blocking: PIPE_BUF.
    private static let pieceBytesMax = 4096
    private static let waitMilliseconds: Int32 = 100
    /// At the end, so many waits for a reader that stands still.
    private static let closingWaitsMax = 10

    private struct State {
        var lines: [String] = []
        var isWriting = false
        var isClosed = false
        var dropped: UInt64 = 0
    }

    private let monitor = Monitor(State())
    private let descriptor: Int32
    private let thread: DedicatedThread

    /// `descriptor` stays the caller's.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
        let monitor = monitor
        thread = DedicatedThread(name: "log") { Self.writeAll(monitor, descriptor) }
    }

    /// Lines that found no room.
    package var dropped: UInt64 { monitor.withLock { $0.dropped } }

    /// `line` ends with a line feed.
    package func write(_ line: String) {
        let mustWake = monitor.withLock { state -> Bool in
            guard state.lines.count < Self.linesMax, !state.isClosed else {
                state.dropped += 1
                return false
            }
            state.lines.append(line)
            return state.lines.count == 1
        }
        if mustWake { monitor.wakeAll() }
    }

    /// Writes what waits and ends the thread; what nobody takes within a second is lost.
    package func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.wakeAll()
        thread.join()
    }

    private static func writeAll(_ monitor: Monitor<State>, _ descriptor: Int32) {
        while true {
            let lines = monitor.wait { state -> [String]? in
                if state.lines.isEmpty { return state.isClosed ? [] : nil }
                defer { state.lines = [] }
                return state.lines
            }
            if lines.isEmpty { return }
            var text = lines.joined()
            text.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                while !rest.isEmpty, waitUntilReady(monitor, descriptor) {
                    let written = systemWrite(descriptor, rest.baseAddress, min(rest.count, pieceBytesMax))
                    if written < 0, errno == EINTR { continue }
                    guard written > 0 else { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                }
            }
        }
    }

    /// False when the writer is being closed and nobody reads.
    private static func waitUntilReady(_ monitor: Monitor<State>, _ descriptor: Int32) -> Bool {
        var asked = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        var closingWaits = 0
        while closingWaits < closingWaitsMax {
            let ready = poll(&asked, 1, waitMilliseconds)
            if ready > 0 { return true }
            if monitor.withLock({ $0.isClosed }) { closingWaits += 1 }
        }
        return false
    }
}

/// The system's `write`, which the method of the same name hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
