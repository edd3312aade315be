import Envelope
import Model
import StoragePorts

extension Objects {
    /// Copies by reading the source and storing its bytes as a new payload, sealed by a key of the copy's own, or not sealed. The copy is one
    /// payload, as AWS's copies are. Nil when the source's bytes were swept since the lookup.
    func copyAnew(
        _ source: StoredObject, _ request: CopyRequest, _ decision: EncryptionDecision
    ) async throws(ObjectsError) -> Committed<CopiedObject>? {
        guard let anew = try await anew(source, request, decision) else { return nil }
        let stored = try await put(anew, event: .objectCreatedCopy)
        return Committed(value: CopiedObject(info: stored.value, source: source.info.version), lsn: stored.lsn)
    }

    /// The copy as a put of its own, whose payload is received. Nil when the source's bytes were swept since the lookup.
    func anew(
        _ source: StoredObject, _ request: CopyRequest, _ decision: EncryptionDecision
    ) async throws(ObjectsError) -> PutRequest? {
        var attributes = request.attributes(from: source.info)
        attributes.tags = try request.tags(from: source.info)
        let algorithm = request.checksum ?? source.info.checksum?.checksum.algorithm
        let intake = intake(
            digests: Set([algorithm].compactMap(\.self)), expectedLength: source.info.size, seal: PayloadSeal(decision, random: random))
        guard let payload = try await read(source, 0..<source.info.size, request.sourceKey, into: intake) else { return nil }
        return PutRequest(
            bucket: request.bucket, key: request.key, payload: payload, attributes: attributes, checksum: algorithm,
            condition: request.condition, lock: request.lock, context: request.context)
    }

    /// Nil when the bytes were swept since the lookup.
    func read(
        _ source: StoredObject, _ range: Range<Int64>, _ key: CustomerKey?, into intake: PayloadIntake
    ) async throws(ObjectsError) -> Payload? {
        do {
            let reader = try await reader(source, range, key)
            while let piece = try await reader.next() { try await intake.write(piece) }
            return try await intake.finish()
        } catch {
            await intake.abandon()
            if error == .blobs(.notFound) { return nil }
            throw error
        }
    }
}
