import Bytes
import Envelope
import Model
import StoragePorts

/// The fixed part of an object's or a part's value; numbers little-endian:
///
///      0   1  format: 1
///      1   1  layout in the low three bits: 0 no bytes, 1 packed, 2 a file, 3 the parts under `24 upload`, 4 a delete marker (3 and 4:
///             objects only). Flags in the others: 80 has a version id (clear: the null version), 40 the details hold a lock,
///             20 they hold an encryption (a part: its payload's identity follows), and the bytes are sealed, 10 they hold tags,
///             08 they say since when the versions behind are older ones
///      2   1  storage class (0 for a part)
///      3   1  checksum: algorithm in the low half (0: none), type in the high half
///      4   4  number of parts; 0 when it was not made by a multipart upload, also for layout 3: a copy that shares parts
///      8   8  size in bytes
///     16   8  last modified, in ms since 1970
///     24   8  LSN of the commit that made it
///     32  16  MD5, of the bytes or of the parts' MD5s
///     48  16  layout 1 and 2: container, offset; layout 3: upload id (LSN, random)
///     64   -  an object: ObjectDetails; a part: the raw checksum, as long as its algorithm's, then with flag 20 the identity (16)
///
/// Listings, conditions and releases read only this; a full read decodes what follows. The flags spare that where a feature is not used.
struct StoredHeader: Hashable, Sendable {
    enum Layout: Hashable, Sendable {
        case empty
        case extent(Extent)
        case parts(UploadID)
        /// Not an object: says that the key has none from this version on.
        case deleteMarker
    }

    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        /// Made while versioning was enabled.
        static let versionID = Flags(rawValue: 0x80)
        /// The details hold a retention or a legal hold.
        static let lock = Flags(rawValue: 0x40)
        static let encryption = Flags(rawValue: 0x20)
        static let tags = Flags(rawValue: 0x10)
        /// The details say since when the versions behind this one are older ones; also of a delete marker.
        static let olderSince = Flags(rawValue: 0x08)
    }

    static let byteCount = 64
    private static let format: UInt8 = 1
    private static let partsLayout: UInt8 = 3
    private static let markerLayout: UInt8 = 4
    private static let layoutMask: UInt8 = 0x07

    var layout: Layout
    var flags: Flags = []
    var storageClass = StorageClass.standard
    var checksumAlgorithm: ChecksumAlgorithm?
    var checksumType: ChecksumType?
    var partCount = 0
    var size: Int64
    var lastModified: Timestamp
    var lsn: LSN
    var md5: MD5Digest

    var etag: ETag { md5.etag(partCount: partCount) }

    var isDeleteMarker: Bool { layout == .deleteMarker }

    /// Whether the bytes lie in parts with records of their own.
    var isOfParts: Bool { if case .parts = layout { true } else { false } }

    /// The name that clients know the version by in a bucket with versions.
    var version: VersionID { flags.contains(.versionID) ? .made(lsn) : .null }

    /// Whether a value in the ledger is a delete marker, without decoding it.
    static func isDeleteMarker(_ value: UnsafeRawBufferPointer) -> Bool {
        value.count >= byteCount && value[1] & layoutMask == markerLayout
    }

    /// What a delete marker's value begins with; no details follow unless a flag says so.
    static func deleteMarker(_ transaction: Transaction) -> StoredHeader {
        StoredHeader(
            layout: .deleteMarker, size: 0, lastModified: transaction.now, lsn: transaction.lsn, md5: MD5Digest(high: 0, low: 0))
    }

    /// Whether a value in the ledger is an encrypted object's, without decoding it.
    static func isEncrypted(_ value: UnsafeRawBufferPointer) -> Bool {
        value.count >= byteCount && value[1] & Flags.encryption.rawValue != 0
    }

    func encoded(tail: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.byteCount + tail.count)
        writer.uint8(Self.format)
        let (code, first, second) = encodedLayout
        writer.uint8(code | flags.rawValue)
        writer.uint8(storageClass.rawValue)
        writer.uint8((checksumAlgorithm?.rawValue ?? 0) | (checksumType?.rawValue ?? 0) << 4)
        writer.uint32LittleEndian(UInt32(partCount))
        writer.uint64LittleEndian(UInt64(size))
        writer.uint64LittleEndian(UInt64(bitPattern: lastModified.milliseconds))
        writer.uint64LittleEndian(lsn.rawValue)
        writer.uint64BigEndian(md5.high)
        writer.uint64BigEndian(md5.low)
        writer.uint64LittleEndian(first)
        writer.uint64LittleEndian(second)
        precondition(writer.count == Self.byteCount)
        writer.append(tail)
        return writer.bytes
    }

    private var encodedLayout: (code: UInt8, UInt64, UInt64) {
        switch layout {
        case .empty: (0, 0, 0)
        case .extent(let extent): (extent.kind.rawValue, extent.container, extent.offset)
        case .parts(let id): (Self.partsLayout, id.lsn, id.random)
        case .deleteMarker: (Self.markerLayout, 0, 0)
        }
    }
}

