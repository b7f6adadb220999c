import GatewayTypes
import JSON

/// Images and sounds in OpenAI's words.
enum OpenAIMedia {
    /// Of an `image_url`: an object with `url`, or the address itself.
    static func image(_ value: JSONValue?) -> Media? {
        guard let value, let url = value.string ?? value["url"]?.string, !url.isEmpty else { return nil }
        let (source, mimeType) = source(ofURL: url)
        return Media(.image, source, mimeType: mimeType, detail: value["detail"]?.string)
    }

    /// What a URL holds or names; a `data:` URL with base64 holds it.
    static func source(ofURL url: String) -> (Media.Source, mimeType: String?) {
        guard let data = DataURL(url) else { return (.url(url), nil) }
        return (.base64(data.base64), data.mimeType)
    }

    /// A URL that names or holds it; nil where only the provider knows it.
    static func url(of media: Media) -> String? {
        switch media.source {
        case .url(let url): url
        case .base64(let text): DataURL.text(text, of: media)
        case .fileID: nil
        }
    }

    /// `wav`, `mp3`, … of a media type.
    static func format(ofType type: String?) -> String {
        switch type {
        case "audio/mpeg", "audio/mp3": "mp3"
        case "audio/wav", "audio/x-wav", "audio/wave", nil: "wav"
        case .some(let type): String(type.split(separator: "/").last?.split(separator: ";").first ?? "wav")
        }
    }

    static func type(ofFormat format: String) -> String { format == "mp3" ? "audio/mpeg" : "audio/" + format }
}
