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
        // By their places: an entry is larger than what is written of it.
        let entries = page.entries
        for place in entries.indices {
            xml.open("Contents")
            text.write("Key", entries[place].key.utf8, to: &xml)
            xml.element("LastModified", time.format(entries[place].lastModified))
            xml.element("ETag", quoting: entries[place].etag.text)
            if let algorithm = entries[place].checksumAlgorithm { xml.element("ChecksumAlgorithm", algorithm.wireName) }
            if let type = entries[place].checksumType { xml.element("ChecksumType", type.wireName) }
            xml.element("Size", entries[place].size)
            if let owner { text.write(page.owners[place] ?? owner, to: &xml) }
            xml.element("StorageClass", entries[place].storageClass.wireName)
            xml.close("Contents")
        }
        text.writeCommonPrefixes(page.commonPrefixes, to: &xml)
    }
}
