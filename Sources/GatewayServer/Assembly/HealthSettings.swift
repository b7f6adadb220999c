import GatewayTypes
import Routing

// What the configuration says of the health of targets, in the words of the rooms that act by it.

extension Configuration.Breaker {
    var settings: Breaker.Settings {
        var settings = Breaker.Settings()
        settings.failures = failures
        settings.failureRatio = Double(failurePercent) / 100
        settings.minimum = minimum
        settings.windowSeconds = windowSeconds
        settings.cooldownSeconds = cooldownSeconds
        return settings
    }
}

extension Configuration.Outliers {
    var settings: OutlierEjection.Settings {
        var settings = OutlierEjection.Settings()
        settings.factor = Double(factor)
        settings.failureRatio = Double(failurePercent) / 100
        settings.minimum = minimum
        settings.windowSeconds = windowSeconds
        settings.ejectSeconds = ejectSeconds
        settings.shareMax = Double(percentMax) / 100
        return settings
    }
}

extension Configuration.Hedge {
    var rule: HedgeRule { HedgeRule(after: after, shareMax: Double(atMostPercent) / 100) }
}

extension Configuration.CanaryHalt {
    var limits: Canary.Halt {
        Canary.Halt(
            errorsMax: Double(errorsPercent) / 100, firstTokenMax: Double(firstTokenPercent) / 100, minimum: after)
    }
}

extension Configuration.Silence {
    var settings: SilenceJudge.Settings {
        var settings = SilenceJudge.Settings()
        settings.afterSeconds = afterSeconds
        settings.questions = questions
        settings.answerSeconds = answerSeconds
        return settings
    }
}

extension Configuration.Retries {
    var settings: RetryDesk.Settings {
        var settings = RetryDesk.Settings()
        settings.perTarget = perTarget
        settings.backoffSeconds = backoffSeconds
        settings.backoffSecondsMax = backoffSecondsMax
        settings.budgetRatio = Double(budgetPercent) / 100
        return settings
    }
}
