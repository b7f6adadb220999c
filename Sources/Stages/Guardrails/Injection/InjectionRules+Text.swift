extension InjectionRules {
    static let text: [(InjectionKind, String)] = [
        (
            .instructionOverride,
            """
            150 ignore 3 prior 3 instruction
            150 ignore 3 your 3 instruction
            130 ignore 3 instruction 3 prior
            110 ignore 2 all 2 instruction
            120 ignore 2 rest 2 instruction
            110 ignore 3 prior|your 2 weakInstruction
            120 ignore 3 system|developer 1 instruction|prompt|message
            120 ignore 2 all 3 told
            110 ignore 1 all 0 prior $
            80 ignore 1 all 1 prior
            100 ignore|not 1 what 3 told
            110 ignore 3 instruction 3 told
            150 prior 4 instruction 6 ignoreLate
            130 prior 3 instruction 3 ignoreLate
            110 instruction 3 ignoreLate
            120 drop 2 prior|your|system 2 instruction
            110 drop 2 all 2 prior 2 instruction
            50 drop 2 prior|your 2 weakInstruction
            130 not 2 follow 4 prior|your|system 3 instruction
            120 not 2 follow 4 instruction 3 prior|told
            120 not 0 follow 3 instruction|your
            130 prior|your 3 instruction 4 void
            130 prior|your 2 instruction 1 not 0 longer
            110 instruction 2 prior 4 void
            120 not 0 longer 3 prior|your|system 2 instruction
            110 not 1 follow 3 developer 2 told
            60 fresh 0 task|instruction
            70 your 0 fresh 1 task|instruction
            50 instruction 0 fresh
            40 you 0 must 1 now
            40 you 1 now 0 task
            60 follow 1 only 1 me
            60 follow 1 only 2 weakInstruction|instruction
            30 from 1 now
            30 you 0 must
            80 condition 1 you 1 are 2 ai|model
            80 attention 3 ai
            70 attention 2 model
            60 instruction 2 ai
            60 ai|model 1 reading 1 this
            40 ai 5 must
            60 not 1 conceal 2 user
            50 not 1 conceal 0 this
            60 send 5 secret
            40 call 1 tool
            """
        ),
        (
            .rolePlayJailbreak,
            """
            80 doing 0 anything 0 now
            100 you 1 now 1 dan
            70 pretend|you 4 dan
            40 you 0 are 0 now
            40 you 1 now 1 ai
            50 without 2 limits
            110 ai|model 5 without 3 limits
            100 you 3 without 1 limits
            30 unfiltered
            100 unfiltered 2 ai|model
            80 ai|model 3 unfiltered
            50 never 0 refuse
            50 always 0 follow
            40 modeName 0 mode
            60 enter 0 modeName 0 mode
            100 you 1 are 2 modeName 0 mode
            110 modeName 0 mode 4 without 0 limits
            50 mode 1 you
            60 modeName 0 mode 0 enter
            120 disable 2 your 3 safety|limits
            50 disable 3 safety 1 limits
            120 ignore 2 your 2 safety|limits
            120 your 1 safety|limits 4 void
            80 safety 1 limits 2 void
            70 free 3 limits
            110 free 2 your 1 limits
            50 doing 0 anything
            80 not|free 1 free 3 limits
            40 stay 0 character
            70 never 1 stay 0 character
            40 pretend 4 ai
            100 grandma 12 contraband
            80 openai 1 limits 2 not
            40 openai 1 limits
            """
        ),
        (
            .systemPromptProbe,
            """
            130 reveal 6 your 3 system 2 instruction|message|prompt
            100 reveal 2 your 1 instruction $
            70 reveal 2 your 1 instruction
            110 reveal 8 your 2 prompt
            120 reveal 2 your 2 instruction 2 system
            130 what 1 are 2 your 2 system 2 instruction|prompt|message
            110 what 1 are 2 your 1 instruction $
            120 what 1 are 1 your 1 prompt
            120 what 1 are 2 your 2 instruction 1 system|prior
            60 your 0 prompt
            100 reveal 2 system 1 prompt $
            90 reveal 5 system 1 prompt
            100 reveal 1 developer 0 message $
            120 system 1 prompt 3 revealLate
            100 prompt 3 revealLate
            70 repeating 3 text 4 prior
            60 begin 2 you 0 are
            40 prior 0 this
            40 your 0 context
            100 what 3 instruction 1 you 2 told
            110 reveal 4 instruction 1 you 2 told
            110 what 1 instruction 2 you 1 told
            30 verbatim
            60 word 1 word
            70 your 0 developer 1 tell
            40 begin 3 conversation
            40 prompt 1 begin
            50 prior 1 first 1 message
            """
        ),
        (
            .markdownExfiltration,
            """
            30 include 2 image
            100 include 3 image 8 url 12 conversation
            """
        ),
    ]
}
