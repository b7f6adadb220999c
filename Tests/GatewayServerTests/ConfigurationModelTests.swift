import GatewayServer
import Testing

/// Problems of models and their targets, as they are printed.
@Suite struct ConfigurationModelTests {
    private typealias Case = ConfigurationProblemTests.Case

    private static let models: [Case] = [
        Case(
            "",
            "1:1: models: there are no models; write one, for example models: { smart: { targets: [openai/gpt-5] } }"),
        Case(
            "models:",
            "4:8: models: there are no models; write one, for example models: { smart: { targets: [openai/gpt-5] } }"),
        Case(
            "models: { smart: {} }",
            "4:18: models.smart.targets: missing; write it, for example targets: [openai/gpt-5]"),
        Case(
            "models: { smart: { targets: [] } }",
            "4:29: models.smart.targets: leads nowhere; write a target, for example [openai/gpt-5]"),
        Case(
            "models: { smart: openai/gpt-5 }",
            "4:18: models.smart: expected a mapping with strategy, sticky_by, latency, targets, match and drop_unsupported, …, found text"
        ),
        Case(
            "models: { smart: { targets: [gpt-5] } }",
            #"4:30: models.smart.targets[0]: "gpt-5" names no provider; write provider/model, such as openai/gpt-5"#),
        Case(
            "models:\n  smart:\n    targets:\n      - opena1/gpt-5",
            #"7:9: models.smart.targets[0].provider: unknown provider "opena1"; did you mean "openai"?"#),
        Case(
            "models:\n  smart:\n    targets:\n      - { provider: opena1, model: gpt-5 }",
            #"7:21: models.smart.targets[0].provider: unknown provider "opena1"; did you mean "openai"?"#),
        Case(
            "models: { smart: { targets: openai/gpt-5 } }",
            "4:29: models.smart.targets: expected a list, found text; write - before each entry"),
        Case(
            "models: { gpt-4.1: { strategy: weighted, targets: [{ provider: openai, model: x, weight: 0 }] } }",
            #"4:90: models."gpt-4.1".targets[0].weight: 0 is out of bounds; write 1 to 1000000"#),
        Case(
            "models: { smart: { targets: [{ provider: openai, model: x, weight: 2 }] } }",
            "4:68: warning: models.smart.targets[0].weight: has no effect on an ordered model; write strategy: weighted, or take the weight out"
        ),
        Case(
            "models: { smart: { strategy: lowest_cost, targets: [{ provider: openai, model: x, weight: 2 }, openai/y] } }",
            "4:91: warning: models.smart.targets[0].weight: has no effect with strategy: lowest_cost; take the weight out"
        ),
        Case(
            "models: { smart: { strategy: lowest, targets: [openai/x, openai/y] } }",
            #"4:30: models.smart.strategy: unknown value "lowest"; write ordered, weighted, lowest_latency, lowest_cost, least_outstanding, power_of_two, sticky or best_quality_under"#
        ),
        Case(
            "models: { smart: { strategy: sticky, targets: [openai/x] } }",
            "4:30: warning: models.smart.strategy: has nothing to choose from: the model has one target; add others to targets"
        ),
        Case(
            "models: { smart: { sticky_by: caller, targets: [openai/x] } }",
            "4:31: warning: models.smart.sticky_by: has no effect on a model that is not sticky; write strategy: sticky, or take it out"
        ),
        Case(
            "models: { smart: { targets: [{ provider: openai, model: x, when: { needs: tools } }] } }",
            "4:29: models.smart.targets: all have conditions, so that other requests lead nowhere; add a target without when"
        ),
        Case(
            "models: { smart: { targets: [{ provider: openai, model: x, when: { prompt_tokens_min: 9, prompt_tokens_max: 8 } }, openai/y] } }",
            "4:87: models.smart.targets[0].when.prompt_tokens_min: is more than prompt_tokens_max; no request is both"
        ),
        Case(
            "models: { smart: { targets: [{ provider: openai, model: x, lacks: [tools], when: { needs: tools } }, openai/y] } }",
            "4:91: models.smart.targets[0].when.needs: holds tools, which lacks says that it cannot do"),
        Case(
            "models: { smart: { latency: per_token, targets: [openai/x] } }",
            "4:29: warning: models.smart.latency: has no effect without strategy: lowest_latency; write that, or take it out"
        ),
    ]

    @Test(arguments: models) func `A wrong model is named`(wrong: ConfigurationProblemTests.Case) {
        let lines = ConfigurationText.lines(
            ConfigurationText.minimal(without: ["models"], adding: wrong.yaml + "\n"))
        #expect(lines == ["weir.yaml:" + wrong.line])
    }
}
