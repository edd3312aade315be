import Doors
import HTTPTypes
import NIOCore
import Synchronization

/// A request's body that remembers how far it was read, so that the door knows what to do with the rest.
final class TrackedBody: DoorBody {
    private enum Progress {
        case untouched
        case reading
        case ended
        case failed
    }

    private let body: any DoorBody
    private let declaredLength: Int64?
    private let progress: Mutex<(Progress, Int64)> = Mutex((.untouched, 0))
    private let mayBePresent: Bool
    private let expectsContinue: Bool

    init(_ request: DoorRequest) {
        body = request.body
        declaredLength = request.contentLength
        switch request.method {
        case .get, .head, .delete: mayBePresent = (request.contentLength ?? 0) > 0 || request.headers.contains(.transferEncoding)
        default: mayBePresent = request.contentLength != 0
        }
        expectsContinue = mayBePresent && request.headers.contains(.expect)
    }

    func next() async throws -> ByteBuffer? {
        do {
            let piece = try await body.next()
            progress.withLock { $0 = (piece == nil ? .ended : .reading, $0.1 + Int64(piece?.readableBytes ?? 0)) }
            return piece
        } catch {
            progress.withLock { $0.0 = .failed }
            throw error
        }
    }

    func reserve(_ wanted: Int, least: Int) async throws -> Int { try await body.reserve(wanted, least: least) }

    func room(_ wanted: Int) async throws -> Int { try await body.room(wanted) }

    /// Whether the connection has to close after the answer: a short rest is read and thrown away, a long one, or one that the
    /// client holds back until it sees `100 Continue`, is not.
    func settle() async -> Bool {
        let (state, read) = progress.withLock { $0 }
        switch state {
        case .ended: return false
        case .failed: return true
        case .untouched where !mayBePresent: return false
        case .untouched where expectsContinue: return true
        case .untouched, .reading: break
        }
        if let declaredLength, declaredLength - read > Int64(S3Limits.discardBytesMax) { return true }
        return await !discardRest()
    }

    private func discardRest() async -> Bool {
        var room = S3Limits.discardBytesMax
        do {
            while let piece = try await next() {
                room -= piece.readableBytes
                if room < 0 { return false }
            }
            return true
        } catch {
            return false
        }
    }
}
