import Envelope

/// A data key as this service wrapped it:
///
///     0  1  format: 1
///     1  1  length of the key's id
///     2  n  the key's id
///   2+n  -  the data key, wrapped by that key (`KeyWrap.swift`); the context is the purpose "roost served key", the id, and the
///           client's pairs, name then value, ascending by name
struct ServedBlob {
    private static let format: UInt8 = 1

    let id: String
    let wrapped: [UInt8]

    init(id: String, wrapped: [UInt8]) {
        self.id = id
        self.wrapped = wrapped
    }

    /// Nil for what no version of this server made.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 2, bytes[0] == Self.format, bytes.count > 2 + Int(bytes[1]) else { return nil }
        let end = 2 + Int(bytes[1])
        id = String(decoding: bytes[2..<end], as: UTF8.self)
        wrapped = Array(bytes[end...])
    }

    var bytes: [UInt8] { [Self.format, UInt8(id.utf8.count)] + id.utf8 + wrapped }

    static func context(_ id: String, _ pairs: [String: String]) -> WrapContext {
        let ordered = pairs.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return WrapContext("roost served key", [Array(id.utf8)] + ordered.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] })
    }
}
