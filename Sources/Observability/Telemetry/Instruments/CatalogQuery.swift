/// A question that people ask of the metrics, and its answer in PromQL: each is run against a real Prometheus by
/// `Tests/integration/test_questions.py`.
struct CatalogQuery {
    let question: String
    let expression: String

    static let all = money + latency + gateway + budgets

    private static let money = [
        CatalogQuery(
            question: "spend by team this month",
            expression: #"sum by (team) (weir_spend_usd{window="month"})"#),
        CatalogQuery(
            question: "who burnt the budget: callers by what they cost, dearest first",
            expression: "topk(10, sum by (team, caller) (increase(weir_caller_cost_usd_total[1h])))"),
        CatalogQuery(
            question: "which model the money went to",
            expression: "topk(10, sum by (team, served_model) (increase(weir_cost_usd_total[1h])))"),
        CatalogQuery(
            question: "what retries, fallbacks and aborted replies cost",
            expression: #"sum by (purpose) (increase(weir_cost_usd_total{purpose!="served"}[1h]))"#),
    ]

    private static let latency = [
        CatalogQuery(
            question: "TTFT p95 by model, as clients see it",
            expression: "histogram_quantile(0.95, sum by (le, served_model) "
                + #"(rate(weir_time_to_first_token_seconds_bucket{side="client"}[5m])))"#),
        CatalogQuery(
            question: "the same from native histograms, where Prometheus stores those and not the buckets",
            expression: "histogram_quantile(0.95, sum by (served_model) "
                + #"(rate(weir_time_to_first_token_seconds{side="client"}[5m])))"#),
        CatalogQuery(
            question: "tokens per second while a model works, waiting for the first token included",
            expression: #"sum by (served_model) (rate(weir_tokens_total{type=~"output|reasoning"}[5m])) / "#
                + "sum by (served_model) (rate(weir_team_inference_seconds_total[5m]))"),
        CatalogQuery(
            question:
                "pieces of text per second once a streamed reply has begun; with most providers a piece is a token",
            expression: "sum by (served_model) (rate(weir_inter_token_seconds_count[5m])) / "
                + "sum by (served_model) (rate(weir_inter_token_seconds_sum[5m]))"),
        CatalogQuery(
            question: "the longest pauses that readers see (99th percentile)",
            expression:
                "histogram_quantile(0.99, sum by (le, served_model) (rate(weir_inter_token_seconds_bucket[5m])))"
        ),
    ]

    private static let gateway = [
        CatalogQuery(
            question: "is the gateway the bottleneck: the part of all exchanges' time that Weir itself took",
            expression:
                "sum(rate(weir_gateway_overhead_seconds_sum[5m])) / sum(rate(weir_exchange_duration_seconds_sum[5m]))"
        ),
        CatalogQuery(
            question: "and in which hop: seconds per exchange that Weir took in each; passing is reading the request, "
                + "translating, and passing the reply on",
            expression: #"(sum by (hop) (rate(weir_hop_duration_seconds_sum{hop!~"receive|attempt|stream"}[5m])) or "#
                + "label_replace(clamp_min(sum(rate(weir_gateway_overhead_seconds_sum[5m])) - sum(rate("
                + #"weir_hop_duration_seconds_sum{hop!~"receive|attempt|stream|settle"}[5m])), 0), "hop", "passing", "", "")) "#
                + "/ scalar(sum(rate(weir_exchange_duration_seconds_count[5m])))"),
        CatalogQuery(
            question: "do the event loops keep up: how late they ran (99th percentile)",
            expression: "histogram_quantile(0.99, sum by (le) (rate(weir_event_loop_lag_seconds_bucket[5m])))"),
        CatalogQuery(
            question: "which queue fills", expression: "weir_queue_depth / weir_queue_limit"),
    ]

    private static let budgets = [
        CatalogQuery(
            question: "who was rerouted and why",
            expression: "sum by (team, route, budget, rule, from, to) (increase(weir_reroutes_total[1h])) > 0"),
        CatalogQuery(
            question: "page the owner",
            expression: #"weir_budget_rule_state{state="firing"} * on(budget) group_left(owner, team) weir_budget_info"#
        ),
    ]
}
