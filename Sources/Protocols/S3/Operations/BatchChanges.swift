import AWSWire
import Doors
import HTTPTypes
import Identity
import JSON
import Model
import NIOCore
import Objects
import StoragePorts

/// `POST /BUCKET?roost-batch`: many changes, one commit. Roost's own; the document is described in docs/beyond-aws/batch.md.
enum BatchChanges {
    /// 1,000 changes, some with content of their own.
    static let bytesMax = 8 << 20
    private static let limits = JSONLimits(bytesMax: bytesMax, valuesMax: 200_000, depthMax: 8)

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        let bytes = try await DocumentBody.bytes(call, bytesMax: bytesMax)
        let entries = try entries(bytes)
        var changes: [BatchChange] = []
        var refused: [Refusal] = []
        for (index, entry) in entries.enumerated() {
            switch try await change(entry, bucket, call) {
            case .success(let change): changes.append(change)
            case .failure(let error): refused.append(Refusal(index: index, place: nil, error: error))
            }
        }
        guard refused.isEmpty else { return refusal(refused, of: entries, bucket, call) }
        switch try await make(changes, call) {
        case .success(let made):
            if let notes = call.notes { note(made.value, of: entries, in: notes) }
            var headers = HTTPFields()
            headers.addPosition(made.lsn)
            return json(.ok, success(made.value, made.lsn), headers)
        case .failure(let failure):
            for refusal in failure.failures {
                let error = S3ErrorMap.s3Error(for: await call.concealed(refusal.error))
                refused.append(Refusal(index: refusal.index, place: changes[refusal.index].place, error: error))
            }
            return refusal(refused, of: entries, bucket, call)
        }
    }

    /// What is wrong with the change is a value; what is wrong with the server is thrown.
    private static func change(_ entry: JSONObject, _ bucket: BucketName, _ call: S3Call) async throws -> Result<BatchChange, S3Error> {
        do {
            return .success(try await BatchEntry.change(entry, bucket, call))
        } catch {
            let error = S3ErrorMap.s3Error(for: await call.concealed(error))
            if error.status.code >= 500 { throw error }
            return .failure(error)
        }
    }

    private struct Failures: Error {
        let failures: [BatchFailure]
    }

    private static func make(_ changes: [BatchChange], _ call: S3Call) async throws -> Result<Committed<[BatchResult]>, Failures> {
        do {
            return .success(try await call.objects.batch(changes, context: call.change))
        } catch {
            guard case .batchRefused(let failures) = error else { throw error }
            return .failure(Failures(failures: failures))
        }
    }

    /// Throws `MalformedBatch`, and `InvalidRequest` for too many.
    private static func entries(_ bytes: ByteBuffer) throws(S3Error) -> [JSONObject] {
        let document: JSONValue
        do {
            document = try JSONValue.parse(bytes, limits: limits)
        } catch {
            throw .malformedBatch("The body is no JSON document: \(error).")
        }
        guard let object = document.object, let list = object["changes"]?.array, object.members.count == 1 else {
            throw .malformedBatch("The body must be an object with a list \"changes\", and nothing else.")
        }
        guard (1...ObjectsLimits.batchChangesMax).contains(list.count) else {
            throw .malformedBatch("A batch has 1 to \(ObjectsLimits.batchChangesMax) changes.")
        }
        var entries: [JSONObject] = []
        for entry in list {
            guard let entry = entry.object else { throw .malformedBatch("A change is an object.") }
            entries.append(entry)
        }
        return entries
    }

    private static func success(_ results: [BatchResult], _ lsn: LSN) -> JSONValue {
        let list = results.map { result in
            var object: JSONObject = ["bucket": .string(result.place.bucket.rawValue), "key": .string(result.place.key.string)]
            if let etag = result.etag { object["etag"] = .string(etag.text) }
            if let version = result.version { object["versionId"] = .string(version.description) }
            if result.isDeleteMarker { object["deleteMarker"] = .bool(true) }
            return JSONValue.object(object)
        }
        return .object(["lsn": .string(lsn.description), "results": .array(list)])
    }

    private static func note(_ results: [BatchResult], of entries: [JSONObject], in notes: LogNotes) {
        for (result, entry) in zip(results, entries) {
            let status: HTTPResponse.Status = result.etag == nil ? .noContent : .ok
            notes.add(
                LogNotes.Change(
                    bucket: result.place.bucket, key: result.place.key.string, verb: BatchEntry.verb(entry),
                    versionID: result.version?.description, status: status.code, errorCode: nil))
        }
    }

    private struct Refusal {
        let index: Int
        let place: BatchPlace?
        let error: S3Error
    }

    /// The status is that of the refused changes where they agree, else 409.
    private static func refusal(_ refused: [Refusal], of entries: [JSONObject], _ bucket: BucketName, _ call: S3Call) -> DoorResponse {
        let list = refused.map { refusal in
            let entry = entries[refusal.index]
            call.notes?.add(change(refusal, entry, bucket))
            var object: JSONObject = ["index": .integer(refusal.index)]
            if let name = refusal.place?.bucket.rawValue ?? entry["bucket"]?.string { object["bucket"] = .string(name) }
            if let key = refusal.place?.key.string ?? entry["key"]?.string { object["key"] = .string(key) }
            object["code"] = .string(refusal.error.code)
            object["message"] = .string(refusal.error.wire.message)
            object["status"] = .integer(refusal.error.status.code)
            return JSONValue.object(object)
        }
        let statuses = Set(refused.map { $0.error.status.code })
        let status = statuses.count == 1 ? refused[0].error.status : .conflict
        let body: JSONObject = [
            "code": .string("BatchRefused"),
            "message": .string("Nothing was changed: \(refused.count) of \(entries.count) changes were refused."),
            "failures": .array(list),
        ]
        return json(status, .object(body), [:])
    }

    private static func change(_ refusal: Refusal, _ entry: JSONObject, _ bucket: BucketName) -> LogNotes.Change {
        LogNotes.Change(
            bucket: refusal.place?.bucket ?? entry["bucket"]?.string.flatMap { BucketName($0) } ?? bucket,
            key: refusal.place?.key.string ?? entry["key"]?.string ?? "", verb: BatchEntry.verb(entry), versionID: nil,
            status: refusal.error.status.code, errorCode: refusal.error.code)
    }

    private static func json(_ status: HTTPResponse.Status, _ value: JSONValue, _ headers: HTTPFields) -> DoorResponse {
        var headers = headers
        headers.append(HTTPField(name: .contentType, value: "application/json"))
        return DoorResponse(status: status, headers: headers, body: .bytes(value.bytes), operation: "")
    }
}
