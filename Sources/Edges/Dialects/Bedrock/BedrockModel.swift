/// What a model's identifier on Bedrock tells: its maker, and the few things in which makers' models differ.
struct BedrockModel {
    enum Family: Equatable {
        case anthropic, nova, titanEmbedding, cohereEmbedding, other
        /// An ARN that does not name the model (an application's inference profile, an imported model).
        case unknown
    }

    let family: Family
    /// The last part of the identifier, in small letters, without a region's prefix.
    private let name: String

    /// `anthropic.claude-…`, `us.anthropic.claude-…`, or an ARN that ends in one of these.
    init(_ identifier: String) {
        let lower = identifier.lowercased()
        let last = lower.split(separator: "/").last.map(String.init) ?? lower
        let makers = ["anthropic.", "amazon.", "cohere."]
        let start = makers.compactMap { maker in
            last.hasPrefix(maker) ? last.startIndex : Self.index(of: "." + maker, in: last)
        }.first
        name = start.map { String(last[$0...]) } ?? last
        if name.hasPrefix("anthropic.") {
            family = .anthropic
        } else if name.hasPrefix("amazon.nova") {
            family = .nova
        } else if name.hasPrefix("amazon.titan-embed") {
            family = .titanEmbedding
        } else if name.hasPrefix("cohere.embed") {
            family = .cohereEmbedding
        } else {
            family = lower.hasPrefix("arn:") && !lower.contains("foundation-model/") ? .unknown : .other
        }
    }

    /// Where what follows the dot of `text` begins.
    private static func index(of text: String, in whole: String) -> String.Index? {
        var rest = whole[...]
        while let dot = rest.firstIndex(of: ".") {
            if rest[dot...].hasPrefix(text) { return whole.index(after: dot) }
            rest = rest[rest.index(after: dot)...]
        }
        return nil
    }

    /// Whether places to be cached may be marked; models that cannot refuse the mark.
    var caches: Bool {
        switch family {
        case .anthropic, .nova, .unknown: true
        case .titanEmbedding, .cohereEmbedding, .other: false
        }
    }

    /// Whether a tool's result may say that it failed.
    var knowsToolStatus: Bool { family == .anthropic || family == .nova || family == .unknown }

    /// Whether the model decides itself how long to think (Claude from 4.6 on); before, a budget of tokens is given.
    var thinksAdaptively: Bool {
        guard family == .anthropic else { return false }
        // `claude-3-7-sonnet-20250219`, `claude-sonnet-4-5-20250929-v1:0`, `claude-opus-4-6-v1`: dates are longer.
        let numbers = name.split(whereSeparator: { $0 == "-" || $0 == "." }).filter { $0.count <= 2 }
            .compactMap { Int($0) }
        guard let major = numbers.first else { return false }
        return major > 4 || major == 4 && numbers.count > 1 && numbers[1] >= 6
    }

    /// Whether vectors may be asked for in another size.
    var resizesVectors: Bool {
        switch family {
        case .titanEmbedding: name.contains("embed-text-v2")
        case .cohereEmbedding: name.contains("embed-v4")
        case .anthropic, .nova, .other, .unknown: false
        }
    }
}
