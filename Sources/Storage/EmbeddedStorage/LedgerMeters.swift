import Metrics

/// What the ledger's thread counts. Names are part of docs/operations.md.
struct LedgerMeters: Sendable {
    private let batchCommits = Recorder(label: "roost_commit_batch_size", dimensions: [], aggregate: true)
    private let syncSeconds = Timer(label: "roost_sync_seconds")
    private let commits = Counter(label: "roost_commits_total")

    func recordBatch(commits count: UInt64, syncNanoseconds: UInt64) {
        batchCommits.record(count)
        syncSeconds.recordNanoseconds(Int64(clamping: syncNanoseconds))
        commits.increment(by: Int64(clamping: count))
    }
}
