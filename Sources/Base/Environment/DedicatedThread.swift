import CIntrinsics
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A thread of the operating system with a name, for work that blocks or owns its state. Starts at once.
///
/// When the last reference goes without `join`, the thread runs on alone to its end.
package final class DedicatedThread: Sendable {
    private struct Handle: @unchecked Sendable {
        let thread: pthread_t
    }

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Nil once joined.
    private let handle: Mutex<Handle?>

    /// `name` shows in `top -H` and debuggers; Linux keeps 15 bytes of it.
    package init(name: String, _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        #if canImport(Darwin)
            var thread: pthread_t?
            let result = pthread_create(&thread, nil, { DedicatedThread.run($0) }, start.toOpaque())
        #else
            var thread = pthread_t()
            let result = pthread_create(&thread, nil, { DedicatedThread.run($0!) }, start.toOpaque())
        #endif
        precondition(result == 0, "no thread can be started (error \(result))")
        #if canImport(Darwin)
            handle = Mutex(Handle(thread: thread!))
        #else
            handle = Mutex(Handle(thread: thread))
        #endif
    }

    private static func run(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        roost_name_this_thread(start.name)
        start.body()
        return nil
    }

    /// Waits for the end of the thread. Blocks; a second call returns at once. Not from the thread itself.
    package func join() {
        let taken = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        guard let taken else { return }
        precondition(pthread_equal(taken.thread, pthread_self()) == 0, "a thread cannot wait for itself")
        pthread_join(taken.thread, nil)
    }

    deinit {
        if let left = handle.withLock({ $0 }) { pthread_detach(left.thread) }
    }
}
