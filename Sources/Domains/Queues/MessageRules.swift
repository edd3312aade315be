import Bytes

/// What SQS accepts as a message.
///
/// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html and
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
enum MessageRules {
    /// Everything that can be judged without the queue. `bytesMax` is the largest message that any queue takes.
    static func validate(_ message: OutgoingMessage, inBatch: Bool = false) throws(QueueError) {
        if message.body.isEmpty { throw .missingParameter("MessageBody") }
        guard isCarried(message.body) else { throw .invalidMessageContents }
        try check("DelaySeconds", message.delaySeconds, QueueLimits.delaySeconds)
        try checkSize(message, bytesMax: QueueLimits.messageBytes.upperBound, inBatch: inBatch)
        guard message.attributes.count <= QueueLimits.attributesMax else {
            throw .invalidParameter(
                "Number of message attributes [\(message.attributes.count)] exceeds the allowed maximum [\(QueueLimits.attributesMax)].")
        }
        var names: Set<String> = []
        for attribute in message.attributes {
            try validate(attribute)
            guard names.insert(attribute.name).inserted else {
                throw .invalidParameter("Message (user) attribute name '\(attribute.name)' appears more than once.")
            }
        }
        if let trace = message.traceHeader, trace.isEmpty || !isCarried(trace) {
            throw .invalidParameter("The message system attribute 'AWSTraceHeader' has an invalid value.")
        }
        if let group = message.groupID, !isGroupID(group) {
            throw .invalidParameter(
                "Value \(group) for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and "
                    + "punctuation characters. 1 to \(QueueLimits.groupIDBytesMax) in length.")
        }
    }

    static func checkSize(_ message: OutgoingMessage, bytesMax: Int, inBatch: Bool = false) throws(QueueError) {
        guard message.byteCount <= bytesMax else {
            let what = inBatch ? "cannot be validated" : "are invalid"
            throw .invalidParameter("One or more parameters \(what). Reason: Message must be shorter than \(bytesMax) bytes.")
        }
    }

    /// Letters, digits and punctuation of ASCII, no space.
    private static func isGroupID(_ id: String) -> Bool {
        (1...QueueLimits.groupIDBytesMax).contains(id.utf8.count) && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Throws `.invalidParameter` in AWS's words when the value is outside `range`.
    static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws(QueueError) {
        guard let value, !range.contains(value) else { return }
        throw .invalidParameter(
            "Value \(value) for parameter \(name) is invalid. Reason: Must be between \(range.lowerBound) and "
                + "\(range.upperBound), if provided."
        )
    }

    /// `#x9 | #xA | #xD | #x20-#xD7FF | #xE000-#xFFFD | #x10000-#x10FFFF`: XML 1.0's characters. In UTF-8 only the control characters and
    /// U+FFFE and U+FFFF (EF BF BE, EF BF BF) are outside.
    static func isCarried(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var index = 0
            while true {
                index += ByteSearch.plainCount(UnsafeRawBufferPointer(bytes), from: index)
                guard index < bytes.count else { return true }
                let byte = bytes[index]
                if byte < 0x20 {
                    if byte != 0x09 && byte != 0x0A && byte != 0x0D { return false }
                } else if byte == 0xEF, index + 2 < bytes.count, bytes[index + 1] == 0xBF, bytes[index + 2] >= 0xBE {
                    return false
                }
                index += 1
            }
        }
    }

    private static func validate(_ attribute: MessageAttribute) throws(QueueError) {
        guard isAttributeName(attribute.name) else {
            throw .invalidParameter("Message (user) attribute name '\(attribute.name)' is invalid.")
        }
        let type = attribute.type
        let base = type.split(separator: ".", maxSplits: 1).first.map(String.init) ?? ""
        guard type.utf8.count <= QueueLimits.attributeTypeBytesMax, !type.hasSuffix("."), isCarried(type) else {
            throw .invalidParameter("The type of message (user) attribute '\(attribute.name)' is invalid.")
        }
        switch (base, attribute.value) {
        case ("String", .text(let text)):
            try checkText(text, of: attribute.name)
        case ("Number", .text(let text)):
            try checkText(text, of: attribute.name)
            guard isNumber(text) else {
                throw .invalidParameter("Can't cast the value of message (user) attribute '\(attribute.name)' to a number.")
            }
        case ("Binary", .binary(let bytes)):
            if bytes.isEmpty { throw emptyValue(attribute) }
        case ("String", _), ("Number", _), ("Binary", _):
            throw .invalidParameter(
                "The message (user) attribute '\(attribute.name)' with type '\(type)' must use field "
                    + "'\(base == "Binary" ? "Binary" : "String")'."
            )
        default:
            throw .invalidParameter(
                "The type of message (user) attribute '\(attribute.name)' is invalid. You must use only the following "
                    + "supported type prefixes: Binary, Number, String."
            )
        }
    }

    private static func checkText(_ text: String, of name: String) throws(QueueError) {
        if text.isEmpty { throw .invalidParameter("Message (user) attribute '\(name)' must contain a non-empty value of type 'String'.") }
        guard isCarried(text) else {
            throw .invalidParameter("Message (user) attribute '\(name)' contains characters that are not allowed.")
        }
    }

    private static func emptyValue(_ attribute: MessageAttribute) -> QueueError {
        .invalidParameter("Message (user) attribute '\(attribute.name)' must contain a non-empty value of type '\(attribute.type)'.")
    }

    /// Letters and digits of any script, `_ - .`; no dot at an end or beside another; not AWS's own prefixes.
    static func isAttributeName(_ name: String) -> Bool {
        guard (1...QueueLimits.attributeNameCharactersMax).contains(name.unicodeScalars.count) else { return false }
        guard !name.hasPrefix("."), !name.hasSuffix(".") else { return false }
        let lower = name.lowercased()
        guard !lower.hasPrefix("aws."), !lower.hasPrefix("amazon.") else { return false }
        var previous: Unicode.Scalar = "-"
        for scalar in name.unicodeScalars {
            guard isNameScalar(scalar), !(scalar == "." && previous == scalar) else { return false }
            previous = scalar
        }
        return true
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return isNameByte(UInt8(scalar.value)) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: return true
        default: return false
        }
    }

    /// A batch entry's id: 1 to 80 letters, digits, `_` and `-`.
    static func isBatchEntryID(_ id: String) -> Bool {
        (1...QueueLimits.batchEntryIDBytesMax).contains(id.utf8.count) && id.utf8.allSatisfy { isNameByte($0) && $0 != UInt8(ascii: ".") }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// An optional sign, digits with at most one point, an optional exponent.
    private static func isNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func isSign(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
        func takeDigits() -> Int {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        if isSign(rest.first) { rest = rest.dropFirst() }
        var digits = takeDigits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            digits += takeDigits()
        }
        guard digits > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if isSign(rest.first) { rest = rest.dropFirst() }
            guard takeDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