extension StoredHeader {
    /// Throws `LedgerError.damaged` for a value that no version of this server wrote.
    init(_ value: UnsafeRawBufferPointer) throws {
        guard value.count >= Self.byteCount, value[0] == Self.format else { throw LedgerError.damaged("object header") }
        guard let storageClass = StorageClass(rawValue: value[2]) else { throw LedgerError.damaged("storage class \(value[2])") }
        func number(_ offset: Int) -> UInt64 { UInt64(littleEndian: value.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        func word(_ offset: Int) -> UInt64 { UInt64(bigEndian: value.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        let size = number(8)
        guard size <= UInt64(ObjectsLimits.objectBytesMax) else { throw LedgerError.damaged("object size \(size)") }
        let layout: Layout
        let flags = Flags(rawValue: value[1] & ~Self.layoutMask)
        switch value[1] & Self.layoutMask {
        case 0: layout = .empty
        case Self.markerLayout: layout = .deleteMarker
        case Self.partsLayout: layout = .parts(UploadID(lsn: number(48), random: number(56)))
        default:
            guard let kind = Extent.Kind(rawValue: value[1] & Self.layoutMask) else {
                throw LedgerError.damaged("object layout \(value[1])")
            }
            let length = flags.contains(.encryption) ? PayloadCipher.sealedBytes(size) : size
            layout = .extent(Extent(kind: kind, container: number(48), offset: number(56), length: length))
        }
        self.init(
            layout: layout, flags: flags, storageClass: storageClass, checksumAlgorithm: ChecksumAlgorithm(rawValue: value[3] & 0xF),
            checksumType: ChecksumType(rawValue: value[3] >> 4),
            partCount: Int(UInt32(littleEndian: value.loadUnaligned(fromByteOffset: 4, as: UInt32.self))), size: Int64(size),
            lastModified: Timestamp(milliseconds: Int64(bitPattern: number(16))), lsn: LSN(number(24)),
            md5: MD5Digest(high: word(32), low: word(40)))
    }

    init(_ value: [UInt8]) throws {
        self = try value.withUnsafeBytes { try StoredHeader($0) }
    }
}

/// A part's value: the fixed header, its checksum, and when it is sealed its payload's identity.
struct StoredPartRecord: Hashable, Sendable {
    var header: StoredHeader
    var checksum: Checksum?
    var identity: PayloadIdentity?

    init(header: StoredHeader, checksum: Checksum?, identity: PayloadIdentity? = nil) {
        self.header = header
        self.checksum = checksum
        self.identity = identity
        self.header.checksumAlgorithm = checksum?.algorithm
        if identity != nil { self.header.flags.insert(.encryption) }
    }

    init(_ value: UnsafeRawBufferPointer) throws {
        header = try StoredHeader(value)
        checksum = try header.checksumAlgorithm.map { algorithm in
            guard let checksum = Checksum(algorithm, Array(value[StoredHeader.byteCount...].prefix(algorithm.byteCount))) else {
                throw LedgerError.damaged("part checksum")
            }
            return checksum
        }
        guard header.flags.contains(.encryption) else { return }
        identity = PayloadIdentity(bytes: value[StoredHeader.byteCount...].dropFirst(checksum?.bytes.count ?? 0))
        if identity == nil { throw LedgerError.damaged("part identity") }
    }

    var encoded: [UInt8] { header.encoded(tail: (checksum?.bytes ?? []) + (identity?.bytes ?? [])) }

    var extent: Extent? {
        guard case .extent(let extent) = header.layout else { return nil }
        return extent
    }

    func info(number: Int) -> PartInfo {
        PartInfo(number: number, size: header.size, etag: header.etag, lastModified: header.lastModified, checksum: checksum)
    }
}
