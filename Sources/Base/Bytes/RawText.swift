// The codecs work on contiguous bytes. They are generic only at the door, so that a caller in another target pays for
// one unspecialised call and not for one per byte.

/// Lends the bytes of any collection, without a copy when it is contiguous.
func withBytes<Result>(of bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = bytes.withContiguousStorageIfAvailable(body) { return result }
    return Array(bytes).withUnsafeBufferPointer(body)
}

/// Lends the UTF-8 of any text.
func withUTF8<Result>(of text: some StringProtocol, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    withBytes(of: text.utf8, body)
}

/// An array of at most `capacity` bytes; `fill` returns how many it wrote, or nil for no array.
func makeBytes(capacity: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Int?) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        if let written = fill(buffer) { count = written } else { failed = true }
    }
    return failed ? nil : bytes
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    var isUpper: Bool { self &- UInt8(ascii: "A") < 26 }
    var isLower: Bool { self &- UInt8(ascii: "a") < 26 }

    /// The value of a hexadecimal digit of either case.
    package var hexValue: UInt8? {
        if isDigit { return self - UInt8(ascii: "0") }
        let letter = (self | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter + 10 : nil
    }
}
