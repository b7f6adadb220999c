extension InstrumentCatalog {
    /// `docs/metrics.md`, generated.
    public static var markdown: String {
        var page = """
            # Metrics

            Generated from the catalogue in `Sources/Observability/Telemetry`; do not edit. Label values are names of the
            configuration or words of a closed set; `_other` stands for everything else. Money is exact: the numbers are
            decimals, not rounded floating point.


            """
        page += "| name | type | unit | labels | meaning |\n|---|---|---|---|---|\n"
        for spec in all {
            let labels = spec.labels.map { "`\($0)`" }.joined(separator: ", ")
            page += "| `\(spec.name)` | \(spec.type.rawValue) | \(spec.unit.isEmpty ? "—" : spec.unit) "
            page += "| \(labels.isEmpty ? "—" : labels) | \(spec.help) |\n"
        }
        page += queries
        page += "\n## Buckets\n\n| histogram | upper bounds |\n|---|---|\n"
        for spec in all where spec.type == .histogram {
            page += "| `\(spec.name)` | \(spec.buckets.map(\.description).joined(separator: " ")) |\n"
        }
        return page
    }

    private static let queries = """

        ## Queries

        | question | expression |
        |---|---|
        | tokens per second while a model works, waiting for the first token included | \
        `sum by (served_model) (rate(weir_tokens_total{type=~"output\\|reasoning"}[5m])) / \
        sum by (served_model) (rate(weir_team_inference_seconds_total[5m]))` |
        | pieces of text per second once a streamed reply has begun; with most providers a piece is a token | \
        `sum by (served_model) (rate(weir_inter_token_seconds_count[5m])) / \
        sum by (served_model) (rate(weir_inter_token_seconds_sum[5m]))` |
        | the longest pauses that readers see (99th percentile) | \
        `histogram_quantile(0.99, sum by (le, served_model) (rate(weir_inter_token_seconds_bucket[5m])))` |

        """
}
