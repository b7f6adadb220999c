import GatewayTypes

/// What the catalogue has a price for. The raw value is the word in the catalogue and in `prices` overrides.
public enum PriceUnit: String, CaseIterable, Sendable {
    // USD per 1,000,000 tokens.
    case input
    case cacheRead = "cache_read"
    case cacheWrite = "cache_write"
    case cacheWriteHour = "cache_write_1h"
    case cacheWriteHalfDay = "cache_write_12h"
    case output, reasoning
    case audioInput = "audio_input"
    case audioOutput = "audio_output"
    case cacheReadAudio = "cache_read_audio"
    case imageInput = "image_input"
    case imageOutput = "image_output"
    case cacheReadImage = "cache_read_image"
    case videoInput = "video_input"
    // USD for one.
    case request
    /// Of time that an attempt takes, whatever it does: models that one runs oneself.
    case second
    /// Of sound.
    case secondInput = "second_input"
    case secondOutput = "second_output"
    case characterInput = "character_input"
    case page
    case imageInputEach = "image_input_each"
    case imageOutputEach = "image_output_each"
    case webSearchLow = "web_search_low"
    case webSearchMedium = "web_search_medium"
    case webSearchHigh = "web_search_high"

    /// Whether the price is for a million units, as it is for tokens, or for one.
    public var isPerMillion: Bool {
        switch self {
        case .input, .cacheRead, .cacheWrite, .cacheWriteHour, .cacheWriteHalfDay, .output, .reasoning, .audioInput,
            .audioOutput, .cacheReadAudio, .imageInput, .imageOutput, .cacheReadImage, .videoInput:
            true
        case .request, .second, .secondInput, .secondOutput, .characterInput, .page, .imageInputEach, .imageOutputEach,
            .webSearchLow, .webSearchMedium, .webSearchHigh:
            false
        }
    }

    /// The price that `text` says, exact; nil when it is negative, no decimal, or finer than a picodollar for a
    /// million units (12 fraction digits; 18 where the price is for one).
    func price(_ text: some StringProtocol) -> UnitPrice? {
        let perMillion = isPerMillion ? String(text) : Self.millionfold(text)
        guard let price = UnitPrice(usdPerMillion: perMillion), price.picodollarsPerMillion >= 0 else { return nil }
        return price
    }

    /// A decimal with its point moved six places.
    private static func millionfold(_ text: some StringProtocol) -> String {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return "\(text)000000" }
        let fraction = parts[1] + String(repeating: "0", count: max(0, 6 - parts[1].count))
        let rest = fraction.dropFirst(6)
        return "\(parts[0])\(fraction.prefix(6))" + (rest.isEmpty ? "" : ".\(rest)")
    }
}
