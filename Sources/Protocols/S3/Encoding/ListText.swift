import AWSWire
import Bytes
import Model
import NIOCore
import Objects

/// How names stand in a listing: as they are, or percent-encoded when the client asked for `encoding-type=url`.
struct ListText {
    let isURLEncoded: Bool
    private let namesOwners: Bool

    /// Throws `InvalidArgument` for any other encoding.
    init(_ call: S3Call) throws(S3Error) {
        namesOwners = call.namesOwners
        guard let text = call.query.value("encoding-type") else {
            isURLEncoded = false
            return
        }
        guard text == "url" else {
            throw .invalidArgument("Invalid Encoding Method specified in Request", name: "encoding-type", value: text)
        }
        isURLEncoded = true
    }

    func write(_ name: StaticString, _ text: [UInt8], to xml: inout XMLWriter) {
        if isURLEncoded, !text.allSatisfy(Self.isPlain) {
            xml.element(name, PercentEncoding.encode(text, keepingSlash: true))
        } else {
            xml.element(name, utf8: text)
        }
    }

    /// Left as it is by percent-encoding.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    func write(_ owner: Owner, to xml: inout XMLWriter) {
        xml.owner("Owner", owner, isNamed: namesOwners)
    }

    func writeEncodingType(to xml: inout XMLWriter) {
        if isURLEncoded { xml.element("EncodingType", "url") }
    }

    func writeCommonPrefixes(_ prefixes: [[UInt8]], to xml: inout XMLWriter) {
        for prefix in prefixes {
            xml.open("CommonPrefixes")
            write("Prefix", prefix, to: &xml)
            xml.close("CommonPrefixes")
        }
    }
}

/// Formats times for a listing; neighbours often share theirs.
struct ListTime {
    private var seconds: Int64 = .min
    private var text = ""

    mutating func format(_ time: Timestamp) -> String {
        if time.seconds != seconds {
            seconds = time.seconds
            text = ISO8601.format(Timestamp(seconds: seconds))
        }
        return text
    }
}
