import AWSWire
import Doors
import HTTPTypes
import Model
import Objects

/// What a GET or HEAD asks of an object, decoded before the object is looked up.
struct ReadWish {
    let conditions: ReadConditions
    let range: (text: String, header: RangeHeader)?
    let partNumber: Int?
    let overrides: ResponseOverrides
    let wantsChecksum: Bool
    let arrival: Timestamp
    /// Ceph shows a part's own checksum also where the object's is not made of them.
    let showsEveryPart: Bool

    /// Throws `InvalidRequest` for a range and a part at once, `InvalidArgument` for a bad part number or
    /// `response-*` value.
    init(_ call: S3Call) throws(S3Error) {
        conditions = ConditionHeaders.read(call)
        let text = call.groups.contains(.range) ? call.headers[.range] : nil
        range = text.flatMap { text in RangeHeader(text).map { (text, $0) } }
        partNumber = try PartNumber.optional(call)
        if text != nil, partNumber != nil {
            throw .invalidRequest("Cannot specify both Range header and partNumber query parameter")
        }
        overrides = try ResponseOverrides(call)
        if overrides.isAny, call.caller.principal.isAnonymous {
            throw .invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
        }
        arrival = call.request.arrival
        showsEveryPart = call.door.configuration.dialect == .ceph
        wantsChecksum = call.groups.contains(.checksum) && call.headers[.amzChecksumMode]?.uppercased() == "ENABLED"
    }
}

/// The answer to a GET or HEAD as far as the object's record decides it.
enum ReadPlan {
    case whole
    /// 206, with the part when one of several was asked for by its number.
    case partial(Range<Int64>, StoredPart?)
    case notModified
    case refused(S3Error)

    /// `reads` is whether the bytes are asked for, not the head alone.
    init(_ wish: ReadWish, _ object: StoredObject, reads: Bool) throws(ObjectsError) {
        switch wish.conditions.failure(etag: object.info.etag, lastModified: object.info.lastModified) {
        case .ifNoneMatch, .ifModifiedSince: self = .notModified
        case .some(let condition): self = .refused(.preconditionFailed(condition.rawValue))
        case nil where reads && object.info.isArchived(at: wish.arrival): self = .refused(.archived(object.info.attributes.storageClass))
        case nil:
            if let number = wish.partNumber {
                let (part, range) = try object.part(number)
                self = .partial(range, part)
            } else if let (text, header) = wish.range {
                let range = header.resolve(size: object.info.size)
                self = range.map { .partial($0, nil) } ?? .refused(.invalidRange(text, size: object.info.size))
            } else {
                self = .whole
            }
        }
    }

    /// The bytes that go into the body; nil when none do.
    func bytes(of object: StoredObject) -> Range<Int64>? {
        switch self {
        case .whole: object.info.size == 0 ? nil : 0..<object.info.size
        case .partial(let range, _): range.isEmpty ? nil : range
        case .notModified, .refused: nil
        }
    }

    /// Status and headers, the body's length included. Throws what was refused.
    func head(_ wish: ReadWish, _ object: StoredObject) throws(S3Error) -> (status: HTTPResponse.Status, headers: HTTPFields) {
        var headers: HTTPFields
        let length: Int64
        let status: HTTPResponse.Status
        switch self {
        case .refused(let error): throw error
        case .notModified: return (.notModified, ObjectHeaders.notModified(object.info))
        case .whole:
            headers = ObjectHeaders.fields(object.info, overrides: wish.overrides, at: wish.arrival)
            if wish.wantsChecksum { headers.add(object.info.checksum) }
            length = object.info.size
            status = .ok
        case .partial(let range, let part):
            headers = ObjectHeaders.fields(object.info, overrides: wish.overrides, at: wish.arrival)
            if wish.partNumber != nil, object.info.partCount > 0 { headers.add(.amzMpPartsCount, String(object.info.partCount)) }
            if wish.wantsChecksum { addChecksum(of: part, range, object, wish, to: &headers) }
            length = Int64(range.count)
            status = range.isEmpty ? .ok : .partialContent
            if !range.isEmpty {
                headers.add(.contentRange, "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.info.size)")
            }
        }
        headers.add(.contentLength, String(length))
        return (status, headers)
    }

    /// The object's where all its bytes were asked for and it is of them all; a part's own where the object's is composite, else none.
    private func addChecksum(
        of part: StoredPart?, _ range: Range<Int64>, _ object: StoredObject, _ wish: ReadWish, to headers: inout HTTPFields
    ) {
        guard let checksum = object.info.checksum else { return }
        guard let part, checksum.type == .composite || wish.showsEveryPart else {
            if range == 0..<object.info.size { headers.add(checksum) }
            return
        }
        headers.add(part.checksum)
        headers.add(.amzChecksumType, checksum.type.wireName)
    }
}
