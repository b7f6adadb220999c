public import NIOCore

/// A rendered scrape.
public struct Exposition: Sendable {
    public let contentType: String
    /// `gzip`, or nil.
    public let contentEncoding: String?
    public let body: ByteBuffer
}

/// The formats that scrapers read.
enum ExpositionFormat: CaseIterable {
    case text004
    case openMetrics100
    /// Length-delimited `MetricFamily` messages: the one format with native histograms.
    case protobuf

    var contentType: String {
        switch self {
        case .text004: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics100: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .protobuf: "\(Self.protobufName); proto=\(Self.familyName); encoding=delimited"
        }
    }

    private static let protobufName = "application/vnd.google.protobuf"
    private static let familyName = "io.prometheus.client.MetricFamily"

    /// The format of the highest quality that Weir speaks, the first named among equals; 0.0.4 when there is none.
    static func negotiate(accept: String?) -> ExpositionFormat {
        var best: (format: ExpositionFormat, quality: Double)?
        for range in Negotiation.ranges(accept ?? "") {
            guard range.quality > 0, let format = format(of: range) else { continue }
            if range.quality > (best?.quality ?? 0) { best = (format, range.quality) }
        }
        return best?.format ?? .text004
    }

    private static func format(of range: Negotiation.Range) -> ExpositionFormat? {
        let version = range.parameters["version"]
        switch range.name {
        case "application/openmetrics-text": return version == nil || version == "1.0.0" ? .openMetrics100 : nil
        case protobufName:
            let (proto, encoding) = (range.parameters["proto"], range.parameters["encoding"])
            return proto == familyName && encoding == "delimited" ? .protobuf : nil
        case "text/plain": return version == nil || version == "0.0.4" ? .text004 : nil
        case "text/*", "*/*": return .text004
        default: return nil
        }
    }
}
