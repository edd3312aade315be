import Environment
import Testing

extension DiskFile {
    func put(_ text: String, at offset: UInt64) throws { try put(Array(text.utf8), at: offset) }

    func put(_ bytes: [UInt8], at offset: UInt64) throws {
        try bytes.withUnsafeBytes { try write(at: offset, [$0]) }
    }

    func bytes(_ offset: UInt64, _ count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0xEE, count: count)
        let read = try buffer.withUnsafeMutableBytes { try self.read(at: offset, into: $0) }
        return Array(buffer.prefix(read))
    }

    func cachedBytes(_ offset: UInt64, _ count: Int) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0xEE, count: count)
        guard let read = try buffer.withUnsafeMutableBytes({ try readWithoutBlocking(at: offset, into: $0) }) else { return nil }
        return Array(buffer.prefix(read))
    }

    func text() throws -> String { String(decoding: try bytes(0, Int(size())), as: UTF8.self) }
}

/// Expects a disk error of that kind.
func expectDiskError(
    _ kind: DiskError.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: DiskError.self, sourceLocation: sourceLocation, performing: body)
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
}
