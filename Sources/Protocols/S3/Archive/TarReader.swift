import NIOCore

/// Why bytes are no archive whose files could become objects.
package enum TarError: Error, Equatable {
    /// No header where one must be: not a tar archive, a compressed one, or a damaged one.
    case noHeader
    /// The bytes end within a header or a file.
    case cutOff
    /// A link, a device or a sparse file.
    case unsupported(name: [UInt8])
    /// A pax or GNU header of more than `TarReader.extensionBytesMax`, or one that cannot be read.
    case malformedExtension
}

/// Reads a tar archive that comes in pieces, without I/O: POSIX ustar and pax, the older form, and GNU's long names.
///
/// An archive is a row of blocks of 512 bytes: a header, then the file's bytes, filled up with zeros. A block of zeros ends it.
///
/// | offset | bytes | field of a header |
/// |---|---|---|
/// | 0 | 100 | name, ends with a zero or the field |
/// | 124 | 12 | size: octal text, or a big-endian number after a first bit of one |
/// | 148 | 8 | sum of the header's bytes, this field taken as spaces: octal text |
/// | 156 | 1 | type: 0 or zero a file, 5 a folder, x and g pax records, L GNU's long name |
/// | 257 | 5 | `ustar`, or something else in the older form |
/// | 345 | 155 | what stands before the name, with a slash between (POSIX only: `ustar` and a zero) |
package struct TarReader {
    package enum Event: Equatable {
        case folder(name: [UInt8])
        /// `bytes` follow, then `endOfFile`.
        case file(name: [UInt8], size: Int64)
        case bytes(ByteBuffer)
        case endOfFile
    }

    /// Names are at most a key long, and pax records hold little else that is common.
    package static let extensionBytesMax = 64 << 10
    private static let blockBytes = 512

    private enum State {
        case header
        /// Of a file, or of what is passed over.
        case content(left: Int64, isFile: Bool)
        case padding(left: Int)
        case extended(type: UInt8, size: Int)
        case ended
    }

    private var state = State.header
    private var pending = ByteBuffer()
    /// Bytes between the content and the next block.
    private var fill = 0
    private var longName: [UInt8]?
    private var longSize: Int64?

    package init() {}

    package mutating func feed(_ piece: ByteBuffer) {
        if pending.readableBytes == 0 { pending = piece } else { pending.writeImmutableBuffer(piece) }
    }

    /// The next event, or nil when more bytes are needed, or none are wanted any more.
    package mutating func next() throws(TarError) -> Event? {
        while true {
            switch state {
            case .header:
                guard let block = pending.readBytes(length: Self.blockBytes) else { return nil }
                if let event = try begin(block) { return event }
            case .content(let left, let isFile):
                if left == 0 {
                    state = .padding(left: fill)
                    if isFile { return .endOfFile }
                    continue
                }
                let length = Int(min(left, Int64(pending.readableBytes)))
                guard length > 0, let bytes = pending.readSlice(length: length) else { return nil }
                state = .content(left: left - Int64(length), isFile: isFile)
                if isFile { return .bytes(bytes) }
            case .padding(let left):
                let length = min(left, pending.readableBytes)
                pending.moveReaderIndex(forwardBy: length)
                if length < left {
                    state = .padding(left: left - length)
                    return nil
                }
                state = .header
            case .extended(let type, let size):
                guard let bytes = pending.readBytes(length: size) else { return nil }
                try extend(type, bytes)
                state = .padding(left: fill)
            case .ended:
                pending.clear()
                return nil
            }
        }
    }

    /// Call when all bytes were fed and `next` gave nil. An archive may leave out the zeros at its end. Throws `.cutOff`, `.noHeader`.
    package func finish() throws(TarError) {
        switch state {
        case .ended: return
        case .header where pending.readableBytes == 0 && longName == nil && longSize == nil: return
        case .padding where pending.readableBytes == 0: return
        case .header: throw pending.readableBytes > 0 ? .noHeader : .cutOff
        default: throw .cutOff
        }
    }

    private mutating func begin(_ block: [UInt8]) throws(TarError) -> Event? {
        if block.allSatisfy({ $0 == 0 }) {
            state = .ended
            return nil
        }
        guard TarHeader.hasRightSum(block), let header = TarHeader(block) else { throw .noHeader }
        let size = longSize ?? header.size
        let name = longName ?? header.name
        fill = Int((512 - header.size % 512) % 512)
        switch header.type {
        case UInt8(ascii: "x"), UInt8(ascii: "L"):
            guard header.size <= Self.extensionBytesMax else { throw .malformedExtension }
            state = .extended(type: header.type, size: Int(header.size))
            return nil
        case UInt8(ascii: "g"):
            state = .content(left: header.size, isFile: false)
            return nil
        case UInt8(ascii: "5"), 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            fill = Int((512 - size % 512) % 512)
            (longName, longSize) = (nil, nil)
            let isFolder = header.type == UInt8(ascii: "5") || name.last == UInt8(ascii: "/")
            state = .content(left: size, isFile: !isFolder)
            return isFolder ? .folder(name: name) : .file(name: name, size: size)
        default: throw .unsupported(name: name)
        }
    }

    private mutating func extend(_ type: UInt8, _ bytes: [UInt8]) throws(TarError) {
        if type == UInt8(ascii: "L") {
            longName = Array(bytes.prefix { $0 != 0 })
            return
        }
        guard let records = PaxRecords(bytes) else { throw .malformedExtension }
        if records.isSparse { throw .unsupported(name: records.path ?? longName ?? []) }
        longName = records.path ?? longName
        longSize = records.size ?? longSize
    }
}

/// One header block.
private struct TarHeader {
    let name: [UInt8]
    let size: Int64
    let type: UInt8

    /// Nil for a size that is none.
    init?(_ block: [UInt8]) {
        guard let size = Self.number(block[124..<136]) else { return nil }
        let name = Array(block[0..<100].prefix { $0 != 0 })
        let prefix = Array(block[345..<500].prefix { $0 != 0 })
        let isPOSIX = block[257..<263].elementsEqual(Array("ustar".utf8) + [0])
        self.name = isPOSIX && !prefix.isEmpty ? prefix + [UInt8(ascii: "/")] + name : name
        self.size = size
        self.type = block[156]
    }

    static func hasRightSum(_ block: [UInt8]) -> Bool {
        var sum = 8 * Int64(UInt8(ascii: " "))
        for (index, byte) in block.enumerated() where !(148..<156).contains(index) { sum += Int64(byte) }
        return number(block[148..<156]) == sum
    }

    /// Octal text between spaces and zeros; or binary, of which eight bytes may be used.
    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        if let first = field.first, first & 0x80 != 0 {
            let bytes = [first & 0x7F] + field.dropFirst()
            guard bytes.dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
            let number = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int64(exactly: number)
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        return digits.isEmpty ? 0 : Int64(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 < 0 ? nil : $0 }
    }
}

/// Records of a pax header: `LENGTH KEY=VALUE` and a line feed, the length counting all of it.
private struct PaxRecords {
    private(set) var path: [UInt8]?
    private(set) var size: Int64?
    private(set) var isSparse = false

    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 1, length <= rest.count else {
                return nil
            }
            let record = rest.prefix(length).dropFirst(digits.count + 1)
            guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = record[(equals + 1)...].dropLast()
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": path = Array(value)
            case "size":
                guard let number = Int64(String(decoding: value, as: UTF8.self)), number >= 0 else { return nil }
                size = number
            case let key where key.hasPrefix("GNU.sparse."): isSparse = true
            default: break
            }
            rest = rest.dropFirst(length)
        }
    }
}
