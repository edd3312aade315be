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

    /// Writes what waits and ends the thread.
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
                while !rest.isEmpty {
                    let written = systemWrite(descriptor, rest.baseAddress, rest.count)
                    if written < 0, errno == EINTR { continue }
                    guard written > 0 else { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                }
            }
        }
    }
}

/// The system's `write`, which the method of the same name hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
