import GatewayTypes
import NIOCore

/// Renders a reply as OpenAI's Responses API does: the whole response, or the events that lead to it.
///
/// Text, refusals and thoughts are one item after another. Calls stay open until the end, because their arguments may
/// come in turns.
struct ResponsesRenderer: ReplyRenderer {
    private var output: ResponsesEvents
    private var items: [ResponsesItem] = []
    /// The item that takes text or thoughts; its place in `items`.
    private var open: Int?
    /// The places of calls by their index.
    private var calls: [Int: Int] = [:]
    private var logprobs: [TokenLogprob] = []
    /// Unicode scalars of all text.
    private var scalars = 0
    private var hasBegun = false
    private var hasEnded = false

    init(_ echo: ResponsesEcho, exchange: ExchangeID, at time: WallTime, streams: Bool) {
        output = ResponsesEvents(echo, exchange: exchange, at: time, streams: streams)
    }

    var contentType: String { output.streams ? "text/event-stream; charset=utf-8" : "application/json" }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {
        switch event {
        case .began(let id, let model):
            if !hasBegun { output.name(id: id, model: model) }
            begin(&bytes)
        case .text(let text, 0): append(text, isRefusal: false, &bytes)
        case .refusal(let text, 0): append(text, isRefusal: true, &bytes)
        case .reasoning(let text, 0): think(text, &bytes)
        case .signature(let signature, 0): prove(.thought(signature), ends: true, &bytes)
        case .sealedReasoning(let signature, 0): prove(.sealed(signature), ends: false, &bytes)
        case .toolCall(let call, let index, 0): beginCall(call, index, &bytes)
        case .toolArguments(let text, let index, 0): addArguments(text, index, &bytes)
        case .media(let media, 0):
            // A response has no place for other kinds.
            if media.kind == .image, case .base64(let data) = media.source { add(.image(data), "ig", &bytes) }
        case .logprobs(let tokens, 0): logprobs += tokens
        case .citation(let citation, 0): cite(citation, &bytes)
        case .finished(let reason, _, _, 0): output.finish = reason
        case .usage(let usage): output.usage = usage
        case .serviceTier(let tier): output.serviceTier = tier
        // A response is one choice.
        case .text, .refusal, .reasoning, .signature, .sealedReasoning, .toolCall, .toolArguments, .media, .logprobs,
            .citation, .finished:
            break
        case .systemFingerprint, .embedding, .relevance, .failed, .ended: break
        }
    }

    mutating func end(into bytes: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        begin(&bytes)
        closeOpen(&bytes)
        for place in calls.values.sorted() { close(place, &bytes) }
        output.end(items, &bytes)
    }

    private mutating func begin(_ bytes: inout ByteBuffer) {
        guard !hasBegun else { return }
        hasBegun = true
        output.begin(&bytes)
    }

    // MARK: Items

    private mutating func add(_ content: ResponsesItem.Content, _ prefix: String, _ bytes: inout ByteBuffer) {
        begin(&bytes)
        closeOpen(&bytes)
        let index = Int64(items.count)
        let item = ResponsesItem(id: output.itemID(prefix, index), index: index, content: content)
        items.append(item)
        output.added(item, &bytes)
        switch content {
        case .message, .reasoning: open = items.count - 1
        case .image: close(items.count - 1, &bytes)
        case .call: break
        }
    }

    private mutating func closeOpen(_ bytes: inout ByteBuffer) {
        guard let place = open else { return }
        open = nil
        close(place, &bytes)
    }

    private mutating func close(_ place: Int, _ bytes: inout ByteBuffer) {
        switch items[place].content {
        case .message(var parts):
            if let last = parts.indices.last {
                if !parts[last].isRefusal { takeLogprobs(&parts[last]) }
                items[place].content = .message(parts)
                output.partDone(items[place], last, parts[last], &bytes)
            }
        case .reasoning(let text, _): if !text.isEmpty { output.summaryDone(items[place], text, &bytes) }
        case .call(let call): output.argumentsDone(items[place], call.arguments, &bytes)
        case .image: break
        }
        items[place].status = hasEnded && output.isIncomplete ? .incomplete : .completed
        output.done(items[place], &bytes)
    }

