import AWSWire
import NIOCore
import Testing

struct QueryTests {
    static func form(_ text: String) throws(QueryFormError) -> QueryForm { try QueryForm.parse(ByteBuffer(string: text)) }

    @Test func aSendMessageBatch() throws {
        let form = try Self.form(
            "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=http%3A%2F%2Fh%2F0%2Fq"
                + "&SendMessageBatchRequestEntry.2.Id=two&SendMessageBatchRequestEntry.1.Id=one&SendMessageBatchRequestEntry.10.Id=ten"
                + "&SendMessageBatchRequestEntry.1.MessageBody=a+b%2Bc"
                + "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n"
                + "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String"
        )
        #expect(form.action == "SendMessageBatch")
        #expect(form.version == "2012-11-05")
        #expect(form.root["QueueUrl"]?.value == "http://h/0/q")
        let entries = form.root.list("SendMessageBatchRequestEntry")
        #expect(entries.map { $0["Id"]?.value } == ["one", "two", "ten"])
        #expect(entries[0]["MessageBody"]?.value == "a b+c")
        let attributes = entries[0].map("MessageAttribute")
        #expect(attributes.map(\.key) == ["n"])
        #expect(attributes[0].value["DataType"]?.value == "String")
        #expect(entries[0]["Id"]?.list("x").isEmpty == true)
    }

    @Test func listsAndMaps() throws {
        let form = try Self.form(
            "A.member.2=y&A.member.1=x&B.1=p&B.2=q&C.entry.1.key=k&C.entry.1.value=v&D=&E.1.Name=n&E.1.Value=1&E.2.Name=m&A.member.x=z")
        #expect(form.root.list("A").map(\.value) == ["x", "y"])
        #expect(form.root.list("B").map(\.value) == ["p", "q"])
        let map = form.root.map("C", key: "key", value: "value")
        #expect(map.map(\.key) == ["k"])
        #expect(map.map(\.value.value) == ["v"])
        #expect(form.root["D"]?.value == "")
        #expect(form.root.list("D").isEmpty)
        #expect(form.root.map("E").map(\.key) == ["n"])
        #expect(form.root.list("none").isEmpty)
    }

    @Test func oddForms() throws {
        let form = try Self.form("a=1&a=2&&b&=c&d.=e&.f=g&h==i")
        #expect(form.root["a"]?.value == "2")
        #expect(form.root["b"]?.value == "")
        #expect(form.root[""]?.value == "c")
        #expect(form.root["d"]?.value == nil)
        #expect(form.root["d"]?[""]?.value == "e")
        #expect(form.root["h"]?.value == "=i")
        #expect(try Self.form("").root.names.isEmpty)
    }

    @Test func hostileForms() throws {
        for text in ["a=%", "a=%4", "a=%GG", "%=1", "a=%FF", "%C3=1"] {
            #expect(throws: QueryFormError.malformed) { try Self.form(text) }
        }
        #expect(throws: QueryFormError.tooDeep) { try Self.form(String(repeating: "a.", count: 16) + "a=1") }
        #expect(try Self.form(String(repeating: "a.", count: 15) + "a=1").root.names == ["a"])
        #expect(throws: QueryFormError.tooManyParameters) { try Self.form(String(repeating: "a=1&", count: 4097)) }
        let many = try Self.form((0..<4096).map { "L.\($0)=1" }.joined(separator: "&"))
        #expect(many.root.list("L").count == 4096)
        #expect(throws: QueryFormError.malformed) { try QueryForm.parse(ByteBuffer(bytes: [0x61, 0x3D, 0xFF])) }
    }

    @Test func urlQueries() {
        let items = QueryItems(rawQuery: "uploads&prefix=a%2Fb+c%2B&marker=&&max-keys=5&key%2Dmarker=x&=e&bad=%zz&no=%FF")
        #expect(items.contains("uploads"))
        #expect(items.value("uploads") == "")
        #expect(items.value("prefix") == "a/b c+")
        #expect(items.value("marker") == "")
        #expect(items.value("key-marker") == "x")
        #expect(!items.contains("upload") && !items.contains("Uploads"))
        #expect(items.value("nothing") == nil)
        #expect(items.contains("bad") && items.value("bad") == nil)
        #expect(items.value("no") == nil)
        #expect(!items.isWellFormed)
        #expect(items.all.map(\.name) == ["uploads", "prefix", "marker", "max-keys", "key-marker", ""])
        #expect(items.all[0].value == nil)
        #expect(QueryItems(rawQuery: "").isEmpty)
        #expect(QueryItems(rawQuery: "").isWellFormed)
    }
}
