import GatewayTypes
import Guardrails

extension Configuration.Guardrail {
    /// Which personal data and secrets are looked for.
    struct Personal: Sendable {
        /// Empty: all.
        var types: [PersonalType] = []
        /// Empty: all that are known.
        var countries: [CountryPack] = []
        var allowed: [String] = []

        var detector: PersonalDetector {
            PersonalDetector(
                types: types.isEmpty ? PersonalType.allCases : types,
                countries: countries.isEmpty ? CountryPack.allCases : countries, allowed: allowed)
        }

        static let field = Field<Configuration.Guardrail>(
            "pii", \.personal, .section(section), "Of `kind: pii`: which personal data and secrets are looked for.")

        static let section = Section<Personal>(
            "guardrail pii",
            "Which personal data and secrets are looked for; all of them where nothing is written. See "
                + "[Personal data](guardrails-pii.md).",
            empty: { Personal() },
            fields: [
                Field("types", \.types, .listOrOne(of: .choice), "What is looked for; all when left out."),
                Field(
                    "countries", \.countries, .listOrOne(of: .choice),
                    "Whose telephone and personal numbers are looked for; all when left out. Numbers with `+` and accounts are "
                        + "found whatever their country."),
                Field(
                    "allow", \.allowed, .listOrOne(of: .text("a value or a domain")),
                    "Values that are left alone, in either case, and domains whose e-mail addresses are: `example.com`."
                ),
            ])
    }
}
