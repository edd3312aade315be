import AWSWire
import NIOCore
import Testing

struct XMLTests {
    static let limits = XMLLimits(bytesMax: 1 << 20)

    static func parse(_ text: String, limits: XMLLimits = limits) throws(XMLError) -> XMLElement {
        try XMLElement.parse(ByteBuffer(string: text), limits: limits)
    }

    static func failure(_ bytes: [UInt8], limits: XMLLimits = limits) -> XMLError? {
        do throws(XMLError) {
            _ = try XMLElement.parse(ByteBuffer(bytes: bytes), limits: limits)
            return nil
        } catch {
            return error
        }
    }

    static func failure(_ text: String, limits: XMLLimits = limits) -> XMLError? { failure(Array(text.utf8), limits: limits) }

    @Test func aDeleteRequest() throws {
        let root = try Self.parse(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- by hand -->
            <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
              <Object><Key>a&amp;b &#xe4; <![CDATA[<raw>]]></Key><VersionId/></Object>
              <s3:Object xmlns:s3="x" xsi:type="T"><Key>second</Key></s3:Object>
            </Delete>
            """)
        #expect(root.name == "Delete")
        #expect(root.attributes.isEmpty)
        let objects = root.children(named: "Object")
        #expect(objects.map { $0["Key"]?.text } == ["a&b ä <raw>", "second"])
        #expect(objects[0]["VersionId"]?.text == "")
        #expect(objects[1].attribute("type") == "T")
        #expect(root["Quiet"] == nil)
    }

    @Test func entitiesAreRefused() {
        let bomb = """
            <!DOCTYPE a [<!ENTITY a0 "ha"><!ENTITY a1 "&a0;&a0;&a0;&a0;"><!ENTITY a2 "&a1;&a1;&a1;&a1;">]><a>&a2;</a>
            """
        #expect(Self.failure(bomb) == .declaresDocumentType)
        #expect(Self.failure("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>") == .declaresDocumentType)
        guard case .malformed = Self.failure("<a>&nbsp;</a>") else {
            Issue.record("an undeclared entity")
            return
        }
    }

    @Test(arguments: [
        "", " ", "<a>", "<a></b>", "<a/><b/>", "text", "<a b=1/>", "<a b='1' b='2'/>", "<a>\u{1}</a>", "<a>&#0;</a>", "<a>&#x1;</a>", "<a",
        "<a>&</a>",
        "<1/>", "<a><![CDATA[</a>",
    ])
    func malformed(text: String) {
        guard case .malformed = Self.failure(text) else {
            Issue.record("\(text) parses")
            return
        }
    }

    @Test func bytesThatAreNotText() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0]] {
            guard case .malformed = Self.failure(Array("<a>".utf8) + bytes + Array("</a>".utf8)) else {
                Issue.record("\(bytes) parses")
                continue
            }
        }
        // The encoding is UTF-8 whatever the document says.
        guard case .malformed = Self.failure(Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>".utf8) + [0xE4] + Array("</a>".utf8))
        else {
            Issue.record("latin 1 parses")
            return
        }
    }

    @Test func limitsHold() {
        #expect(Self.failure(String(repeating: "<a>", count: 33) + String(repeating: "</a>", count: 33)) == .tooDeep)
        #expect(Self.failure(String(repeating: "<a>", count: 32) + String(repeating: "</a>", count: 32)) == nil)
        #expect(Self.failure(String(repeating: "<a>", count: 100_000)) == .tooDeep)
        let wide = "<a>" + String(repeating: "<b/>", count: 1000) + "</a>"
        #expect(Self.failure(wide, limits: XMLLimits(bytesMax: 1 << 20, elementsMax: 1000)) == .tooManyElements)
        #expect(Self.failure(wide, limits: XMLLimits(bytesMax: 1 << 20, elementsMax: 1001)) == nil)
        #expect(Self.failure(wide, limits: XMLLimits(bytesMax: wide.utf8.count - 1)) == .tooLarge)
        let attributes = (0..<17).map { "a\($0)=''" }.joined(separator: " ")
        #expect(Self.failure("<a \(attributes)/>") == .tooManyAttributes)
        let tenMebibytes = [UInt8](repeating: UInt8(ascii: "<"), count: 10 << 20)
        #expect(Self.failure(tenMebibytes) == .tooLarge)
    }

    @Test func writing() throws {
        var xml = XMLWriter()
        xml.open("ListBucketResult", xmlns: "http://s3.amazonaws.com/doc/2006-03-01/")
        xml.element("Name", "a<b>&\"c\"\r\n\t")
        xml.element("Prefix", "")
        xml.element("MaxKeys", 1000)
        xml.element("IsTruncated", false)
        xml.element("Key", utf8: [0x61, 0xFF])
        xml.element("Bad", "\u{0}\u{1F}\u{FFFE}\u{FFFF}\u{FFFD}\u{1F600}")
        xml.open(
            "Grantee", attributes: [("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:type", "CanonicalUser")])
        xml.close("Grantee")
        xml.close("ListBucketResult")
        let text = xml.finish().text
        #expect(
            text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<Name>a&lt;b&gt;&amp;&quot;c&quot;&#13;\n\t</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys>"
                + "<IsTruncated>false</IsTruncated><Key>a\u{FFFD}</Key><Bad>\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{1F600}</Bad>"
                + "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                + " xsi:type=\"CanonicalUser\"></Grantee></ListBucketResult>"
        )
        #expect(try Self.parse(text)["Name"]?.text == "a<b>&\"c\"\r\n\t")
    }

    /// Every byte at every place of a text, and memory that has to grow at any place.
    @Test func writesWhatAPlainLoopWould() {
        func escaped(_ text: String) -> String {
            text.unicodeScalars.map { scalar in
                switch scalar {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                case "\"": "&quot;"
                case "\r": "&#13;"
                case "\t", "\n": String(scalar)
                case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": "\u{FFFD}"
                default: String(scalar)
                }
            }.joined()
        }
        let specials = (0..<0x80).map { String(UnicodeScalar(UInt8($0))) } + ["\u{80}", "é", "\u{FFFD}", "\u{FFFE}", "\u{1F600}"]
        for special in specials {
            for place in [0, 1, 7, 8, 9, 15, 16, 40] {
                let text = String(repeating: "p", count: place) + special + String(repeating: "q", count: 40 - place)
                var xml = XMLWriter(declaration: false, capacity: place)
                xml.element("A", text)
                xml.element("B", utf8: Array(text.utf8))
                xml.element("C", quoting: text)
                xml.element(named: "D", text)
                let inner = escaped(text)
                #expect(
                    xml.finish().text == "<A>\(inner)</A><B>\(inner)</B><C>&quot;\(inner)&quot;</C><D>\(inner)</D>",
                    "\(special) at \(place)")
            }
        }
        var xml = XMLWriter(declaration: false, capacity: 0)
        for number in 0..<1000 { xml.element("N", number) }
        #expect(xml.finish().text == (0..<1000).map { "<N>\($0)</N>" }.joined())
    }
}
