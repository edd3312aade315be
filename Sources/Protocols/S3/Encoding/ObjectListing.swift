import AWSWire
import HTTPTypes
import Model
import NIOCore
import Objects

/// The entries of both forms of ListObjects.
enum ObjectListing {
    /// As AWS says it on lists.
    static func headers(_ page: ListPage) -> HTTPFields { [.amzBucketRegion: page.bucket.region.rawValue] }

    /// `owner` is the bucket's; each entry's own owner is shown when it is given.
    static func write(_ page: ListPage, _ text: ListText, owner: Owner?, to xml: inout XMLWriter) {
        var time = ListTime()
        for (place, entry) in page.entries.enumerated() {
            xml.open("Contents")
            text.write("Key", entry.key.utf8, to: &xml)
            xml.element("LastModified", time.format(entry.lastModified))
            xml.element("ETag", entry.etag.quoted)
            if let algorithm = entry.checksumAlgorithm { xml.element("ChecksumAlgorithm", algorithm.wireName) }
            if let type = entry.checksumType { xml.element("ChecksumType", type.wireName) }
            xml.element("Size", entry.size)
            if let owner { text.write(page.owners[place] ?? owner, to: &xml) }
            xml.element("StorageClass", entry.storageClass.wireName)
            xml.close("Contents")
        }
        text.writeCommonPrefixes(page.commonPrefixes, to: &xml)
    }
}
