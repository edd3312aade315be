import Envelope
import NIOCore
import StoragePorts
import Synchronization

/// Hands out a range of an object in pieces of at most `BlobLimits.pieceBytesMax`. One caller. The bytes stay readable while it
/// lives, also when the object is deleted meanwhile; of an object in more than `partsHeldMax` parts, those that come next.
package final class ObjectReader: Sendable {
    /// Parts held open at once; bounds the files that one slow client keeps from being swept.
    package static let partsHeldMax = 32

    /// A run of bytes of one extent.
    private struct Run {
        let extent: Extent
        /// Opens the extent's bytes; nil when they are in the clear.
        let cipher: PayloadCipher?
        /// Payload bytes.
        var offset: UInt64
        var remaining: UInt64
    }

    private struct State {
        /// What is left to be read; the first ones are open.
        var runs: ArraySlice<Run>
        var open: ArraySlice<any BlobReader>
    }

    private let blobs: any Blobs
    private let state: Mutex<State>

    /// Opens the beginning of `range`; an encrypted object's with its key. Throws `.blobs(.notFound)` when the bytes were swept since the
    /// lookup.
    init(_ object: StoredObject, _ range: Range<Int64>, _ blobs: any Blobs, objectKey: DataKey? = nil) async throws(ObjectsError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= object.info.size, "a range lies within the object")
        let runs = try Self.runs(object.parts, range, objectKey)
        var open: [any BlobReader] = []
        for run in runs.prefix(Self.partsHeldMax) {
            do { open.append(try await blobs.open(run.extent)) } catch { throw ObjectsError(error) }
        }
        self.blobs = blobs
        self.state = Mutex(State(runs: runs[...], open: open[...]))
    }

    private static func runs(
        _ parts: [StoredPart], _ range: Range<Int64>, _ objectKey: DataKey?
    ) throws(ObjectsError) -> [Run] {
        var runs: [Run] = []
        for part in parts {
            let lower = max(range.lowerBound, part.offset)
            let upper = min(range.upperBound, part.offset + part.size)
            guard lower < upper, let extent = part.extent else { continue }
            // A part in the clear in an encrypted object, or the other way round, was not put there by this server.
            guard (part.seal == nil) == (objectKey == nil) else { throw .encryption(.unreadable("a part of \(extent)")) }
            let cipher = part.seal.flatMap { seal in
                objectKey.map { PayloadCipher(objectKey: $0, identity: seal.identity, part: seal.number) }
            }
            runs.append(Run(extent: extent, cipher: cipher, offset: UInt64(lower - part.offset), remaining: UInt64(upper - lower)))
        }
        return runs
    }

    /// The next piece, never empty, of at most `bytesMax`; nil at the end. Throws `.blobs`: then the body must be cut off, not ended.
    package func next(bytesMax: Int = BlobLimits.pieceBytesMax) async throws(ObjectsError) -> ByteBuffer? {
        guard let (reader, run) = state.withLock({ Self.current($0) }) else { return nil }
        do {
            let piece =
                if let cipher = run.cipher {
                    try await SealedReading.read(reader, cipher, from: run.offset, countMax: min(run.remaining, UInt64(bytesMax)))
                } else {
                    try await reader.read(from: run.offset, countMax: Self.pieceBytes(run, bytesMax))
                }
            if let extent = state.withLock({ Self.advance(&$0, by: UInt64(piece.readableBytes)) }) {
                let opened = try await blobs.open(extent)
                state.withLock { $0.open.append(opened) }
            }
            return piece
        } catch {
            throw ObjectsError(error)
        }
    }

    private static func current(_ state: State) -> (any BlobReader, Run)? {
        guard let run = state.runs.first, let reader = state.open.first else { return nil }
        return (reader, run)
    }

    /// Ends at a block's border, so that no block's checksum is computed for two pieces.
    private static func pieceBytes(_ run: Run, _ bytesMax: Int) -> Int {
        let behindBorder = run.offset % UInt64(BlobLimits.blockBytes)
        let most = UInt64(min(bytesMax, BlobLimits.pieceBytesMax))
        return Int(min(run.remaining, most > behindBorder ? most - behindBorder : most))
    }

    /// Returns the extent to open now that one was read to its end.
    private static func advance(_ state: inout State, by count: UInt64) -> Extent? {
        let first = state.runs.startIndex
        precondition(count > 0 && count <= state.runs[first].remaining, "a piece is what was asked for, or less")
        state.runs[first].offset += count
        state.runs[first].remaining -= count
        guard state.runs[first].remaining == 0 else { return nil }
        state.runs.removeFirst()
        state.open.removeFirst()
        return state.runs.dropFirst(state.open.count).first?.extent
    }
}
