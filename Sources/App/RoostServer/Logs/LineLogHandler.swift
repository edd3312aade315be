import Environment
import Logging

/// swift-log's messages as lines of a `LogWriter`. Metadata is sorted by key; nested values are written as text.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat
    private let writer: LogWriter
    private let clock: any Clock

    package init(label: String, level: Logger.Level, format: LogFormat, writer: LogWriter, clock: any Clock) {
        self.label = label
        self.logLevel = level
        self.format = format
        self.writer = writer
        self.clock = clock
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        var fields = all.sorted { $0.key < $1.key }.map { (key: $0.key, value: "\($0.value)") }
        fields.insert((key: "logger", value: label), at: 0)
        writer.write(format.line(time: clock.now(), level: event.level, message: event.message.description, metadata: fields))
    }
}
