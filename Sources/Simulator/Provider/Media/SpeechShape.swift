import NIOCore

/// Speech: a WAV of a sawtooth, one piece for every token, as bytes or as events.
struct SpeechShape: StreamShape {
    let plan: ReplyPlan
    let asEvents: Bool
    private static let samplesOfAPiece = 80

    func appendPreamble(to buffer: inout ByteBuffer) {
        let bytes = plan.pieceCount * Self.samplesOfAPiece * 2
        var head = ByteBuffer()
        head.append("RIFF")
        head.writeInteger(UInt32(36 + bytes), endianness: .little)
        head.append("WAVEfmt ")
        for number in [UInt32(16), 0x0001_0001, 8000, 16_000, 0x0010_0002] {
            head.writeInteger(number, endianness: .little)
        }
        head.append("data")
        head.writeInteger(UInt32(bytes), endianness: .little)
        append(head, to: &buffer)
    }

    func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        var samples = ByteBuffer()
        for sample in 0..<Self.samplesOfAPiece {
            samples.writeInteger(Int16((sample % 40) * 200 - 4000), endianness: .little)
        }
        append(samples, to: &buffer)
    }

    func appendClosing(to buffer: inout ByteBuffer) {
        guard asEvents else { return }
        let usage =
            plan.tellsUsage
            ? #","usage":{"input_tokens":\#(plan.promptTokens),"output_tokens":\#(plan.outputTokens),"#
                + #""total_tokens":\#(plan.promptTokens + plan.outputTokens)}"# : ""
        buffer.writeString("data: {\"type\":\"speech.audio.done\"\(usage)}\n\n")
    }

    func appendError(to buffer: inout ByteBuffer) {
        guard asEvents else { return }
        buffer.append("data: ")
        SimulatedError.inStream.write(to: &buffer)
        buffer.append("\n\n")
    }

    private func append(_ sound: ByteBuffer, to buffer: inout ByteBuffer) {
        if asEvents {
            let text = Base64.text(Array(sound.readableBytesView))
            buffer.writeString("data: {\"type\":\"speech.audio.delta\",\"audio\":\"\(text)\"}\n\n")
        } else {
            buffer.writeImmutableBuffer(sound)
        }
    }
}

/// A transcript as events.
struct TranscriptShape: StreamShape {
    let plan: ReplyPlan
    let seconds: Int

    func appendPreamble(to buffer: inout ByteBuffer) {}

    func appendPiece(_ index: Int, to buffer: inout ByteBuffer) {
        guard case .text(let word) = plan.piece(index) else { return }
        let delta = plan.word(word, reasoning: false)
        buffer.writeString("data: {\"type\":\"transcript.text.delta\",\"delta\":\"\(delta)\"}\n\n")
    }

    func appendClosing(to buffer: inout ByteBuffer) {
        let usage = plan.tellsUsage ? ",\"usage\":\(MediaReplies.transcriptUsage(plan, seconds: seconds))" : ""
        buffer.writeString(
            "data: {\"type\":\"transcript.text.done\",\"text\":\"\(plan.text)\"\(usage)}\n\ndata: [DONE]\n\n")
    }

    func appendError(to buffer: inout ByteBuffer) {
        buffer.append("data: ")
        SimulatedError.inStream.write(to: &buffer)
        buffer.append("\n\n")
    }
}
