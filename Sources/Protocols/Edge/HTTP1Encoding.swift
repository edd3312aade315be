import Doors
import HTTPTypes
import NIOCore

/// The bytes of HTTP/1.1 answers. Source: RFC 9112.
enum HTTP1Encoding {
    static let serverName = "Roost"
    static let continueHead = "HTTP/1.1 100 Continue\r\n\r\n"
    static let lastChunk = "0\r\n\r\n"

    /// What the connection does after this answer, as its `Connection` header says.
    enum Persistence {
        case keepAlive
        /// A client of HTTP/1.0 that asked for it must be told.
        case keepAliveOfHTTP10
        case close
    }

    /// Status line and what the server adds to a door's fields.
    private static let ownBytesMax = 512

    /// Appends a whole head, with the empty line that ends it.
    static func writeHead(
        status: HTTPResponse.Status, headers: HTTPFields, framing: BodyFraming, persistence: Persistence, date: String,
        into buffer: inout ByteBuffer
    ) {
        let reason = status.reasonPhrase
        // By index, here and below: a field that is iterated over is copied, with its three texts.
        var room = ownBytesMax + reason.utf8.count
        for index in headers.indices { room += headers[index].name.rawName.utf8.count + headers[index].value.utf8.count + 4 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            var head = HeadText(memory)
            head.writeStatusLine(status, reason)
            var dateIsSet = false
            for index in headers.indices {
                let name = headers[index].name.canonicalName
                if isServers(name) { continue }
                if name == "date" { dateIsSet = true }
                head.write(headers[index].name.rawName, headers[index].value)
            }
            if !dateIsSet { head.write("Date", date) }
            head.write("Server", serverName)
            switch framing {
            case .none: break
            case .length(let length): head.write("Content-Length", String(length))
            case .chunked: head.write("Transfer-Encoding", "chunked")
            }
            switch persistence {
            case .keepAlive: break
            case .keepAliveOfHTTP10: head.write("Connection", "keep-alive")
            case .close: head.write("Connection", "close")
            }
            head.write(static: "\r\n")
            return head.count
        }
    }

    /// A field that only the server itself writes.
    private static func isServers(_ name: String) -> Bool {
        switch name.utf8.count {
        case 6: name == "server"
        case 10: name == "connection"
        case 14: name == "content-length"
        case 17: name == "transfer-encoding"
        default: false
        }
    }

    /// `HTTP/1.1 400 Bad Request` with nothing behind it, for heads that no door sees.
    static func refusal(_ status: HTTPResponse.Status, date: String, allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: 256)
        writeHead(status: status, headers: [:], framing: .length(0), persistence: .close, date: date, into: &buffer)
        return buffer
    }

    static func writeChunkHead(_ length: Int, into buffer: inout ByteBuffer) {
        buffer.writeString(String(length, radix: 16))
        buffer.writeString("\r\n")
    }
}

/// The text of a head in memory that has room for all of it: one look at the room serves some forty short texts.
private struct HeadText {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func write(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        if isWritten == nil { write(String(decoding: Array(text.utf8), as: UTF8.self)) }
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= memory.count - count, "the room was reckoned")
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    mutating func write(static text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func write(_ name: String, _ value: String) {
        write(name)
        write(static: ": ")
        write(value)
        write(static: "\r\n")
    }

    mutating func writeStatusLine(_ status: HTTPResponse.Status, _ reason: String) {
        if status == .ok { return write(static: "HTTP/1.1 200 OK\r\n") }
        write(static: "HTTP/1.1 ")
        write(String(status.code))
        write(static: " ")
        write(reason)
        write(static: "\r\n")
    }
}