    // MARK: Messages

    private mutating func append(_ text: String, isRefusal: Bool, _ bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        if openParts == nil { add(.message([]), "msg", &bytes) }
        guard let place = open, var parts = openParts else { return }
        if parts.last?.isRefusal != isRefusal {
            if let last = parts.indices.last { output.partDone(items[place], last, parts[last], &bytes) }
            parts.append(ResponsesItem.Part(isRefusal: isRefusal, start: scalars))
            output.partAdded(items[place], parts.count - 1, parts[parts.count - 1], &bytes)
        }
        let last = parts.count - 1
        let tokens = isRefusal ? [] : takeLogprobs(&parts[last])
        parts[last].text += text
        if !isRefusal { scalars += text.unicodeScalars.count }
        items[place].content = .message(parts)
        output.partDelta(items[place], last, text, tokens, isRefusal: isRefusal, &bytes)
    }

    private var openParts: [ResponsesItem.Part]? {
        guard let open, case .message(let parts) = items[open].content else { return nil }
        return parts
    }

    @discardableResult private mutating func takeLogprobs(_ part: inout ResponsesItem.Part) -> [TokenLogprob] {
        defer { logprobs = [] }
        part.logprobs += logprobs
        return logprobs
    }

    /// Only what names a source and follows its text has a place in a response.
    private mutating func cite(_ citation: Citation, _ bytes: inout ByteBuffer) {
        guard let place = open, var parts = openParts, let last = parts.indices.last, !parts[last].isRefusal,
            let url = citation.url
        else { return }
        let start = max(0, (citation.start ?? parts[last].start) - parts[last].start)
        let end = max(start, (citation.end ?? scalars) - parts[last].start)
        let written = ResponsesCitation(url: url, title: citation.title ?? url, start: start, end: end)
        parts[last].citations.append(written)
        items[place].content = .message(parts)
        output.annotationAdded(items[place], last, parts[last].citations.count - 1, written, &bytes)
    }

    // MARK: Thoughts

    private mutating func think(_ text: String, _ bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        if openThought == nil { add(.reasoning("", proof: nil), "rs", &bytes) }
        guard let place = open, let before = openThought else { return }
        if before.isEmpty { output.summaryAdded(items[place], &bytes) }
        items[place].content = .reasoning(before + text, proof: nil)
        output.summaryDelta(items[place], text, &bytes)
    }

    private var openThought: String? {
        guard let open, case .reasoning(let text, _) = items[open].content else { return nil }
        return text
    }

    /// `ends`: the proof is of the thought before it, if there is one.
    private mutating func prove(_ proof: ResponsesReasoning.Proof, ends: Bool, _ bytes: inout ByteBuffer) {
        let text = ends ? openThought : nil
        if text == nil { add(.reasoning("", proof: nil), "rs", &bytes) }
        if let open { items[open].content = .reasoning(text ?? "", proof: proof.written) }
        closeOpen(&bytes)
    }

    // MARK: Calls

    private mutating func beginCall(_ call: ToolCall, _ index: Int, _ bytes: inout ByteBuffer) {
        if let signature = call.signature { prove(.call(signature), ends: false, &bytes) }
        add(.call(call), "fc", &bytes)
        calls[index] = items.count - 1
    }

    private mutating func addArguments(_ text: String, _ index: Int, _ bytes: inout ByteBuffer) {
        guard !text.isEmpty, let place = calls[index], case .call(var call) = items[place].content else { return }
        call.arguments += text
        items[place].content = .call(call)
        output.argumentsDelta(items[place], text, &bytes)
    }
}
