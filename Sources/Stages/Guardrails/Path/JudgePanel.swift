import GatewayTypes

/// Asks judges about the same matter, all at once.
enum JudgePanel {
    struct Word: Sendable {
        let judge: Int
        /// Nil: it could not decide.
        let judgement: Judgement?
        let ended: Moment
    }

    /// In the judges' order. Each has its deadline.
    static func ask(
        _ guardrails: [Guardrail], about matter: Matter, for asker: Asker, _ now: @escaping @Sendable () -> Moment
    ) async -> [Word] {
        guard guardrails.count > 1 else {
            guard let only = guardrails.first else { return [] }
            return [await ask(only, 0, matter, asker, now)]
        }
        return await withTaskGroup(of: Word.self) { group in
            for (index, guardrail) in guardrails.enumerated() {
                group.addTask { await ask(guardrail, index, matter, asker, now) }
            }
            var words: [Word] = []
            for await word in group { words.append(word) }
            return words.sorted { $0.judge < $1.judge }
        }
    }

    private static func ask(
        _ guardrail: Guardrail, _ index: Int, _ matter: Matter, _ asker: Asker,
        _ now: @Sendable () -> Moment
    ) async -> Word {
        guard case .judge(let judge) = guardrail.check else { return Word(judge: index, judgement: nil, ended: now()) }
        do throws(Failure) {
            let asker = asker.within(seconds: guardrail.deadlineSeconds, from: now())
            let judgement = try await judge.judge(matter, for: asker)
            return Word(judge: index, judgement: judgement, ended: now())
        } catch {
            return Word(judge: index, judgement: nil, ended: now())
        }
    }
}

extension [Tally] {
    /// Writes down what the judges said.
    mutating func note(_ words: [JudgePanel.Word], fingerprint: () -> String) {
        for word in words {
            self[word.judge].nanoseconds = word.ended.nanoseconds(since: self[word.judge].began)
            switch word.judgement {
            case .pass: break
            case .deny(let reason, _):
                self[word.judge].note(reason)
                self[word.judge].fingerprint = fingerprint()
            case .replace(let text, let reason):
                self[word.judge].note(reason)
                self[word.judge].replacement = text
            case nil: self[word.judge].decision = .undecided
            }
        }
    }
}
