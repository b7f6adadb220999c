import GatewayTypes

/// Images and documents as Converse takes them: by their bytes or from S3, in formats that it knows.
struct ConverseMedia {
    /// Names given to documents so far: no two may be the same.
    private var names: Set<String> = []

    mutating func block(_ media: Media, _ param: String) throws(Failure) -> ConverseBlock {
        switch media.kind {
        case .image: return .image(format: try Self.imageFormat(media, param), try Self.source(media, param))
        case .file:
            guard let format = Self.documentFormat(media) else {
                throw Failure(
                    .badRequest,
                    "`\(param)`: Bedrock takes documents as pdf, csv, doc, docx, xls, xlsx, html, txt or md; say which "
                        + "by the file's media type or name.", param: param)
            }
            let source = try Self.source(media, param)
            return .document(format: format, name: name(media.name, format), source)
        case .audio:
            throw Failure(.badRequest, "`\(param)`: audio cannot be said to Bedrock; send text.", param: param)
        }
    }

    private static func source(_ media: Media, _ param: String) throws(Failure) -> ConverseBlock.Source {
        switch media.source {
        case .base64(let text): return .bytes(text)
        case .url(let url) where url.hasPrefix("s3://"): return .s3(url)
        case .url:
            throw Failure(
                .badRequest, "`\(param)`: Bedrock fetches no URLs; send the bytes as base64 (a `data:` URL).",
                param: param)
        case .fileID:
            throw Failure(
                .badRequest, "`\(param)`: Bedrock keeps no files; send the bytes as base64.", param: param)
        }
    }

    private static func imageFormat(_ media: Media, _ param: String) throws(Failure) -> String {
        let said =
            switch media.mimeType {
            case "image/png": "png"
            case "image/jpeg", "image/jpg": "jpeg"
            case "image/gif": "gif"
            case "image/webp": "webp"
            case .some: ""
            case nil: firstBytesFormat(media)
            }
        guard said.isEmpty else { return said }
        throw Failure(
            .badRequest, "`\(param)`: Bedrock takes images as png, jpeg, gif or webp; say which by the media type.",
            param: param)
    }

    /// By the base64 of the bytes that such files begin with, or by the name in S3; empty where neither tells.
    private static func firstBytesFormat(_ media: Media) -> String {
        switch media.source {
        case .base64(let text):
            let marks = [("iVBOR", "png"), ("/9j/", "jpeg"), ("R0lG", "gif"), ("UklG", "webp")]
            return marks.first { text.hasPrefix($0.0) }?.1 ?? ""
        case .url(let url):
            let suffix = self.suffix(of: url) ?? ""
            return suffix == "jpg" ? "jpeg" : ["png", "jpeg", "gif", "webp"].first { $0 == suffix } ?? ""
        case .fileID: return ""
        }
    }

    private static func documentFormat(_ media: Media) -> String? {
        let word = "application/vnd.openxmlformats-officedocument."
        switch media.mimeType?.split(separator: ";").first.map(String.init) {
        case "application/pdf": return "pdf"
        case "text/csv": return "csv"
        case "application/msword": return "doc"
        case word + "wordprocessingml.document": return "docx"
        case "application/vnd.ms-excel": return "xls"
        case word + "spreadsheetml.sheet": return "xlsx"
        case "text/html": return "html"
        case "text/markdown": return "md"
        case "text/plain": return "txt"
        case "application/octet-stream", nil: return formatByName(media)
        case .some: return nil
        }
    }

    private static func formatByName(_ media: Media) -> String? {
        var name = media.name
        if name == nil, case .url(let url) = media.source { name = url }
        let suffix = name.flatMap { self.suffix(of: $0) }
        if suffix == "htm" { return "html" }
        return ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"].first { $0 == suffix }
    }

    private static func suffix(of name: String) -> String? {
        name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() }
    }

    /// Letters, digits, single spaces, hyphens, round and square brackets: what Bedrock lets a name have.
    private mutating func name(_ wanted: String?, _ format: String) -> String {
        var stem = wanted ?? ""
        if Self.suffix(of: stem) == format { stem = String(stem.dropLast(format.count + 1)) }
        let allowed = stem.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || "-()[]".unicodeScalars.contains(scalar) ? Character(scalar) : " "
        }
        let words = String(allowed).split(separator: " ").joined(separator: " ").prefix(180)
        let base = words.isEmpty ? "document" : String(words)
        var name = base
        var count = 1
        while !names.insert(name).inserted {
            count += 1
            name = "\(base) \(count)"
        }
        return name
    }
}
