import Model
import StoragePorts

extension Objects {
    /// The rules that a new object under this key has to meet; those on size and type are checked by the commit itself. Throws `.noSuchBucket`.
    package func admissionRules(_ bucket: BucketName, _ key: ObjectKey) async throws(ObjectsError) -> [AdmissionRule] {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            guard state.hasAdmission else { return [] }
            return try state.setting(AdmissionRules.self)?.about(key) ?? []
        }
    }
}

extension BucketState {
    /// Refuses an object whose size or type a rule forbids, whatever operation makes it. Throws `.notAdmitted`.
    func checkAdmission(_ key: ObjectKey, size: Int64, contentType: String?) throws {
        guard hasAdmission, let rules = try setting(AdmissionRules.self) else { return }
        for rule in rules.about(key) {
            if let reason = rule.refusal(size: size, contentType: contentType) { throw ObjectsError.notAdmitted(reason) }
        }
    }
}
