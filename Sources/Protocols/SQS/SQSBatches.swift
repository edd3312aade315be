import Model
import Queues

/// The form that all three batches share.
enum SQSBatches {
    /// The entries with their ids; one that cannot be understood fails alone.
    static func entries<Content>(
        _ input: SQSInput, query: String, _ decode: (SQSInput) throws -> Content
    ) throws -> [BatchEntry<Content>] {
        try input.structures("Entries", query: query).map { entry in
            let id = try entry.requiredString("Id")
            do {
                return BatchEntry(id: id, content: .success(try decode(entry)))
            } catch let error as QueueError {
                return BatchEntry(id: id, content: .failure(error))
            }
        }
    }

    static func answer<Value>(
        _ outcome: BatchOutcome<Value>, successElement: StaticString, _ encode: (Value, inout SQSOutput) -> Void
    ) -> SQSAnswer {
        var successes: [SQSOutput] = []
        var failures: [SQSOutput] = []
        for (id, result) in outcome.entries {
            var output = SQSOutput()
            output.add("Id", id)
            switch result {
            case .success(let value):
                encode(value, &output)
                successes.append(output)
            case .failure(let error):
                let known = SQSError(error)
                output.add("SenderFault", .flag(known.isSenderFault))
                output.add("Code", known.code)
                output.add("Message", known.message)
                failures.append(output)
            }
        }
        var output = SQSOutput()
        output.add("Successful", xml: successElement, .structures(successes))
        if !failures.isEmpty { output.add("Failed", xml: "BatchResultErrorEntry", .structures(failures)) }
        return SQSAnswer(output: output, lsn: outcome.lsn)
    }
}
