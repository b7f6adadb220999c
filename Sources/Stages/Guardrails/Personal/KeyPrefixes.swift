/// Keys and tokens that providers mark by a prefix of their own, as they publish it.
enum KeyPrefixes {
    enum Alphabet {
        /// Letters and digits.
        case alphanumeric
        /// And `_`, `-`.
        case url
        /// And `.`, `=`, `/`, `+`.
        case token
        case hex
        case upper
    }

    struct Prefix {
        let text: StaticString
        let alphabet: Alphabet
        /// Bytes after the prefix.
        let body: ClosedRange<Int>
        let type: PersonalType

        init(_ text: StaticString, _ alphabet: Alphabet, _ body: ClosedRange<Int>, _ type: PersonalType = .apiKey) {
            self.text = text
            self.alphabet = alphabet
            self.body = body
            self.type = type
        }
    }

    static let bodyBytesMax = 512

    /// Where the key that begins at `start` ends, and what it is; nil where none does.
    @inline(never)
    static func match(_ text: Span<UInt8>, _ start: Int, _ touched: inout Bool) -> (end: Int, type: PersonalType)? {
        guard text[start] < 128 else { return nil }
        let bucket = buckets[Int(text[start])]
        for prefix in table[bucket] where text.has(prefix.text, at: start, &touched) {
            let bodyStart = start + prefix.text.utf8CodeUnitCount
            var index = bodyStart
            while index - bodyStart <= prefix.body.upperBound, belongs(text.peek(index, &touched), prefix.alphabet) {
                index += 1
            }
            while index > bodyStart, text[index - 1] == UInt8(ascii: ".") || text[index - 1] == UInt8(ascii: "-") {
                index -= 1
            }
            guard prefix.body.contains(index - bodyStart), !text.peek(index, &touched).isWord else { continue }
            if isRandom(Randomness(text, bodyStart..<min(index, bodyStart + 200)), prefix) {
                return (index, prefix.type)
            }
        }
        return nil
    }

    /// Not a placeholder, nor a name that begins like a key.
    private static func isRandom(_ body: Randomness, _ prefix: Prefix) -> Bool {
        guard body.distinct >= min(7, body.length / 2) else { return false }
        // Sixteen characters may well be without a digit; more are not.
        return body.hasDigit || (prefix.alphabet == .upper && body.distinct >= 9) || (body.hasUpper && body.hasLower)
    }

