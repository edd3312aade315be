"""HTTP/2 by hand: a client that says exactly which frames it sends. Source: RFC 9113, RFC 7541."""

import socket
import ssl
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW_SIZE = 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def number(value):
    """An integer with a prefix of seven bits."""
    if value < 127:
        return bytes([value])
    out, value = bytearray([127]), value - 127
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes([value])


def field(name, value):
    """A literal without indexing: nothing of it is remembered."""
    name, value = name.encode(), value.encode()
    return b"\0" + number(len(name)) + name + number(len(value)) + value


class RawHTTP2:
    def __init__(self, port, window=65535):
        context = ssl._create_unverified_context()
        context.set_alpn_protocols(["h2"])
        self.authority = f"127.0.0.1:{port}"
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), 120))
        assert self.socket.selected_alpn_protocol() == "h2"
        self.next_stream = 1
        self.send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window)))

    def send(self, data):
        self.socket.sendall(data)

    def request(self, method, path, fields=(), ends=True):
        """Returns the stream's number."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        block = field(":method", method) + field(":scheme", "https") + field(":path", path) + field(":authority", self.authority)
        block += b"".join(field(name, value) for name, value in fields)
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if ends else 0), stream, block))
        return stream

    def data(self, stream, payload, ends=False):
        self.send(frame(DATA, END_STREAM if ends else 0, stream, payload))

    def frames(self):
        """Frames as they come, until the server closes."""
        buffer = b""
        while True:
            while len(buffer) >= 9 and len(buffer) >= 9 + int.from_bytes(buffer[:3], "big"):
                length = int.from_bytes(buffer[:3], "big")
                kind, flags, stream = struct.unpack(">BBI", buffer[3:9])
                yield kind, flags, stream, buffer[9 : 9 + length]
                buffer = buffer[9 + length :]
            try:
                more = self.socket.recv(65536)
            except (ConnectionResetError, ssl.SSLError):
                return
            if not more:
                return
            buffer += more

    def close(self):
        self.socket.close()
