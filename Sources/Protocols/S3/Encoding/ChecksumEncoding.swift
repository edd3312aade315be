import AWSWire
import Bytes
import HTTPTypes
import Model
import Objects

extension ObjectChecksum {
    /// Base64, with `-N` behind a composite one.
    var text: String {
        let value = Base64.encode(checksum.bytes)
        return type == .composite ? "\(value)-\(partCount)" : value
    }
}

extension HTTPFields {
    /// The checksum's header and its type's.
    mutating func add(_ checksum: ObjectChecksum?) {
        guard let checksum else { return }
        add(checksum.checksum.algorithm.field, checksum.text)
        add(.amzChecksumType, checksum.type.wireName)
    }

    /// A part's checksum: always of the part's bytes alone.
    mutating func add(_ checksum: Checksum?) {
        guard let checksum else { return }
        add(checksum.algorithm.field, Base64.encode(checksum.bytes))
    }
}

extension XMLWriter {
    mutating func element(_ checksum: ObjectChecksum?) {
        guard let checksum else { return }
        element(named: checksum.checksum.algorithm.elementName, checksum.text)
        element("ChecksumType", checksum.type.wireName)
    }

    mutating func element(_ checksum: Checksum?) {
        guard let checksum else { return }
        element(named: checksum.algorithm.elementName, Base64.encode(checksum.bytes))
    }

    /// In whole seconds, as S3 keeps times.
    mutating func time(_ name: StaticString, _ time: Timestamp) {
        element(name, ISO8601.format(Timestamp(seconds: time.seconds)))
    }

    /// AWS has not named owners since November 2025, but for who began an upload.
    mutating func owner(_ name: StaticString, _ owner: Owner, isNamed: Bool) {
        open(name)
        element("ID", owner.canonicalID)
        if isNamed { element("DisplayName", owner.displayName) }
        close(name)
    }
}