    private static func belongs(_ byte: UInt8, _ alphabet: Alphabet) -> Bool {
        switch alphabet {
        case .alphanumeric: byte.isAlphanumeric
        case .url: byte.isWord || byte == UInt8(ascii: "-")
        case .token:
            byte.isWord || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "=")
                || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "+")
        case .hex: byte.isHex
        case .upper: byte.isUpper || byte.isDigit
        }
    }

    /// Prefixes by their first byte; the longer before those that they begin with.
    private static let table: [[Prefix]] = {
        var table: [[Prefix]] = [[]]
        for prefix in all {
            let first = prefix.text.utf8Start[0]
            if let bucket = table.firstIndex(where: { $0.first?.text.utf8Start[0] == first }) {
                table[bucket].append(prefix)
            } else {
                table.append([prefix])
            }
        }
        return table.map { $0.sorted { $0.text.utf8CodeUnitCount > $1.text.utf8CodeUnitCount } }
    }()

    private static let buckets: [Int] = (0..<128).map { byte in
        table.firstIndex { Int($0.first?.text.utf8Start[0] ?? 0) == byte } ?? 0
    }

    /// For each first byte, a bit for each second byte modulo 64: by it most words are told to be no key.
    static let pairs: [UInt64] = {
        var pairs = [UInt64](repeating: 0, count: 256)
        for prefix in all { pairs[Int(prefix.text.utf8Start[0])] |= 1 << UInt64(prefix.text.utf8Start[1] & 63) }
        return pairs
    }()

    private static let all: [Prefix] = [
        // Models
        .init("sk-ant-", .url, 20...180), .init("sk-proj-", .url, 20...200), .init("sk-svcacct-", .url, 20...200),
        .init("sk-admin-", .url, 20...200), .init("sk-or-v1-", .hex, 32...80), .init("sk-", .alphanumeric, 20...100),
        .init("gsk_", .alphanumeric, 30...80), .init("hf_", .alphanumeric, 30...60),
        .init("api_org_", .alphanumeric, 30...60),
        .init("pplx-", .alphanumeric, 30...80), .init("r8_", .alphanumeric, 30...60),
        .init("xai-", .alphanumeric, 40...120),
        .init("nvapi-", .url, 40...120), .init("fw_", .alphanumeric, 20...60), .init("tgp_v1_", .url, 30...80),
        .init("csk-", .alphanumeric, 30...80), .init("jina_", .alphanumeric, 30...80), .init("pcsk_", .url, 40...120),
        .init("lsv2_pt_", .url, 30...80), .init("lsv2_sk_", .url, 30...80), .init("AIza", .url, 35...35),
        .init("wk_", .url, 40...80), .init("pa-", .url, 40...60),
        // Code
        .init("ghp_", .alphanumeric, 36...251), .init("gho_", .alphanumeric, 36...251),
        .init("ghu_", .alphanumeric, 36...251),
        .init("ghs_", .alphanumeric, 36...251), .init("ghr_", .alphanumeric, 36...251),
        .init("github_pat_", .url, 50...244),
        .init("glpat-", .token, 20...300), .init("gldt-", .url, 20...60), .init("glrt-", .url, 20...60),
        .init("glptt-", .url, 20...60), .init("glcbt-", .url, 20...80), .init("npm_", .alphanumeric, 36...36),
        .init("pypi-AgE", .url, 50...300), .init("rubygems_", .hex, 48...48), .init("dckr_pat_", .url, 27...40),
        .init("ATATT3", .token, 50...250), .init("PMAK-", .url, 50...70), .init("sntrys_", .token, 40...300),
        .init("figd_", .url, 30...60), .init("lin_api_", .alphanumeric, 32...60), .init("ntn_", .alphanumeric, 40...60),
        .init("glsa_", .url, 30...60), .init("glc_", .token, 30...400), .init("NRAK-", .upper, 27...27),
        .init("phx_", .alphanumeric, 40...60), .init("CFPAT-", .url, 40...50), .init("tskey-", .url, 20...80),
        // Talk and money
        .init("xoxb-", .url, 20...200), .init("xoxp-", .url, 20...200), .init("xoxa-", .url, 20...200),
        .init("xoxr-", .url, 20...200), .init("xoxs-", .url, 20...200), .init("xoxe-", .url, 20...250),
        .init("xapp-", .url, 20...200), .init("sk_live_", .alphanumeric, 16...250),
        .init("sk_test_", .alphanumeric, 16...250),
        .init("rk_live_", .alphanumeric, 16...250), .init("rk_test_", .alphanumeric, 16...250),
        .init("whsec_", .token, 24...90), .init("sq0atp-", .url, 22...22), .init("sq0csp-", .url, 43...43),
        .init("SG.", .token, 60...70), .init("shpat_", .hex, 32...32), .init("shpss_", .hex, 32...32),
        .init("shpca_", .hex, 32...32), .init("hooks.slack.com/services/T", .token, 30...60),
        // Clouds
        .init("AKIA", .upper, 16...16, .cloudCredential), .init("ASIA", .upper, 16...16, .cloudCredential),
        .init("ABIA", .upper, 16...16, .cloudCredential), .init("ACCA", .upper, 16...16, .cloudCredential),
        .init("ABSK", .token, 100...180, .cloudCredential), .init("LTAI", .alphanumeric, 16...26, .cloudCredential),
        .init("GOCSPX-", .url, 28...28, .cloudCredential), .init("ya29.", .url, 60...512, .cloudCredential),
        .init("GOOG1E", .upper, 50...60, .cloudCredential), .init("dop_v1_", .hex, 64...64, .cloudCredential),
        .init("doo_v1_", .hex, 64...64, .cloudCredential), .init("dor_v1_", .hex, 64...64, .cloudCredential),
        .init("dapi", .hex, 32...32, .cloudCredential), .init("hvs.", .url, 24...300, .cloudCredential),
        .init("hvb.", .url, 24...300, .cloudCredential), .init("FlyV1", .token, 60...500, .cloudCredential),
        .init("AGE-SECRET-KEY-1", .upper, 58...58, .privateKey),
    ]
}
