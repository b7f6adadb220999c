/// The words of each class. Of scripts without spaces between words: two to six characters each.
enum InjectionLexicon {
    static let text: [(WordClass, String)] = [
        (
            .ignore,
            """
            ignore ignoring disregard disregarding forget neglect override overrule bypass circumvent igmore ignor
            ignoriere ignorieren ignoriert vergiss vergessen vergesst missachte missachten ignorez oublie oubliez oublier
            ignora ignorad olvida olvide olviden dimentica dimenticate ignorare ignorate esqueca esquece desconsidere negeer
            negeren vergeet zignoruj ignoruj zapomnij ignorera glom игнорируй игнорируйте проигнорируй забудь забудьте ігноруй
            проігноруй забудь تجاهل تجاهلي انس abaikan lupakan qua 忽略 无视 無視 忘记 忘掉 不要理会 不理会
            """
        ),
        (
            .ignoreLate,
            """
            yok unut gormezden अनदेखा नजरअंदाज नज़रअंदाज़ भूल 無視 忘れ 従わない 무시 잊어 잊고 따르지
            """
        ),
        (.drop, "skip discard erase dismiss abandon delete cancel clear reset drop remove scrap aside"),
        (
            .prior,
            """
            previous previously prior earlier preceding former foregoing initial original above before previos
            vorherigen vorherige vorigen bisherigen bisherige obigen obige vorangegangenen fruheren ursprunglichen bisher
            precedentes precedente precedents precedemment dessus anterieures initiales initiale
            anteriores anterior previas previa previos precedenti precedente precedentemente iniziali sopra
            vorige eerdere voorgaande bovenstaande oorspronkelijke poprzednie poprzednich wczesniejsze powyzsze
            предыдущие предыдущих предыдущими прежние выше исходные исходных первоначальные прошлые попередні попередніх
            onceki السابقه السابق اعلاه पिछले पिछली पूर्व ऊपर sebelumnya truoc tidigare ovanstaende
            之前 以前 先前 前面 上面 上述 以上 此前 最初 初始 原始 以前の これまで 上記 前の 最初の 이전 앞선 위의 지금까지
            """
        ),
        (
            .all,
            """
            all any every everything each whole entire alle alles samtliche jede toutes tout tous toute todas todos todo tutte
            tutti tutto wszystkie все всё всех усі всі tum butun جميع كل सभी सब semua cac alla 所有 全部 一切 すべて 全て 全部 모든 모두
            """
        ),
        (.rest, "rest remainder"),
        (
            .instruction,
            """
            instruction instructions directions directive directives rule rules guideline guidelines prompt prompts context
            anweisungen anweisung instruktionen regeln vorgaben richtlinien consignes consigne regles
            instrucciones instruccion reglas indicaciones normas istruzioni regole instrucoes regras
            instructies regels instrukcje instrukcji zasady polecenia инструкции инструкций инструкциями указания указаний
            правила інструкції вказівки правила talimatlari talimatlar kurallari التعليمات تعليمات الاوامر القواعد निर्देशों
            निर्देश नियमों instruksi huong instruktioner regler
            指令 指示 规则 規則 说明 要求 设定 提示词 指示を 命令 ルール 지시 지침 명령 규칙 instrctions instrutions
            """
        ),
        (
            .weakInstruction,
            """
            orders order commands command constraints training programming programmed policy policies conversation messages
            requests limitations restrictions directive tasks input inputs configuration
            """
        ),
        (
            .your,
            """
            your ur thy yours deine deinen deiner dein ihre ihren ton ta tes votre vos tu tus sus su tuo tuoi tua tue seu sua
            seus suas teu jouw je uw twoje swoje swoj твои твой свои свой своих ваши свій твій senin kendi 你的 您的 你 您 あなたの
            당신의 너의
            """
        ),
        (.you, "you u du sie te vous usted voce jij ты вы ti eres"),
        (
            .told,
            """
            told given instructed taught said provided written received programmed configured assigned gesagt gegeben dado dicho
            donnees donne dit detto dadas gezegd
            """
        ),
        (.tell, "tell say said told ask instruct"),
        (
            .not,
            """
            not dont don't no never cease stop quit avoid without refuse pay cannot nicht keine pas ne non não nao niet nie не
            """
        ),
        (.longer, "longer more plus mehr"),
        (
            .follow,
            """
            follow following obey obeying comply adhere adhering heed listen attention mind compte caso внимания uwagi respect
            observe befolge folge sigas 従って
            """
        ),
        (.fresh, "new real actual updated true latest following neue neuen nouvelle nouvelles nueva nuevas 新的 新しい"),
        (
            .void,
            """
            void voided cancelled canceled obsolete invalid revoked superseded suspended null nullified removed deleted test
            overridden lifted off disabled over expired wiped erased lifted dropped deactivated
            """
        ),
        (.only, "only just nur seulement solo только 只"),
        (.me, "me my mine i"),
        (
            .system,
            """
            system hidden secret initial original internal confidential full exact underlying pre base custom starting
            entire complete developer systemprompt systeem systeme sistema systemowy системный системные системного системних
            исходные исходный ursprunglichen initiales initial inicial iniciales inisial 系统 系統 システム 시스템 隐藏 最初 初始
            原始 sistem النظام
            """
        ),
        (.developer, "developer developers creator creators operator openai anthropic programmer admin administrator"),
        (
            .prompt,
            """
            prompt prompts preprompt preamble systemprompt промпт промпта 提示词 提示詞 プロンプト 프롬프트 提示
            """
        ),
        (.message, "message messages instruction instructions notes"),
        (
            .reveal,
            """
            reveal show print repeat output display leak expose dump recite share disclose list quote translate summarize summarise
            encode state copy echo paraphrase tell give provide describe write send read divulge type extract
            zeige zeig gib nenne verrate wiederhole drucke affiche montre revele repete donne
            muestra muestrame muestreme dime revela imprime repite mostra mostrami mostre revele diga ripeti toon geef pokaz ujawnij
            покажи выведи раскрой повтори напечатай goster اظهر اكشف tunjukkan 显示 显示你 输出 告诉 重复 泄露 打印 公开 展示
            """
        ),
        (.revealLate, "表示 見せて 教えて 出力 보여 알려 출력 말해 공개 दिखाएं बताएं"),
        (.repeating, "repeat output print recite echo copy dump reproduce regurgitate wiederhole"),
        (.what, "what what's whats which wie was quelles quel quels cuales cual quais qual quali welche"),
        (.are, "are is was were lauten ist sind sont est son es sao sono being"),
        (
            .verbatim,
            "verbatim exactly literally wortlich textuellement дословно unchanged"
        ),
        (.text, "text words word everything sentence sentences lines content all"),
        (.word, "word mot wort letter"),
        (.begin, "begin begins beginning start starts starting started"),
        (
            .pretend,
            """
            pretend act acting roleplay role simulate imagine assume play behave respond persona become emulate impersonate
            agis actua interpreta
            """
        ),
        (
            .ai,
            """
            ai llm llms chatbot chatbots assistant assistants gpt chatgpt claude gemini copilot ia ki ии 人工智能 bot bots agent
            agents
            """
        ),
        (.model, "model models"),
        (.dan, "dan stan dude evilbot"),
        (
            .without,
            "without no any zero lacks lacking neither nor sin sem sans keine ohne senza без 没有任何 没有 plus aucune beyond"
        ),
        (
            .limits,
            """
            restrictions restriction filters filter limits limitations censorship censor ethics ethical morals moral rules laws
            guidelines constraints safeguards guardrails boundaries policy policies norms refusals warnings disclaimers
            einschrankungen restricciones filtros restricoes filtre filtres limites restrizioni limiti ограничений цензуры
            限制 约束 审查
            """
        ),
        (.unfiltered, "unrestricted uncensored unfiltered amoral unethical evil malicious jailbroken unhinged lawless"),
        (.refuse, "refuse refuses refusing decline declines apologize reject deny warn no niegas"),
        (.never, "never always nunca jamais nie 从不"),
        (.mode, "mode modus"),
        (.modeName, "developer god sudo jailbreak admin root dan unrestricted opposite"),
        (.enter, "enter enable enabled activate activated switch entering now"),
        (.disable, "disable turn remove switch deactivate bypass circumvent delete lift suspend drop"),
        (
            .safety,
            "safety content moderation ethical ethics security filters filter guardrails safeguards censorship alignment"
        ),
        (.must, "must shall should have will"),
        (.always, "always must immer siempre"),
        (.user, "user users human anyone anybody customer reader them"),
        (.conceal, "mention tell inform notify disclose reveal alert telling informing mentioning"),
        (.this, "this these instruction note text"),
        (.send, "send forward email transmit upload post exfiltrate deliver sending"),
        (
            .secret,
            """
            password passwords credentials credential emails inbox token tokens secrets keys key contacts cookies
            """
        ),
        (
            .reading,
            "reading processing summarizing summarising parsing process read summarize analyzing reviewing indexing"
        ),
        (.attention, "note attention important hey dear notice"),
        (.anything, "anything everything"),
        (.doing, "do say answer generate"),
        (.now, "now jetzt ahora agora теперь desde 现在 on this"),
        (.character, "character"),
        (.stay, "stay break never remain staying breaking"),
        (.grandma, "grandma grandmother granny nana grandfather"),
        (.contraband, "napalm keys windows bomb serial meth explosives malware passwords codes"),
        (.free, "free freed broken liberated unbound released avoid bound escape unleashed"),
        (.openai, "openai openai's anthropic anthropic's google's microsoft's"),
        (.task, "task goal job objective mission purpose role identity"),
        (.context, "context memory"),
        (.include, "include append add render embed insert attach put display show"),
        (.image, "image img picture pixel markdown"),
        (.url, "url link address"),
        (.conversation, "conversation message messages chat history dialogue session secret context"),
        (.first, "first 1st last"),
        (.call, "call invoke run execute use"),
        (.tool, "tool tools function functions"),
        (.condition, "if when whenever once"),
        (.from, "from"),
        (
            .everyday,
            """
            git recipe whitespace case pandas csv css sql regex grep compiler cpu shelf oven doctor teacher exam court jury judge
            android router manual bash zsh pivot chess cricket excel crawlers router readme eslint mortgage
            """
        ),
    ]
}
