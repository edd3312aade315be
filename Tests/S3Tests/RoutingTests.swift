import AWSWire
import HTTPTypes
import S3
import Testing

@Suite struct RoutingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: HTTPRequest.Method
        let level: S3Level
        let query: String
        var copies = false
        let operation: S3Operation

        var testDescription: String { "\(method.rawValue) \(level) ?\(query)" }
    }

    static let rows: [Row] = [
        Row(method: .get, level: .service, query: "", operation: .listBuckets),
        Row(method: .get, level: .service, query: "x-id=ListBuckets", operation: .listBuckets),
        Row(method: .put, level: .bucket, query: "", operation: .createBucket),
        Row(method: .head, level: .bucket, query: "acl", operation: .headBucket),
        Row(method: .delete, level: .bucket, query: "", operation: .deleteBucket),
        Row(method: .get, level: .bucket, query: "location", operation: .getBucketLocation),
        Row(method: .get, level: .bucket, query: "location=", operation: .getBucketLocation),
        Row(method: .get, level: .bucket, query: "", operation: .listObjects),
        Row(method: .get, level: .bucket, query: "prefix=uploads&delimiter=/", operation: .listObjects),
        Row(method: .get, level: .bucket, query: "list-type=2&prefix=versions", operation: .listObjectsV2),
        Row(method: .get, level: .bucket, query: "versions&max-keys=3", operation: .listObjectVersions),
        Row(method: .get, level: .bucket, query: "uploads", operation: .listMultipartUploads),
        Row(method: .post, level: .bucket, query: "delete", operation: .deleteObjects),
        Row(method: .post, level: .bucket, query: "", operation: .postObject),
        Row(method: .get, level: .bucket, query: "notification", operation: .getBucketNotification),
        Row(method: .put, level: .bucket, query: "notification", operation: .putBucketNotification),
        Row(method: .put, level: .bucket, query: "versioning", operation: .putBucketVersioning),
        Row(method: .delete, level: .bucket, query: "policy", operation: .deleteBucketPolicy),
        Row(method: .get, level: .object, query: "", operation: .getObject),
        Row(method: .get, level: .object, query: "partNumber=2", operation: .getObject),
        Row(method: .get, level: .object, query: "uploadId=x", operation: .listParts),
        Row(method: .get, level: .object, query: "attributes", operation: .getObjectAttributes),
        Row(method: .head, level: .object, query: "uploadId=x", operation: .headObject),
        Row(method: .put, level: .object, query: "x-id=PutObject", operation: .putObject),
        Row(method: .put, level: .object, query: "", copies: true, operation: .copyObject),
        Row(method: .put, level: .object, query: "partNumber=1&uploadId=x", operation: .uploadPart),
        Row(method: .put, level: .object, query: "partNumber=1&uploadId=x", copies: true, operation: .uploadPartCopy),
        Row(method: .put, level: .object, query: "tagging", operation: .putObjectTagging),
        Row(method: .post, level: .object, query: "uploads", operation: .createMultipartUpload),
        Row(method: .post, level: .object, query: "uploadId=x", operation: .completeMultipartUpload),
        Row(method: .post, level: .object, query: "restore", operation: .restoreObject),
        Row(method: .delete, level: .object, query: "", operation: .deleteObject),
        Row(method: .delete, level: .object, query: "uploadId=x", operation: .abortMultipartUpload),
        Row(method: .options, level: .object, query: "", operation: .preflight),
    ]

    @Test(arguments: rows) func routes(_ row: Row) throws {
        let operation = try S3Router.route(row.method, row.level, QueryItems(rawQuery: row.query), hasCopySource: row.copies)
        #expect(operation == row.operation)
    }

    @Test(arguments: [
        (HTTPRequest.Method.put, S3Level.service, "", "MethodNotAllowed"), (.post, .object, "", "MethodNotAllowed"),
        (.get, .bucket, "delete", "MethodNotAllowed"), (.patch, .object, "", "MethodNotAllowed"),
        (.put, .object, "uploadId=x", "InvalidArgument"), (.put, .object, "partNumber=1", "InvalidArgument"),
    ])
    func refuses(_ method: HTTPRequest.Method, _ level: S3Level, _ query: String, _ code: String) {
        let error = #expect(throws: S3Error.self) {
            try S3Router.route(method, level, QueryItems(rawQuery: query), hasCopySource: false)
        }
        #expect(error?.code == code)
    }

    @Test(
        arguments: [
            ("localhost:9000", "/", nil, nil), ("localhost:9000", "/photos", "photos", nil), ("localhost:9000", "/photos/", "photos", nil),
            ("localhost", "/photos/a/b", "photos", "a/b"), ("photos.localhost:9000", "/", "photos", nil),
            ("photos.localhost:9000", "/a/b", "photos", "a/b"), ("Photos.LocalHost", "/a", "photos", "a"),
            ("my.photos.s3.example.com", "/a", "my.photos", "a"), ("127.0.0.1:9000", "/photos/a", "photos", "a"),
            ("[::1]:9000", "/photos/a", "photos", "a"), ("example.org", "/photos/a", "photos", "a"),
            ("s3.example.com", "/photos/a", "photos", "a"),
            ("localhost", "/photos//a", "photos", "/a"), ("localhost", "/photos//", "photos", "/"),
            ("localhost", "/b/%2Fa%20b", "b", "/a b"),
            ("localhost", "/b/a+b", "b", "a+b"), ("localhost", "/b/a/../c", "b", "a/../c"), ("localhost", "/b/%C3%A9", "b", "é"),
            ("localhost", "/b/a%00b", "b", "a\0b"),
        ] as [(String, String, String?, String?)])
    func targets(_ authority: String, _ path: String, _ bucket: String?, _ key: String?) throws {
        let target = try S3Target(authority: authority, rawPath: path, baseDomains: ["localhost", "example.com", "s3.example.com"])
        #expect(target.bucket == bucket)
        #expect(target.key == key.map { Array($0.utf8) })
    }

    @Test(arguments: ["/b/%ff", "/b/%zz", "/b/%2", "/%ff/a", "/b/../a", "/b/a/../../c", "/b/.."])
    func refusesBrokenPaths(_ path: String) {
        let error = #expect(throws: S3Error.self) {
            try S3Target(authority: "localhost", rawPath: path, baseDomains: ["localhost"])
        }
        #expect(error?.code == "InvalidURI")
    }
}
