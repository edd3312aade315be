/// What fuzzers and the seeded test feed: each function takes any bytes, never crashes, and traps when an invariant is broken.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Where mutation begins.
    package let corpus: [[UInt8]]
    package let run: @Sendable (UnsafeRawBufferPointer) -> Void

    package static let all: [FuzzTarget] = [
        FuzzTarget(name: "sigv4", corpus: FuzzCorpus.sigV4.map { Array($0.utf8) }, run: fuzzSigV4),
        FuzzTarget(name: "chunked", corpus: FuzzCorpus.chunked.map { Array($0.utf8) }, run: fuzzAWSChunked),
        FuzzTarget(name: "xml", corpus: FuzzCorpus.xml.map { Array($0.utf8) }, run: fuzzXML),
        FuzzTarget(name: "query", corpus: FuzzCorpus.query.map { Array($0.utf8) }, run: fuzzQuery),
        FuzzTarget(name: "json", corpus: FuzzCorpus.json.map { Array($0.utf8) }, run: fuzzJSON),
        FuzzTarget(name: "policy", corpus: FuzzCorpus.policy.map { Array($0.utf8) }, run: fuzzPolicy),
        FuzzTarget(name: "journal", corpus: FuzzCorpus.journal, run: fuzzJournal),
        FuzzTarget(name: "record", corpus: FuzzCorpus.record, run: fuzzRecord),
    ]
}

enum FuzzCorpus {
    static let sigV4 = [
        "GET\n/bucket/a%20b\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request"
            + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=00\nlocalhost:9000",
        "PUT\n/b/k\nuploads&a=b+c\nlocalhost\nauthorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/s3/aws4_request, "
            + "SignedHeaders=host;x-amz-date, Signature=0123\nx-amz-date:20260102T030405Z\nx-amz-content-sha256:UNSIGNED-PAYLOAD",
        "POST\n/\n\nhost\nx-amz-meta-a:  b   c \nrange:bytes=0-1\nauthorization:AWS abc:def",
    ]
    static let chunked = [
        "\u{5}\u{0}5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        "\u{A}\u{0}a\r\n0123456789\r\n0\r\n\r\n", "\u{0}\u{1}0\r\n\r\n", "\u{3}\u{0}FFFFFFFFFFFFFFFF\r\nabc",
        "\u{4}\u{1}4;chunk-signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\nabcd\r\n",
    ]
    static let xml = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b</Key>"
            + "</Object><Quiet>true</Quiet></Delete>",
        "<a:b xmlns:a=\"x\" a:t=\"&#13;\"><!-- c --><![CDATA[<>]]>\r\n&#x1F600;</a:b>",
        "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;&b;\">]><a>&d;</a>",
    ]
    static let query = [
        "Action=SendMessage&Version=2012-11-05&Attribute.1.Name=a&Attribute.1.Value=b%20c&Attribute.2.Name=+",
        "uploads&prefix=a%2Fb&a=&=b&&c==d",
        "Entry.member.1.Id=x&Entry.member.2.Id=y&A.B.C.D.E.F.G.H.I.J.K.L.M.N.O.P=1",
    ]
    static let json = [
        "{\"QueueUrl\":\"http://localhost/0/q\",\"MaxNumberOfMessages\":10,\"a\":[true,false,null,-1.5e+3,0],\"\":{}}",
        "\"\\ud83d\\ude00\\u0000\\n\\\\ \u{E9}\"", "[[[[[[[[[[]]]]]]]]]]", "{\"a\":1,\"a\":2,\"b\":{\"a\":1,\"a\":{}}}",
    ]
    static let journal: [[UInt8]] = {
        let segments = SegmentFiles.sample.files.files.map(\.bytes)
        let whole = segments.map { [0] + $0 }
        let frames = segments.map { [1] + $0.dropFirst(SegmentFiles.headerBytes) }
        // A flipped bit, a byte, a filled range, a copied frame, a cut and a longer file.
        let edits: [[UInt8]] = [
            [0, 0, 0x10, 0x48, 0, 3], [1, 1, 0x10, 8, 0, 9], [2, 0, 0x11, 0, 200, 0], [3, 0, 0x10, 0, 47, 20], [4, 1, 0x18, 0, 0, 0],
            [5, 1, 0, 0, 255, 7],
        ]
        return whole + frames + edits.flatMap { [[2] + $0, [3] + $0] } + [[2] + edits.joined()]
    }()
    static let record: [[UInt8]] = {
        let position: [UInt8] = [1, 2, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0]
        return [
            [1] + [UInt8](repeating: 0, count: 19),
            position + [2, 1, 32, 3, 2, 0xAC, 2, 0xC8, 1] + [2, 2, 1, 2, 0xAA, 0xBB, 3, 0, 0] + [2, 1, 2, 16, 65, 1, 66, 0, 2, 16, 67],
        ]
    }()
}
