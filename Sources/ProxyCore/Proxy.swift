public import GatewayTypes
import Synchronization
import Telemetry

/// Takes requests from the listener and runs each as an exchange.
public final class Proxy: RequestHandler {
    private let current: Mutex<Plan>
    let lanes: [Lane]
    let inFlight: InFlight

    /// One lane per worker, in the workers' order.
    public init(plan: Plan, lanes: [Lane], inFlight: InFlight) {
        current = Mutex(plan)
        self.lanes = lanes
        self.inFlight = inFlight
    }

    /// From now on new exchanges go by this plan.
    public func adopt(_ plan: Plan) { current.withLock { $0 = plan } }

    var plan: Plan { current.withLock { $0 } }

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
