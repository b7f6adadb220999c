public import GatewayTypes
import Telemetry

/// Takes requests from the listener and runs each as an exchange.
public struct Proxy: RequestHandler {
    private let plan: Plan
    private let lanes: [Lane]
    private let inFlight: InFlight

    /// One lane per worker, in the workers' order.
    public init(plan: Plan, lanes: [Lane], inFlight: InFlight) {
        self.plan = plan
        self.lanes = lanes
        self.inFlight = inFlight
    }

    public func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        let lane = lanes[worker]
        inFlight.enter()
        lane.telemetry.exchangeBegan()
        var run = ExchangeRun(plan: plan, lane: lane, inFlight: inFlight, request: request, writer: writer)
        await run.perform()
        inFlight.leave()
    }

    public func render(_ failure: Failure) -> Reply { plan.surfaces.fallback.render(failure) }
}
