#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A blocking HTTP/1.1 connection to 127.0.0.1: one request, then its answer. As little work as can be, because the
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

    private let descriptor: Int32
    private var buffer: [UInt8] = []

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
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, request.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure.socket(errno) }
            sent += count
        }
        return try receive()
    }

    private func receive() throws -> Answer {
        let separator = Array("\r\n\r\n".utf8)
        var head: Int?
        while head == nil {
            head = buffer.firstRange(of: separator)?.upperBound
            if head == nil { try more() }
        }
        guard let head, let status = Int(String(decoding: buffer[9..<12], as: UTF8.self)) else { throw Failure.malformed }
        let length = Self.contentLength(buffer[..<head])
        while buffer.count < head + length { try more() }
        let body = Array(buffer[head..<head + length])
        buffer.removeFirst(head + length)
        return Answer(status: status, body: body)
    }

    private func more() throws {
        let before = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: 16 * 1024))
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + before, 16 * 1024, 0) }
        buffer.removeLast(16 * 1024 - max(count, 0))
        guard count > 0 else { throw Failure.closed }
    }

    private static func contentLength(_ head: ArraySlice<UInt8>) -> Int {
        for line in head.split(separator: 0x0D) {
            let text = String(decoding: line, as: UTF8.self).lowercased()
            guard let range = text.firstIndex(of: ":"), text[..<range].hasSuffix("content-length") else { continue }
            return Int(text[text.index(after: range)...].drop { $0 == " " }) ?? 0
        }
        return 0
    }
}
