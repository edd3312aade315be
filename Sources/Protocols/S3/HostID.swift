import Model

/// The values of `x-amz-id-2` and `HostId`: another one in each answer, which together with the request's id finds it in logs.
///
/// Each is made of the server's name and the request's id alone, so that an answer, its event and its line in a log agree without
/// carrying it along. No secret: whoever reads one learns nothing of others.
struct HostIDs: Sendable {
    /// As AWS's: 56 bytes in Base64.
    private static let byteCount = 56
    private static let characterCount = 76
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    private let seed: UInt64

    /// `server` names the server, in any form.
    init(server: String) {
        seed = Self.fold(server.utf8, into: 0xCBF2_9CE4_8422_2325)
    }

    /// Costs one allocation, the text's.
    func text(of request: RequestID) -> String {
        var state = Self.fold(request.description.utf8, into: seed)
        return withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 8) { raw in
            for offset in stride(from: 0, to: Self.byteCount, by: 8) {
                raw.storeBytes(of: Self.next(&state), toByteOffset: offset, as: UInt64.self)
            }
            return String(unsafeUninitializedCapacity: Self.characterCount) { Self.encode(raw, to: $0) }
        }
    }

    /// FNV-1a.
    private static func fold(_ bytes: String.UTF8View, into hash: UInt64) -> UInt64 {
        bytes.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// SplitMix64.
    private static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Base64 of a length that leaves two bytes over for the last group. Returns how many characters it wrote.
    private static func encode(_ bytes: UnsafeMutableRawBufferPointer, to text: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var place = 0
        for start in stride(from: 0, to: byteCount, by: 3) {
            let third = start + 2 < byteCount ? UInt32(bytes[start + 2]) : 0
            let group = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | third
            for index in 0..<4 { text[place + index] = alphabet.utf8Start[Int(group >> UInt32(18 - 6 * index)) & 63] }
            place += 4
        }
        text[characterCount - 1] = UInt8(ascii: "=")
        return place
    }
}
