import Model

/// Which of a key's versions: the one made by a commit, or the one without an id.
package enum VersionID: Hashable, Sendable, CustomStringConvertible {
    /// Made while versioning was not enabled; a key has at most one.
    case null
    /// Made by this commit while versioning was enabled.
    case made(LSN)
    /// A text of the right form that no server of this kind made: names no version of any key.
    case foreign(String)

    /// On the wire: 24 bytes as 32 characters of `[A-Za-z0-9._]`. The first 8 are the LSN behind a bijection, so that ids do not
    /// invite sorting or counting; the others follow from it and tell ids of other stores apart. Frozen.
    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._".utf8)
    private static let textBytes = 32
    private static let nullText = "null"
    /// Any numbers; they make the second and third word differ from the first.
    private static let salts: (UInt64, UInt64) = (0x526F_6F73_7456_6572, 0x7369_6F6E_4944_7631)

    /// Nil when `text` has not the form of a version id.
    package init?(_ text: String) {
        if text == Self.nullText {
            self = .null
            return
        }
        guard text.utf8.count == Self.textBytes, text.utf8.allSatisfy(Self.mayStand) else { return nil }
        self = Self.lsn(of: Array(text.utf8)).map { .made($0) } ?? .foreign(text)
    }

    package var description: String {
        switch self {
        case .null: Self.nullText
        case .foreign(let text): text
        case .made(let lsn): Self.text(lsn.rawValue)
        }
    }

    /// Other stores' ids may also hold `-`.
    private static func mayStand(_ byte: UInt8) -> Bool {
        value(of: byte) != nil || byte == UInt8(ascii: "-")
    }

    private static func text(_ lsn: UInt64) -> String {
        String(unsafeUninitializedCapacity: textBytes) { buffer in
            var index = 0
            var bits: UInt32 = 0
            for word in [mixed(lsn), mixed(lsn ^ salts.0), mixed(lsn ^ salts.1)] {
                for shift in stride(from: UInt64(56), through: 0, by: -8) {
                    bits = bits << 8 | UInt32(UInt8(truncatingIfNeeded: word >> shift))
                    index += 1
                    guard index % 3 == 0 else { continue }
                    let start = index / 3 * 4 - 4
                    for place in 0..<4 { buffer[start + place] = characters[Int(bits >> UInt32(18 - 6 * place)) & 63] }
                    bits = 0
                }
            }
            return textBytes
        }
    }

    private static func lsn(of text: [UInt8]) -> LSN? {
        var word: UInt64 = 0
        // 11 characters hold the first word and two bits of the second.
        for index in 0..<11 {
            guard let value = value(of: text[index]) else { return nil }
            word = index < 10 ? word << 6 | value : word << 4 | value >> 2
        }
        let lsn = unmixed(word)
        return self.text(lsn).utf8.elementsEqual(text) ? LSN(lsn) : nil
    }

    private static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "."): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): each step can be undone.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var z = number
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// The factors are the inverses modulo 2^64.
    private static func unmixed(_ number: UInt64) -> UInt64 {
        var z = number ^ number >> 31 ^ number >> 62
        z = z &* 0x3196_42B2_D24D_8EC3
        z = (z ^ z >> 27 ^ z >> 54) &* 0x96DE_1B17_3F11_9089
        return z ^ z >> 30 ^ z >> 60
    }
}

/// Which version a read is about.
package enum VersionChoice: Hashable, Sendable {
    case current
    case version(VersionID)
    /// The one that was current at this position, of those that are still kept.
    case asOf(LSN)
}
