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

    /// Appends a whole head, with the empty line that ends it.
    static func writeHead(
        status: HTTPResponse.Status, headers: HTTPFields, framing: BodyFraming, persistence: Persistence, date: String,
        into buffer: inout ByteBuffer
    ) {
        writeStatusLine(status, into: &buffer)
        var dateIsSet = false
        for field in headers {
            switch field.name.canonicalName {
            case "connection", "transfer-encoding", "server", "content-length": continue
            case "date": dateIsSet = true
            default: break
            }
            writeField(field.name.rawName, field.value, into: &buffer)
        }
        if !dateIsSet { writeField("Date", date, into: &buffer) }
        writeField("Server", serverName, into: &buffer)
        switch framing {
        case .none: break
        case .length(let length): writeField("Content-Length", String(length), into: &buffer)
        case .chunked: writeField("Transfer-Encoding", "chunked", into: &buffer)
        }
        switch persistence {
        case .keepAlive: break
        case .keepAliveOfHTTP10: writeField("Connection", "keep-alive", into: &buffer)
        case .close: writeField("Connection", "close", into: &buffer)
        }
        buffer.writeString("\r\n")
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

    private static func writeStatusLine(_ status: HTTPResponse.Status, into buffer: inout ByteBuffer) {
        if status == .ok {
            buffer.writeString("HTTP/1.1 200 OK\r\n")
            return
        }
        buffer.writeString("HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeString(" ")
        buffer.writeString(status.reasonPhrase)
        buffer.writeString("\r\n")
    }

    private static func writeField(_ name: String, _ value: String, into buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeString(": ")
        buffer.writeString(value)
        buffer.writeString("\r\n")
    }
}
