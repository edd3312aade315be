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
        var head = 0
        while true {
            if let end = Self.headEnd(in: buffer[..<used]) {
                head = end
                break
            }
            try more()
        }
        guard let status = Int(String(decoding: buffer[9..<12], as: UTF8.self)) else { throw Failure.malformed }
        let end = head + Self.contentLength(buffer[..<head])
        while used < end { try more() }
        // One request at a time: nothing follows its answer.
        used = 0
        return Answer(status: status, body: Array(buffer[head..<end]))
    }

    private func more() throws {
        if used == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + used, $0.count - used, 0) }
        guard count > 0 else { throw Failure.closed }
        used += count
    }

    private static func headEnd(in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in bytes.startIndex...(bytes.endIndex - 4)
        where bytes[index] == 0x0D && bytes[index + 1] == 0x0A && bytes[index + 2] == 0x0D && bytes[index + 3] == 0x0A {
            return index + 4
        }
        return nil
    }

    private static let lengthName = Array("content-length:".utf8)

    private static func contentLength(_ head: ArraySlice<UInt8>) -> Int {
        for line in head.split(separator: 0x0A) where line.count > lengthName.count {
            let name = line.prefix(lengthName.count)
            guard name.elementsEqual(lengthName, by: { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }) else { continue }
            return line.dropFirst(lengthName.count).reduce(0) { (0x30...0x39).contains($1) ? $0 * 10 + Int($1 - 0x30) : $0 }
        }
        return 0
    }
}
