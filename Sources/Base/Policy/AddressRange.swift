import Bytes

/// An IPv4 or IPv6 address, or a range of them in CIDR notation. Source: RFC 4632, RFC 4291.
package struct AddressRange: Hashable, Sendable {
    /// The first address; an IPv4 address stands in the last 32 bits.
    package let first: UInt128
    package let isIPv6: Bool
    /// How many leading bits count: 0 to 32 or to 128.
    package let prefixBits: Int

    /// `203.0.113.0/24`, `2001:db8::/32`, or an address alone. Bits behind the prefix are cleared. An IPv6 address that stands
    /// for an IPv4 one (`::ffff:203.0.113.7`) becomes that, as listeners of both families report their clients so.
    package init?(_ text: String) {
        guard let parsed = text.withBytes({ AddressRange(bytes: $0) }) else { return nil }
        self = parsed
    }

    package func contains(_ address: AddressRange) -> Bool {
        isIPv6 == address.isIPv6 && address.prefixBits >= prefixBits && address.first & mask == first
    }

    private var mask: UInt128 { Self.mask(prefixBits, isIPv6: isIPv6) }

    private static func mask(_ prefixBits: Int, isIPv6: Bool) -> UInt128 {
        let width = isIPv6 ? 128 : 32
        return ~((UInt128(1) << (width - prefixBits)) &- 1)
    }

    private init(_ address: UInt128, isIPv6: Bool, prefixBits: Int) {
        self.first = address & Self.mask(prefixBits, isIPv6: isIPv6)
        self.isIPv6 = isIPv6
        self.prefixBits = prefixBits
    }

    private init?(bytes: UnsafeBufferPointer<UInt8>) {
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        let address = UnsafeBufferPointer(rebasing: bytes[..<(slash ?? bytes.count)])
        var prefix: Int?
        if let slash {
            guard let bits = Self.decimal(UnsafeBufferPointer(rebasing: bytes[(slash + 1)...]), max: 128) else { return nil }
            prefix = bits
        }
        if let value = Self.ipv4(address) {
            guard prefix ?? 32 <= 32 else { return nil }
            self.init(UInt128(value), isIPv6: false, prefixBits: prefix ?? 32)
            return
        }
        guard let value = IPv6Reader.read(address) else { return nil }
        if value >> 32 == 0xFFFF, prefix ?? 128 >= 96 {
            self.init(value & 0xFFFF_FFFF, isIPv6: false, prefixBits: (prefix ?? 128) - 96)
        } else {
            self.init(value, isIPv6: true, prefixBits: prefix ?? 128)
        }
    }

    /// One to three digits without a leading zero.
    private static func decimal(_ text: UnsafeBufferPointer<UInt8>, max: Int) -> Int? {
        guard (1...3).contains(text.count), text.count == 1 || text[0] != UInt8(ascii: "0") else { return nil }
        var value = 0
        for byte in text {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value <= max ? value : nil
    }

    fileprivate static func ipv4(_ text: UnsafeBufferPointer<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var start = 0
        for part in 0..<4 {
            let end = text[start...].firstIndex(of: UInt8(ascii: ".")) ?? text.count
            guard (end == text.count) == (part == 3), let byte = decimal(.init(rebasing: text[start..<end]), max: 255) else { return nil }
            value = value << 8 | UInt32(byte)
            start = min(end + 1, text.count)
        }
        return value
    }
}

/// Groups of up to four hexadecimal digits, `::` once for groups of zero, at the end an IPv4 address instead of two groups.
private struct IPv6Reader {
    private var address: UInt128 = 0
    private var groups = 0
    /// How many groups stood before `::`.
    private var gap: Int?

    static func read(_ text: UnsafeBufferPointer<UInt8>) -> UInt128? {
        var reader = IPv6Reader()
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") {
            reader.gap = 0
            index = 2
            if index == text.count { return 0 }
        }
        while true {
            let end = text[index...].firstIndex(of: UInt8(ascii: ":")) ?? text.count
            guard reader.take(UnsafeBufferPointer(rebasing: text[index..<end]), isLast: end == text.count) else { return nil }
            if end == text.count { return reader.result }
            index = end + 1
            guard index < text.count else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard reader.gap == nil else { return nil }
                reader.gap = reader.groups
                index += 1
                if index == text.count { return reader.result }
            }
        }
    }

    private mutating func take(_ part: UnsafeBufferPointer<UInt8>, isLast: Bool) -> Bool {
        if isLast, let tail = AddressRange.ipv4(part) {
            address = address << 32 | UInt128(tail)
            groups += 2
            return groups <= 8
        }
        guard (1...4).contains(part.count) else { return false }
        var group: UInt128 = 0
        for byte in part {
            guard let digit = byte.hexValue else { return false }
            group = group << 4 | UInt128(digit)
        }
        address = address << 16 | group
        groups += 1
        return groups <= 8
    }

    private var result: UInt128? {
        guard let gap else { return groups == 8 ? address : nil }
        guard groups < 8 else { return nil }
        let afterGap = 16 * (groups - gap)
        let tail = address & ((UInt128(1) << afterGap) &- 1)
        return (address >> afterGap) << (16 * (8 - gap)) | tail
    }
}
