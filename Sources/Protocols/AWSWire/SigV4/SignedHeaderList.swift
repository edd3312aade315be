import Bytes

/// The names of signed headers, `host;x-amz-date`, as sent.
///
/// None comes twice: a short name repeated in the list, with a long value in the request, would make a canonical request far larger than
/// the request.
struct SignedHeaderList: Sendable {
    let text: [UInt8]
    let names: [ArraySlice<UInt8>]

    init(_ text: [UInt8], form: SignatureForm) throws(SigV4Error) {
        self.text = text
        var previous: ArraySlice<UInt8> = []
        var isAscending = true
        self.names = ByteSearch.split(text[...], at: UInt8(ascii: ";"))
        for name in names {
            isAscending = isAscending && previous.lexicographicallyPrecedes(name)
            previous = name
        }
        // Signers sort the names, so this is for the others.
        guard isAscending || Set(names).count == names.count else {
            let detail = "SignedHeaders must not name a header twice."
            throw form == .header ? .malformedHeader(detail: detail) : .malformedQuery(message: detail)
        }
    }

    /// The names in their order, as our own signer writes them.
    init(sorted text: String) {
        self.text = Array(text.utf8)
        self.names = ByteSearch.split(self.text[...], at: UInt8(ascii: ";"))
    }

    func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { name in
            names.contains { $0.withUnsafeBufferPointer { HeaderText.equal($0, name) } }
        }
    }
}
