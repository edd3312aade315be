import CIntrinsics

/// By what a checksum is computed; less than the best is for tests on a processor that has better.
package enum CRCMeans: Sendable, CaseIterable {
    /// Tables, as on a processor without special instructions.
    case tables
    /// Instructions on registers of at most 128 bits.
    case narrow
    case best

    fileprivate var code: roost_crc_means {
        switch self {
        case .tables: ROOST_CRC_TABLES
        case .narrow: ROOST_CRC_NARROW
        case .best: ROOST_CRC_BEST
        }
    }
}

/// One CRC by all means.
struct CRCs: Sendable {
    let best: CRC
    private let narrow: CRC
    private let tables: CRC

    init(polynomial: UInt64, width: Int) {
        best = CRC(polynomial: polynomial, width: width, by: .best)
        narrow = CRC(polynomial: polynomial, width: width, by: .narrow)
        tables = CRC(polynomial: polynomial, width: width, by: .tables)
    }

    subscript(_ means: CRCMeans) -> CRC {
        switch means {
        case .tables: tables
        case .narrow: narrow
        case .best: best
        }
    }
}

/// A reflected CRC of 32 or 64 bits, inverted on the way in and out.
struct CRC: @unchecked Sendable {
    // Written once in `init`, only read afterwards, never freed: plans are global.
    private let plan: UnsafePointer<roost_crc_plan>
    private let mask: UInt64
    private let polynomial: UInt64
    private let width: UInt64

    init(polynomial: UInt64, width: Int, by means: CRCMeans) {
        let plan = UnsafeMutablePointer<roost_crc_plan>.allocate(capacity: 1)
        roost_crc_plan_init(plan, polynomial, Int32(width), means.code)
        self.plan = UnsafePointer(plan)
        self.mask = width == 64 ? .max : (1 << UInt64(width)) - 1
        self.polynomial = polynomial
        self.width = UInt64(width)
    }

    func checksum(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt64) -> UInt64 {
        roost_crc_update(plan, crc ^ mask, bytes.baseAddress, bytes.count) ^ mask
    }

    /// Bit by bit, straight from the definition: what the other ways are proven against.
    func plain(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt64) -> UInt64 {
        var state = crc ^ mask
        for byte in bytes {
            state ^= UInt64(byte)
            for _ in 0..<8 {
                state = (state >> 1) ^ (state & 1 == 1 ? polynomial : 0)
            }
        }
        return state ^ mask
    }

    /// The CRC of two texts one after the other, from the CRC of each and the second's length in bytes.
    func combined(_ first: UInt64, _ second: UInt64, secondLength: UInt64) -> UInt64 {
        // The inversions of both ends cancel: moving `first` over the second's length is a product with x^(8 * length).
        multiply(first, powerOfX(bytes: secondLength)) ^ second
    }

    /// x^(8 * bytes) modulo the polynomial, by repeated squaring.
    private func powerOfX(bytes: UInt64) -> UInt64 {
        var result: UInt64 = 1 << (width - 1)
        var square: UInt64 = 1 << (width - 9)
        var rest = bytes
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, square) }
            square = multiply(square, square)
            rest >>= 1
        }
        return result
    }

    /// The product of two reflected residues modulo the polynomial.
    private func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var product: UInt64 = 0
        var shifted = b
        var bit: UInt64 = 1 << (width - 1)
        while bit != 0 {
            if a & bit != 0 { product ^= shifted }
            shifted = (shifted >> 1) ^ (shifted & 1 == 1 ? polynomial : 0)
            bit >>= 1
        }
        return product
    }
}
