import ArgumentParser
import JSON

struct BucketCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bucket", abstract: "Buckets.", subcommands: [List.self, Quota.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the buckets of an account, with their quotas.")
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run(
                "ListBuckets", [account.member], columns: ["bucket", "created", "bytes", "bytesMax", "objects", "objectsMax"])
        }
    }

    struct Quota: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How much a bucket may hold.", subcommands: [Set.self, Get.self])
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set how much a bucket may hold; without a number there is no limit any more.")

        @Argument(help: "The bucket.") var bucket: String
        @Option(help: "The most bytes of all objects and uploaded parts together.")
        var bytes: UInt64?
        @Option(help: "The most objects; each version counts.")
        var objects: UInt64?
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run(
                "PutBucketQuota",
                [("bucket", .text(bucket)), ("bytesMax", bytes.map { .integer($0) }), ("objectsMax", objects.map { .integer($0) })])
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a bucket holds and may hold.")

        @Argument(help: "The bucket.") var bucket: String
        @OptionGroup var options: AdminOptions

        func run() async throws { try await options.run("GetBucketQuota", [("bucket", .text(bucket))]) }
    }
}
