import Doors
import HTTPTypes
import NIOCore

/// A request's body, read whole and bounded. One task uses it.
final class SQSBody {
    /// An unread body up to this size is read and thrown away, so that the connection can stay.
    private static let discardBytesMax: Int64 = 256 << 10
    /// Bodies up to this size are taken without asking for memory.
    private static let unreservedBytesMax = 16 << 10
    /// What a body takes for each of its bytes: as it came, and as it is stored.
    private static let memoryFactor = 2

    private let body: any DoorBody
    private let declaredLength: Int64?
    private let mayBeHeldBack: Bool
    private var hasEnded: Bool
    private(set) var bytes = ByteBuffer()

    init(_ request: DoorRequest) {
        body = request.body
        declaredLength = request.contentLength
        mayBeHeldBack = request.headers.contains(.expect)
        hasEnded = request.contentLength == 0 || request.method == .get && request.contentLength == nil
    }

    /// Throws `SQSError.bodyTooLarge` or `DoorBodyError`.
    func read() async throws {
        if let declaredLength, declaredLength > Int64(SQSLimits.bodyBytesMax) { throw SQSError.bodyTooLarge }
        let length = hasEnded ? 0 : declaredLength.map { Int($0) } ?? SQSLimits.bodyBytesMax
        if length > Self.unreservedBytesMax {
            _ = try await body.reserve(length * Self.memoryFactor, least: length * Self.memoryFactor)
        }
        while !hasEnded {
            guard var piece = try await body.next() else {
                hasEnded = true
                return
            }
            guard bytes.readableBytes + piece.readableBytes <= SQSLimits.bodyBytesMax else { throw SQSError.bodyTooLarge }
            if bytes.readableBytes == 0 { bytes = piece } else { bytes.writeBuffer(&piece) }
        }
    }

    /// Whether the connection may stay: nothing of the body is left on it.
    func settle() async -> Bool {
        if hasEnded { return true }
        guard !mayBeHeldBack, let declaredLength, declaredLength <= Self.discardBytesMax else { return false }
        do {
            while try await body.next() != nil {}
            return true
        } catch {
            return false
        }
    }
}
