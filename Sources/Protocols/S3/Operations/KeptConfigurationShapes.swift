import Identity
import Objects

/// How the configurations of a service stand on the wire, and how policies name what is done to them.
protocol WireConfigurationService: KeptConfigurationService {
    static var element: StaticString { get }
    static var list: StaticString { get }
    static var shape: DocumentShape { get }
    static var getAction: Action { get }
    static var putAction: Action { get }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_MetricsConfiguration.html
extension RequestMetrics: WireConfigurationService {
    static let element: StaticString = "MetricsConfiguration"
    static let list: StaticString = "ListMetricsConfigurationsResult"
    static let getAction = Action.s3("GetMetricsConfiguration")
    static let putAction = Action.s3("PutMetricsConfiguration")
    static let shape = DocumentShape.all([
        .init("Id"), .init("Filter", 0...1, ConfigurationFilter.shape([.init("AccessPointArn", 0...1)])),
    ])
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AnalyticsConfiguration.html
extension StorageAnalytics: WireConfigurationService {
    static let element: StaticString = "AnalyticsConfiguration"
    static let list: StaticString = "ListBucketAnalyticsConfigurationResult"
    static let getAction = Action.s3("GetAnalyticsConfiguration")
    static let putAction = Action.s3("PutAnalyticsConfiguration")
    static let shape = DocumentShape.all([
        .init("Id"), .init("Filter", 0...1, ConfigurationFilter.shape()),
        .init("StorageClassAnalysis", 1...1, .all([.init("DataExport", 0...1, export)])),
    ])
    private static let export = DocumentShape.all([
        .init("OutputSchemaVersion", 1...1, .oneOf("V_1")),
        .init("Destination", 1...1, .all([.init("S3BucketDestination", 1...1, destination)])),
    ])
    private static let destination = DocumentShape.all([
        .init("Format", 1...1, .oneOf("CSV")), .init("BucketAccountId", 0...1),
        .init("Bucket", 1...1, .text { $0.hasPrefix("arn:") }), .init("Prefix", 0...1),
    ])
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_IntelligentTieringConfiguration.html
extension IntelligentTiering: WireConfigurationService {
    static let element: StaticString = "IntelligentTieringConfiguration"
    static let list: StaticString = "ListBucketIntelligentTieringConfigurationsOutput"
    static let getAction = Action.s3("GetIntelligentTieringConfiguration")
    static let putAction = Action.s3("PutIntelligentTieringConfiguration")
    static let shape = DocumentShape.all([
        .init("Id"), .init("Filter", 0...1, ConfigurationFilter.shape()), .init("Status", 1...1, .oneOf("Enabled", "Disabled")),
        .init("Tiering", 1...2, tiering),
    ])
    private static let tiering = DocumentShape.all([
        .init("Days", 1...1, .text { (90...730).contains(Int($0) ?? 0) }),
        .init("AccessTier", 1...1, .oneOf("ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS")),
    ])
}

enum ConfigurationFilter {
    private static let tagsMax = 50

    /// One condition, or several within `And`. `further` are those that not every service has.
    static func shape(_ further: [DocumentShape.Member] = []) -> DocumentShape {
        let tag = DocumentShape.all([.init("Key"), .init("Value")])
        let several = [DocumentShape.Member("Prefix", 0...1), .init("Tag", 0...tagsMax, tag)] + further
        return .one([.init("Prefix"), .init("Tag", 1...1, tag), .init("And", 1...1, .all(several))] + further)
    }
}
