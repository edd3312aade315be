import Doors
import HTTPTypes
import JSON
import Model
import NIOCore
import Objects

/// What a function is asked about.
package struct AdmissionSubject: Sendable {
    package let operation: String
    package let bucket: BucketName
    package let key: ObjectKey
    /// Bytes; nil when only the commit will know.
    package let size: Int64?
    package let contentType: String?
    package let principal: Principal
    package let requestID: RequestID
}

package enum AdmissionAnswer: Sendable, Hashable {
    case admitted
    case refused(String)
    /// The function did not answer, or not in a way that can be understood.
    case unanswered(String)
}

/// Decides on a new object before its commit, as far as that takes its content or a function's answer. Size and type are the commit's.
final class AdmissionGate {
    /// The largest object that is checked against a schema: it is parsed in memory.
    static let schemaBytesMax = 1 << 20

    private let call: S3Call
    private let bucket: BucketName
    private let key: ObjectKey
    private let rules: [AdmissionRule]
    /// What came of the payload, while it may still be small enough to be checked.
    private var content = ByteBuffer()
    private var isTooLarge = false

    /// Throws `NoSuchBucket`.
    init(_ call: S3Call, _ bucket: BucketName, _ key: ObjectKey) async throws {
        self.call = call
        self.bucket = bucket
        self.key = key
        rules = try await call.objects.admissionRules(bucket, key).filter { $0.schema != nil || $0.question != nil }
    }

    private var needsContent: Bool { rules.contains { $0.schema != nil } }

    /// Takes a piece of the payload on its way to storage.
    func see(_ piece: ByteBuffer) {
        guard needsContent, !isTooLarge else { return }
        guard content.readableBytes + piece.readableBytes <= Self.schemaBytesMax else {
            isTooLarge = true
            content = ByteBuffer()
            return
        }
        content.writeImmutableBuffer(piece)
    }

    /// An object whose whole payload was seen. Throws `AdmissionRefused`.
    func admit(size: Int64, contentType: String?) async throws {
        guard !rules.isEmpty else { return }
        for rule in rules {
            guard let schema = rule.schema else { continue }
            if isTooLarge { throw S3Error.notAdmitted("\(rule.name): an object of more than \(Self.schemaBytesMax) bytes is not checked.") }
            let limits = JSONLimits(bytesMax: Self.schemaBytesMax, valuesMax: 200_000, depthMax: 64)
            guard let value = try? JSONValue.parse(content, limits: limits) else {
                throw S3Error.notAdmitted("\(rule.name): the content is no JSON document.")
            }
            if let problem = schema.problem(value) { throw S3Error.notAdmitted("\(rule.name): \(problem).") }
        }
        try await ask(size: size, contentType: contentType)
    }

    /// An object whose content is not at hand: parts, or what is appended to. Throws `AdmissionRefused`.
    func admitUnseen(size: Int64?, contentType: String?) async throws {
        if let rule = rules.first(where: { $0.schema != nil }) {
            throw S3Error.notAdmitted("\(rule.name): the content cannot be checked; put the object whole.")
        }
        try await ask(size: size, contentType: contentType)
    }

    /// A copy of an object, or one that gets this key. Throws `AdmissionRefused`, and what reading the source throws.
    func admit(_ source: CopySource, contentType: String? = nil, customerKey: CustomerKey? = nil) async throws {
        guard !rules.isEmpty else { return }
        let needsContent = needsContent
        let (object, reader) = try await call.objects.open(
            source.bucket, source.key, source.version.map { .version($0) } ?? .current, customerKey: customerKey
        ) { object throws(ObjectsError) in
            needsContent && object.info.size > 0 && object.info.size <= Int64(Self.schemaBytesMax) ? 0..<object.info.size : nil
        }
        isTooLarge = object.info.size > Int64(Self.schemaBytesMax)
        while let piece = try await reader?.next() { see(piece) }
        try await admit(size: object.info.size, contentType: contentType ?? object.info.attributes.headers.contentType)
    }

    /// A source that is gone is for the rename to judge: it may have been done before.
    func admitRename(from source: ObjectKey, in bucket: BucketName, _ customerKey: CustomerKey?) async throws {
        do {
            try await admit(CopySource(bucket: bucket, key: source), customerKey: customerKey)
        } catch ObjectsError.noSuchKey {
            return
        }
    }

    private func ask(size: Int64?, contentType: String?) async throws {
        let subject = AdmissionSubject(
            operation: call.operation.rawValue, bucket: bucket, key: key, size: size, contentType: contentType,
            principal: call.caller.principal, requestID: call.request.id)
        for rule in rules {
            guard let question = rule.question else { continue }
            switch await call.door.configuration.ask(question, subject) {
            case .admitted: continue
            case .refused(let reason): throw S3Error.notPermitted("\(rule.name): \(reason)")
            case .unanswered(let reason):
                if !question.admitsOnFailure { throw S3Error.notPermitted("\(rule.name): the function gave no answer: \(reason).") }
            }
        }
    }
}
