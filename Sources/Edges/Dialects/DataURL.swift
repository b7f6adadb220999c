import GatewayTypes

/// `data:image/png;base64,…` (RFC 2397); no others than those of base64.
struct DataURL {
    let mimeType: String?
    let base64: String

    /// Nil for what is no such URL.
    init?(_ url: String) {
        guard url.utf8.starts(with: "data:".utf8), let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else {
            return nil
        }
        let words = url[url.index(url.startIndex, offsetBy: 5)..<comma].split(separator: ";")
        guard words.last == "base64" else { return nil }
        mimeType = words.first.flatMap { $0.contains("/") ? String($0) : nil }
        base64 = String(url[url.index(after: comma)...])
    }

    static func text(_ base64: String, of media: Media) -> String {
        "data:\(media.mimeType ?? media.kind.usualMimeType);base64,\(base64)"
    }
}

extension Media.Kind {
    /// What is meant where no type is said.
    var usualMimeType: String {
        switch self {
        case .image: "image/png"
        case .audio: "audio/wav"
        case .file: "application/pdf"
        }
    }
}
