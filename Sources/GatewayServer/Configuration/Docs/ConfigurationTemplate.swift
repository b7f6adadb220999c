/// The annotated configuration that `weir init` writes and that stands in the repository as `weir.example.yaml`.
public enum ConfigurationTemplate {
    /// - Parameter adminKeyFile: where the admin key lies, from the configuration file's directory.
    public static func annotated(adminKeyFile: String = "weir-admin.key") -> String {
        """
        # Weir's configuration. Every setting is explained in docs/configuration.md; check this file with: weir check
        weir: 1

        # Where apps send their requests: set an SDK's base URL to http://127.0.0.1:8080/v1
        listen: 127.0.0.1:8080

        # Prometheus scrapes http://127.0.0.1:9464/metrics
        metrics: 127.0.0.1:9464

        # The admin API and the console. Secrets are never written here, only where they are: env:NAME or file:PATH.
        admin:
          address: 127.0.0.1:9465
          key: file:\(adminKeyFile)

        # All three ports speak TLS with this; renewed files are seen without a restart.
        # tls: { certificates: [{ certificate: /etc/weir/tls.crt, key: /etc/weir/tls.key }] }

        # Who calls, and which team pays. These names become labels of metrics.
        teams:
          search: { owner: search-oncall, plan: apps }
        callers:
          alice: { team: search }
        keys:
          - caller: alice
            key: env:WEIR_KEY_ALICE       # or sha256: with the key's SHA-256, so that the key is known to alice alone
            alias: alice-laptop
        # jwt: [{ name: sso, issuer: "https://login.example.com/realm", audience: weir, claims: { caller: sub, team: groups } }]

        # How much at once and how often, for whom; see docs/limits.md
        plans:
          apps:
            limits:                       # each caller's; over it, 429 says when to try again
              - { name: apps, requests: 600/minute, tokens: 1000000/minute, concurrent: 100 }

        # What may be said, on the way in and out; see docs/guardrails.md
        # guardrails:
        #   personal: { kind: pii, action: mask }
        #   projects: { kind: words, words: [Blue Heron], phase: both }

        # Room for replies that are said again at no cost, where a model says `cache: { ttl: 1h }`; see docs/cache.md
        # cache: { memory: 256MiB, disk: 2GiB }

        # The services that run the models.
        providers:
          openai:
            base_url: https://api.openai.com/v1
            key: env:OPENAI_API_KEY
            timeouts: { connect: 3s, first_byte: 120s, idle: 60s, total: 600s }
          anthropic:                      # docs/providers.md has all others
            dialect: anthropic            # clients of OpenAI's SDK reach it too: their requests are translated
            base_url: https://api.anthropic.com
            key: env:ANTHROPIC_API_KEY
            drop_unsupported: true        # leave out what it cannot be told (x-weir-dropped says what) instead of refusing it
          local:
            base_url: http://127.0.0.1:11434/v1
            kind: ollama
            stream_options: true          # false for a server that refuses stream_options

        # List prices come with Weir. Yours go before them, in USD per million tokens.
        prices:
          catalog: built-in
          overrides:
            - { provider: local, model: "qwen3:8b", gpu_hour: "0.80", concurrency: 4 }   # your own machine: by the time it takes

        # Of which class a request is, for `classify` at a model and `when: { class: hard }` at its targets;
        # see docs/classification.md
        # classifiers:
        #   difficulty: { kind: rules, default: simple, rules: [{ class: hard, prompt_tokens_min: 2000 }] }

        # The models that clients may ask for, and the provider/model that each leads to.
        models:
          smart:
            strategy: ordered             # the next target is tried when one fails
            targets: [openai/gpt-5, anthropic/claude-sonnet-5]
          fast:
            strategy: weighted            # nine requests of ten go to the first
            targets:
              - { provider: openai, model: gpt-5-mini, weight: 9 }
              - { provider: local, model: "qwen3:8b", weight: 1 }
          text-embedding-3-small:
            targets: [openai/text-embedding-3-small]

        routing:
          attempts_max: 3
          breaker: { failures: 5, failure_ratio: 50%, cooldown: 10s }
          # retries: { per_target: 1, budget: 20% }   # try the same target once more, before the next one

        # Messages that clients ask for by name (docs/templates.md), and your own service's word on requests (docs/callouts.md)
        # templates: { sum: { versions: [{ version: 1, messages: [{ content: "Sum up: {{text}}" }], variables: { text: {} } }] } }
        # callouts: [{ name: policy, url: "http://127.0.0.1:9000/ask", on_error: deny }]

        # Which model stands in for which, when a budget's rule says so: asked model: served model
        reroutes:
          economy: { smart: fast }

        # How much money a team, caller or model may cost, who owns it, and what happens on the way; see docs/budgets.md
        budgets:
          - name: search
            scope: { team: search }
            limit: 500 USD
            per: month                    # UTC; or rolling 24h
            enforce: hard                 # what could go beyond the limit is refused; soft only counts
            owner: search-oncall          # who is told
            rules:
              - name: overrun             # a ticket first
                when: forecast > 100%
                until: forecast < 90%
                for: 30m
                severity: ticket
              - name: too-fast            # six times too fast, and still so: smart is served by fast until it calms down
                when: burn(1h) >= 6 and burn(5m) >= 6
                until: burn(1h) < 2
                min_dwell: 15m
                severity: page
                then: { reroute: economy }

        telemetry:
          access_log: stdout
          # traces: { endpoint: "http://127.0.0.1:4318", compression: gzip }
          # sampling: { ratio: 10%, slower_than: 30s }    # and all errors, refusals and reroutes; everything when left out
          # destinations: { incidents: { endpoint: "http://127.0.0.1:4317", protocol: grpc, only: [errors, moved] } }
          # spool: { path: spool }        # waits on disk while a collector is away

        # The journal and the ledger lie beside this file.
        storage:
          path: weir.db
          journal: weir.journal
          retention: 30d
          when_full: refuse               # or continue_unaccounted

        drain: { delay: 5s, deadline: 25s }

        """
    }
}
