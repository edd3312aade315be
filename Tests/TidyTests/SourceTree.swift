#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The project's files, found from this file's own place.
enum SourceTree {
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Paths below `folder`, relative to the root, of files with this ending; generated protobuf code is left out.
    static func files(in folder: String, ending suffix: String) -> [String] {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)") else { return [] }
        return names.filter { $0.hasSuffix(suffix) && !$0.hasSuffix(".pb.swift") }.map { "\(folder)/\($0)" }.sorted()
    }

    static func lines(of path: String) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// `Sources/Base/Model/LSN.swift` -> (`Base`, `Model`).
    static func floorAndRoom(of path: String) -> (floor: String, room: String)? {
        let parts = path.split(separator: "/")
        return parts.count > 3 && parts[0] == "Sources" ? (String(parts[1]), String(parts[2])) : nil
    }

    static func imports(in path: String) -> [String] {
        lines(of: path).compactMap { line in
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import"), keyword <= 2, keyword + 1 < words.count else { return nil }
            return words[..<keyword].allSatisfy { $0.hasPrefix("@") || ["package", "public", "internal", "private"].contains($0) }
                ? String(words.last ?? "") : nil
        }
    }
}
