public import Dialects
public import GatewayTypes
import Synchronization

/// A moderation service, asked by one POST each time. It is left alone for a while where it fails again and again.
public final class ModerationService: Moderator {
    public struct Settings: Sendable {
        public var shape: ModerationShape
        /// POST, with the service's credential.
        public var endpoint: Endpoint
        public var deadlineSeconds = 2.0
        /// Questions under way at once.
        public var concurrent = 64
        /// OpenAI's; nil: the service's default.
        public var model: String?
        /// Lakera's.
        public var project: String?

        public init(shape: ModerationShape, endpoint: Endpoint) {
            self.shape = shape
            self.endpoint = endpoint
        }
    }

    private let settings: Settings
    private let fetcher: any HTTPFetcher
    private let now: @Sendable () -> Moment
    private let underWay = Atomic(0)
    private let breaker = Mutex(CalloutBreaker())

    public init(
        _ settings: Settings, fetcher: any HTTPFetcher, now: @escaping @Sendable () -> Moment = { Moment.now() }
    ) {
        self.settings = settings
        self.fetcher = fetcher
        self.now = now
    }

    public var categories: [String] { settings.shape.categories }

    public func moderate(_ text: ModeratedText, for asker: Asker) async throws(Failure) -> Moderation {
        guard underWay.wrappingAdd(1, ordering: .relaxed).newValue <= settings.concurrent else {
            underWay.wrappingSubtract(1, ordering: .relaxed)
            throw Failure(.overloaded, "As many texts as may be are with the moderation service.")
        }
        defer { underWay.wrappingSubtract(1, ordering: .relaxed) }
        guard breaker.withLock({ $0.admits(now: now()) }) else {
            throw Failure(.breakerOpen, "The moderation service failed several times in a row and is left alone.")
        }
        do throws(Failure) {
            let moderation = try await ask(text, for: asker)
            breaker.withLock { $0.settle(failed: false, now: now()) }
            return moderation
        } catch {
            // An asker who leaves says nothing about the service.
            breaker.withLock { $0.settle(failed: error.reason != .interrupted, now: now()) }
            throw error
        }
    }

    private func ask(_ text: ModeratedText, for asker: Asker) async throws(Failure) -> Moderation {
        var fields = [ReplyField("content-type", "application/json"), ReplyField("accept", "application/json")]
        if let trace = asker.trace { fields.append(ReplyField("traceparent", trace.traceparent(spanID: trace.spanID))) }
        let (endpoint, message) = (
            settings.endpoint, settings.shape.request(text, model: settings.model, project: settings.project)
        )
        if let credential = endpoint.credential {
            fields += try await credential.fields(
                method: endpoint.method, url: endpoint.url, fields: fields, body: message, at: .now())
        }
        let request = UpstreamRequest(
            endpoint: endpoint, fields: fields, body: message,
            deadline: min(asker.deadline, now().advanced(bySeconds: settings.deadlineSeconds)))
        let (head, body) = try await fetcher.fetch(request)
        guard head.status == 200 else {
            throw Failure(.upstreamError, "The moderation service answered with the status \(head.status).")
        }
        guard let moderation = settings.shape.moderation(in: body) else {
            throw Failure(.upstreamProtocol, "The moderation service's answer makes no sense.")
        }
        return moderation
    }
}
