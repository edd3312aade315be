import Bytes
import StoragePorts

/// Where blobs lie below the data folder. Numbers are written as 16 lower-case hexadecimal digits.
///
/// - `blob-numbers`: the mark of `NumberSource`.
/// - `blobs/ab/<number>`: one large payload; `ab` are bits 8 to 15 of the number, so that the files of one batch of
///   spares share a directory and one directory sync, and directories fill evenly.
/// - `packs/<number>.pack`, `packs/<number>.g2`, ...: the generations of a pack; `.tmp` behind one that is being written.
package struct BlobPaths: Sendable {
    package let root: String

    package init(root: String) {
        self.root = root
    }

    var files: String { root + "/blobs" }
    var packs: String { root + "/packs" }
    var numbers: String { root + "/blob-numbers" }

    static func name(_ number: UInt64) -> String { Hex.encode(StorageKeys.bigEndian(number)) }

    static func number(_ name: some StringProtocol) -> UInt64? {
        guard name.utf8.count == 16, let bytes = Hex.decode(name) else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    func directory(ofFile number: UInt64) -> String {
        files + "/" + Hex.encode([UInt8(truncatingIfNeeded: number >> 8)])
    }

    func file(_ number: UInt64) -> String { directory(ofFile: number) + "/" + Self.name(number) }

    func pack(_ number: UInt64, generation: UInt32) -> String {
        packs + "/" + Self.name(number) + (generation == 1 ? ".pack" : ".g\(generation)")
    }

    /// What a name in the packs' directory says; nil for anything that is not a whole generation.
    static func generation(_ name: String) -> (pack: UInt64, generation: UInt32)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let pack = number(parts[0]) else { return nil }
        if parts[1] == "pack" { return (pack, 1) }
        guard parts[1].first == "g", let generation = UInt32(parts[1].dropFirst()), generation > 1 else { return nil }
        return (pack, generation)
    }
}
