import Model
import S3
import Testing

@Suite struct HeaderTests {
    @Test(
        arguments: [
            ("bytes=0-0", 10, 0..<1), ("bytes=2-5", 10, 2..<6), ("bytes=2-", 10, 2..<10), ("bytes=-3", 10, 7..<10),
            ("bytes=-30", 10, 0..<10), ("bytes=5-500", 10, 5..<10), ("bytes=9-9", 10, 9..<10), ("bytes=10-11", 10, nil),
            ("bytes=10-", 10, nil), ("bytes=-0", 10, nil), ("bytes=0-", 0, nil), ("bytes=-1", 0, nil),
            ("bytes=0-99999999999999999999", 10, 0..<10), ("bytes=99999999999999999999-", 10, nil),
        ] as [(String, Int64, Range<Int64>?)])
    func ranges(_ text: String, _ size: Int64, _ expected: Range<Int64>?) throws {
        let header = try #require(RangeHeader(text))
        #expect(header.resolve(size: size) == expected)
    }

    @Test(arguments: ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes= 0-1", "bytes=1"])
    func ignoresOtherRanges(_ text: String) {
        #expect(RangeHeader(text) == nil)
    }

    @Test(arguments: [
        ("bucket/key", "bucket", "key"), ("/bucket/key", "bucket", "key"), ("/bucket/a/b/c", "bucket", "a/b/c"),
        ("bucket%2Fkey", "bucket", "key"), ("bucket/a%20b%2Bc", "bucket", "a b+c"), ("bucket/a+b", "bucket", "a b"),
        ("bucket/key?versionId=null", "bucket", "key"), ("bucket/a%3FversionId%3Dx", "bucket", "a?versionId=x"),
        ("bucket/%C3%A9", "bucket", "é"), ("bucket//a", "bucket", "/a"),
    ])
    func copySources(_ text: String, _ bucket: String, _ key: String) throws {
        let source = try CopySourceHeader(text)
        #expect(source.bucket.rawValue == bucket)
        #expect(source.key.utf8 == Array(key.utf8))
    }

    @Test(arguments: ["https://s3.example.com/bucket/a%20b", "http://S3.EXAMPLE.COM/bucket/a+b"])
    func copySourcesMayBeURLsOfThisServer(_ text: String) throws {
        let source = try CopySourceHeader(text, hosts: ["127.0.0.1:9000", "s3.example.com"])
        #expect(source.bucket.rawValue == "bucket" && source.key.string == "a b")
        #expect(throws: S3Error.self) { try CopySourceHeader(text, hosts: ["other.example.com"]) }
    }

    @Test(arguments: [
        ("", "InvalidArgument"), ("bucket", "InvalidArgument"), ("bucket/", "InvalidArgument"), ("/", "InvalidArgument"),
        ("bucket/%zz", "InvalidArgument"), ("BUCKET/key", "InvalidBucketName"), ("bucket/key?versionId=", "InvalidArgument"),
        ("bucket/key?versionId=abc", "InvalidArgument"),
        ("arn:aws:s3:us-east-1:1:accesspoint/x/object/k", "NotImplemented"),
        ("bucket/" + String(repeating: "k", count: 1025), "KeyTooLongError"),
    ])
    func refusedCopySources(_ text: String, _ code: String) {
        let error = #expect(throws: S3Error.self) { try CopySourceHeader(text) }
        #expect(error?.code == code)
    }

    @Test(arguments: ["bytes=0", "0-21", "bytes=-5", "bytes=5-", "bytes=0-1,2-3", "bytes=5-3"])
    func refusedCopyRanges(_ text: String) {
        let error = #expect(throws: S3Error.self) { try CopySourceRange.parse(text) }
        #expect(error?.code == "InvalidArgument")
    }
}
