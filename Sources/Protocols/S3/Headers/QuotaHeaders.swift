import HTTPTypes
import Objects

/// How much a bucket may hold, and what it holds: Roost's own. See docs/admin.md.
enum QuotaHeaders {
    /// What a new bucket shall have; nil when the request names none. Throws `InvalidArgument`.
    static func asked(_ call: S3Call) throws(S3Error) -> BucketQuota? {
        let (bytes, objects) = (try number(.roostQuotaBytes, call), try number(.roostQuotaObjects, call))
        return bytes == nil && objects == nil ? nil : BucketQuota(bytesMax: bytes, objectsMax: objects)
    }

    private static func number(_ name: HTTPField.Name, _ call: S3Call) throws(S3Error) -> Int64? {
        guard let text = call.headers[name] else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(text) else {
            throw .invalidArgument("A quota is a whole number from 0 on.", name: name.canonicalName, value: text)
        }
        return number
    }

    static func add(_ quota: BucketQuota, _ holds: BucketAmount, to headers: inout HTTPFields) {
        headers.add(.roostQuotaBytes, quota.bytesMax.map { String($0) })
        headers.add(.roostQuotaObjects, quota.objectsMax.map { String($0) })
        headers.add(.roostUsageBytes, String(holds.bytes))
        headers.add(.roostUsageObjects, String(holds.objects))
    }
}
