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
        page += "\n## Queries\n\n| question | expression |\n|---|---|\n"
        for query in CatalogQuery.all {
            page += "| \(query.question) | `\(query.expression.replacing("|", with: "\\|"))` |\n"
        }
        page += "\n## Buckets\n\n| histogram | upper bounds |\n|---|---|\n"
        for spec in all where spec.type == .histogram {
            page += "| `\(spec.name)` | \(spec.buckets.map(\.description).joined(separator: " ")) |\n"
        }
        return page
    }
}
