import GatewayTypes
import JSON

/// Images, sounds and documents: `inlineData` and `fileData`.
enum GeminiMedia {
    /// Nil where the part holds neither.
    static func read(_ part: JSONValue) -> Media? {
        var members = GeminiMembers(part)
        return read(&members)
    }

    static func read(_ part: inout GeminiMembers) -> Media? {
        if let inline = part.take("inlineData") {
            var data = GeminiMembers(inline)
            let type = data.take("mimeType")?.string
            return Media(
                kind(type), .base64(plainBase64(data.take("data")?.string ?? "")), mimeType: type,
                name: data.take("displayName")?.string)
        }
        guard let file = part.take("fileData") else { return nil }
        var data = GeminiMembers(file)
        let type = data.take("mimeType")?.string
        let uri = data.take("fileUri")?.string ?? ""
        let isPublic = uri.hasPrefix("http") && !uri.hasPrefix(uploads)
        return Media(
            kind(type ?? guessedType(uri)), isPublic ? .url(uri) : .fileID(uri), mimeType: type,
            name: data.take("displayName")?.string)
    }

    /// Google's clients write the alphabet of RFC 4648, section 5; other providers read that of section 4 alone.
    private static func plainBase64(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }) else { return text }
        let digits = text.utf8.map { digit -> UInt8 in
            switch digit {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: digit
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static let uploads = "https://generativelanguage.googleapis.com/"

    private static func kind(_ type: String?) -> Media.Kind {
        guard let type else { return .file }
        return type.hasPrefix("image/") ? .image : type.hasPrefix("audio/") ? .audio : .file
    }

    /// Writes the part's member. `at`: where in the conversation it stands, for who is told that it cannot be said.
    static func write(
        _ media: Media, hosting: GeminiProvider.Hosting?, at path: String, to json: inout JSONBuilder
    ) throws(Failure) {
        switch media.source {
        case .base64(let data): inline(data, media.mimeType ?? media.kind.usualMimeType, to: &json)
        case .url(let url) where url.hasPrefix("data:"):
            guard let data = DataURL(url) else {
                throw Failure(.badRequest, "A `data:` URL must be base64 here.", param: path)
            }
            inline(data.base64, data.mimeType ?? media.mimeType ?? media.kind.usualMimeType, to: &json)
        case .url(let url):
            let type = media.mimeType ?? guessedType(url)
            if type == nil, hosting == .vertex {
                throw Failure(
                    .badRequest, "Vertex must be told the media type of a file at a URL; send the bytes themselves.",
                    param: path)
            }
            file(url, type, to: &json)
        case .fileID(let id):
            guard hosting == nil || id.hasPrefix("gs://") || id.hasPrefix("https://") || id.hasPrefix("files/") else {
                throw Failure(
                    .badRequest, "A file uploaded to another provider cannot be read here; send the bytes themselves.",
                    param: path)
            }
            file(id, media.mimeType, to: &json)
        }
    }

    private static func inline(_ data: String, _ type: String, to json: inout JSONBuilder) {
        json.openObject("inlineData")
        json.member("mimeType", type)
        json.member("data", data)
        json.closeObject()
    }

    private static func file(_ uri: String, _ type: String?, to json: inout JSONBuilder) {
        json.openObject("fileData")
        json.member("mimeType", type)
        json.member("fileUri", uri)
        json.closeObject()
    }

    /// By the ending of a URL's path; nil where it tells nothing.
    private static func guessedType(_ url: String) -> String? {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let dot = path.lastIndex(of: ".") else { return nil }
        switch path[path.index(after: dot)...].lowercased() {
        case "png": return "image/png"
        case "jpg", "jpeg": return "image/jpeg"
        case "webp": return "image/webp"
        case "gif": return "image/gif"
        case "heic": return "image/heic"
        case "pdf": return "application/pdf"
        case "mp3": return "audio/mpeg"
        case "wav": return "audio/wav"
        case "mp4": return "video/mp4"
        case "txt": return "text/plain"
        default: return nil
        }
    }
}
