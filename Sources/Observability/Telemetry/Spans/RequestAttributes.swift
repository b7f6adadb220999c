import GatewayTypes

/// What was asked for, in the words of the GenAI conventions.
enum RequestAttributes {
    static func add(
        _ outcome: Outcome, isTranslated: Bool, _ vocabulary: Vocabulary, to attributes: inout SpanAttributes
    ) {
        if outcome.stream { attributes.set(Conventions.Key.requestStream, true) }
        attributes.set(Conventions.Key.outputType, outputType(outcome))
        if !isTranslated { attributes.set(Conventions.Key.openAIAPI, openAIAPI(outcome.surface)) }
        guard let facts = outcome.requestFacts else { return }
        attributes.set(Conventions.Key.requestMaxTokens, facts.outputTokensMax)
        attributes.set(Conventions.Key.requestTemperature, facts.temperature)
        attributes.set(Conventions.Key.requestTopP, facts.topP)
        attributes.set(Conventions.Key.requestSeed, facts.seed)
        if facts.choiceCount != 1 { attributes.set(Conventions.Key.requestChoices, facts.choiceCount) }
        if let tier = facts.serviceTier, tier != "auto" { attributes.set(Conventions.Key.requestServiceTier, tier) }
        add(facts.parameters, vocabulary, to: &attributes)
    }

    private static func add(
        _ parameters: RequestParameters, _ vocabulary: Vocabulary, to attributes: inout SpanAttributes
    ) {
        // A double in v1.41, an integer after it. One name has one value: beside each other, the older form stays.
        if let topK = parameters.topK {
            if vocabulary.writesPinned {
                attributes.set(Conventions.Key.requestTopK, topK)
            } else if let whole = Int64(exactly: topK) {
                attributes.set(Conventions.Key.requestTopK, whole)
            }
        }
        attributes.set(Conventions.Key.requestFrequencyPenalty, parameters.frequencyPenalty)
        attributes.set(Conventions.Key.requestPresencePenalty, parameters.presencePenalty)
        attributes.set(Conventions.Key.requestStopSequences, parameters.stopSequences)
        attributes.set(Conventions.Key.conversationID, parameters.conversationID)
        attributes.set(Conventions.Key.requestEncodingFormats, parameters.encodingFormat.map { [$0] } ?? [])
        attributes.set(Conventions.Key.embeddingDimensions, parameters.dimensions)
        guard vocabulary.writesLatest else { return }
        attributes.set(Conventions.Latest.reasoningLevel, parameters.reasoningLevel)
        attributes.set(Conventions.Latest.previousResponse, parameters.previousResponseID)
    }

    /// Where the request asks for one: by its operation, or by a schema.
    private static func outputType(_ outcome: Outcome) -> String? {
        switch outcome.operation {
        case .imageGeneration: Conventions.Value.image
        case .speech: Conventions.Value.speech
        case .transcription, .translation: Conventions.Value.text
        case nil, .chat, .embeddings, .listModels, .textCompletion, .moderation, .rerank, .countTokens, .realtime,
            .providerAPI:
            outcome.requestFacts?.wantsJSONSchema == true ? Conventions.Value.json : nil
        }
    }

    private static func openAIAPI(_ surface: Surface) -> String? {
        switch surface {
        case .openAIChat: Conventions.Value.chatCompletions
        case .openAIResponses: Conventions.Value.responses
        case .openAICompletions, .openAIEmbeddings, .openAIImages, .openAIImageEdits, .openAITranscriptions,
            .openAITranslations, .openAISpeech, .openAIModerations, .openAIRealtime, .openAIModels, .rerank,
            .anthropicMessages, .anthropicCountTokens, .geminiGenerate, .geminiEmbed, .geminiCountTokens,
            .providerAPI, .ask, .askEmbeddings, .feedback, .unknown:
            nil
        }
    }
}
