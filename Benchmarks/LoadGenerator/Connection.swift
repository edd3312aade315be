#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// An HTTP/1.1 connection to 127.0.0.1: one request, then its answer. As little work as can be, because the
/// generator shares the machine with what it measures.
final class Connection {
    enum Failure: Error {
        case socket(Int32)
        case closed
        case malformed
    }

    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    /// Bytes of the buffer that were received.
    private var used = 0

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.socket(errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else { throw Failure.socket(errno) }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    func exchange(_ request: [UInt8]) throws -> Answer {
        try start(request)
        while true {
            if let answer = try take(waiting: true) { return answer }
        }
    }

    /// Sends a request, which is small enough for the socket's buffer or is waited for.
    func start(_ request: [UInt8]) throws {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, request.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.socket(errno) }
            sent += count
        }
    }

    /// Reads once; the answer when it is whole.
    func take(waiting: Bool = false) throws -> Answer? {
        if used == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
        let flags = waiting ? 0 : Int32(MSG_DONTWAIT)
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + used, $0.count - used, flags) }
        if count < 0, errno == EAGAIN { return nil }
        guard count > 0 else { throw Failure.closed }
        used += count
        guard let (status, body) = try buffer.withUnsafeBytes({ try Self.parse(UnsafeRawBufferPointer(rebasing: $0[..<used])) })
        else { return nil }
        // One request at a time: nothing follows its answer.
        used = 0
        return Answer(status: status, body: Array(buffer[body]))
    }

    /// Status and place of the body, when all of it is there.
    private static func parse(_ bytes: UnsafeRawBufferPointer) throws -> (status: Int, body: Range<Int>)? {
        guard let end = Text.find("\r\n\r\n", in: bytes) else { return nil }
        let head = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        guard let status = Text.number(head, at: 9) else { throw Failure.malformed }
        let length = Text.find("\r\nContent-Length: ", in: head).flatMap { Text.number(head, at: $0 + 18) } ?? 0
        let body = end + 4..<end + 4 + length
        return body.upperBound <= bytes.count ? (status, body) : nil
    }
}

/// Searching in bytes.
enum Text {
    static func find(_ text: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        let (first, count) = (Int32(text.utf8Start.pointee), text.utf8CodeUnitCount)
        var at = 0
        while at + count <= bytes.count, let found = memchr(start + at, first, bytes.count - at - count + 1) {
            at = UnsafeRawPointer(found) - start
            if memcmp(found, text.utf8Start, count) == 0 { return at }
            at += 1
        }
        return nil
    }

    /// The decimal number that begins there.
    static func number(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int? {
        var value: Int?
        for byte in bytes[min(start, bytes.count)...] {
            guard (0x30...0x39).contains(byte) else { break }
            value = (value ?? 0) * 10 + Int(byte - 0x30)
        }
        return value
    }
}
