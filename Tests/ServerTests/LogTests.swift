import Environment
import Logging
import Model
import RoostServer
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Log lines") struct LogTests {
    let time = Timestamp(milliseconds: 1_767_225_600_123)

    @Test func logfmtQuotesWhatNeedsIt() {
        let line = LogFormat.logfmt.line(
            time: time, level: .info, message: "two words", metadata: [("plain", "a/b"), ("empty", ""), ("bad", "x=\"y\"\n\u{1b}")])
        let expected = #"time=2026-01-01T00:00:00.123Z level=info message="two words" plain=a/b empty="" bad="x=\"y\"\n\u001b""#
        #expect(line == expected + "\n")
    }

    @Test func jsonIsOneObjectPerLine() {
        let line = LogFormat.json.line(time: time, level: .error, message: "a\nb", metadata: [("k", "\\")])
        #expect(line == #"{"time":"2026-01-01T00:00:00.123Z","level":"error","message":"a\nb","k":"\\"}"# + "\n")
    }

    @Test func noCharacterEndsALineOrSpeaksToATerminal() {
        let value = "a\r\n\u{85}\u{9b}31m\u{2028}\u{2029}\u{7f}b"
        for format in LogFormat.allCases {
            let line = format.line(time: time, level: .info, message: "m", metadata: [("k", value)])
            let scalars = line.unicodeScalars.dropLast()
            let isPlain = scalars.allSatisfy { scalar in
                scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && ![0x2028, 0x2029].contains(scalar.value)
            }
            #expect(isPlain)
        }
    }

    @Test func aFullPipeDropsLinesAndDoesNotBlock() {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let writer = LogWriter(descriptor: ends[1])
        for _ in 0..<(LogWriter.linesMax * 3) { writer.write(String(repeating: "x", count: 99) + "\n") }
        #expect(writer.dropped > 0)
        close(ends[0])
        writer.close()
        close(ends[1])
    }

    /// Whoever should read the log is there and stands still.
    @Test func aFullPipeDoesNotKeepTheServerFromStopping() {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let writer = LogWriter(descriptor: ends[1])
        for _ in 0..<LogWriter.linesMax { writer.write(String(repeating: "x", count: 99) + "\n") }
        writer.close()
        var head = [UInt8](repeating: 0, count: 100)
        #expect(read(ends[0], &head, head.count) == 100 && head.last == UInt8(ascii: "\n"))
        close(ends[0])
        close(ends[1])
    }
}
