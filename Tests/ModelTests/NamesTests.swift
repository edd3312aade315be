import Model
import Testing

@Suite struct NamesTests {
    @Test func arns() throws {
        let arn = try #require(ARN("arn:aws:sqs:us-east-1:123456789012:queue"))
        #expect(arn.partition == "aws" && arn.service == "sqs" && arn.region == "us-east-1")
        #expect(arn.account == "123456789012" && arn.resource == "queue")
        #expect(ARN("arn:aws:s3:::bucket/a:b")?.resource == "bucket/a:b", "a resource may hold colons")
        for text in ["arn:aws:s3:::b", "arn:aws-cn:iam::123456789012:user/x", "arn:aws:sns:eu-west-1:123456789012:t:u"] {
            #expect(ARN(text)?.description == text)
        }
        for text in ["", "arn", "arn:aws:s3::", "arn:aws:s3:::", "arn:aws::::b", "urn:aws:s3:::b"] { #expect(ARN(text) == nil, "\(text)") }
    }

    @Test func accounts() {
        #expect(AccountID("000000000000") != nil)
        for text in ["", "12345678901", "1234567890123", "12345678901a", "１２３４"] { #expect(AccountID(text) == nil) }
    }

    @Test func regions() {
        for text in ["us-east-1", "eu", "local", "1"] { #expect(Region(text)?.rawValue == text) }
        for text in ["", "-", "US-EAST-1", "us_east_1", "a-", "-a", "a/b", String(repeating: "a", count: 64)] {
            #expect(Region(text) == nil)
        }
        #expect(Region.usEast1 == Region("us-east-1"))
    }

    @Test func queues() {
        for text in ["a", "Orders_2-x", String(repeating: "q", count: 80), "a.fifo"] { #expect(QueueName(text)?.rawValue == text) }
        for text in ["", ".fifo", "a.b", "a.fifo.fifo", "a b", "a/b", "ä", String(repeating: "q", count: 81)] {
            #expect(QueueName(text) == nil, "\(text)")
        }
        #expect(QueueName(String(repeating: "q", count: 76) + ".fifo") == nil, "the suffix counts")
        #expect(QueueName("a.fifo")?.isFIFO == true && QueueName("afifo")?.isFIFO == false)
    }

    @Test func requestIDs() {
        #expect(RequestID(random: 0x0123_4567_89AB_CDEF).description == "0123456789ABCDEF")
        #expect(RequestID(random: 0).description == "0000000000000000")
    }

    @Test func timestampsRoundDown() {
        #expect(Timestamp(milliseconds: 1999).seconds == 1)
        #expect(Timestamp(milliseconds: -1).seconds == -1)
        #expect(Timestamp(milliseconds: -1000).seconds == -1)
        #expect(Timestamp(seconds: 5) + .milliseconds(1500) == Timestamp(milliseconds: 6500))
        #expect(Timestamp(seconds: 5) - Timestamp(seconds: 7) == .seconds(-2))
    }
}
