/// English words by which two questions may differ and still be the same, and words that say the same.
///
/// Nouns and verbs that name what a question is about are left out on purpose: those must be the same.
enum CommonWords {
    static let text = """
        a an the this that these those it its itself they them their theirs he him his she her hers we us our ours you your
        yours i me my mine myself yourself one ones someone somebody anyone anybody everyone everybody something anything
        everything thing things stuff what whats which who whos whom whose when whens where wheres why how hows whether if
        and or but so because since as than then though although while until unless also too either just only even still yet
        already again ever always often usually sometimes maybe perhaps probably possibly really very quite rather pretty much
        many lot lots bit little few several some any all each every most more less enough other others another same such
        own certain various different
        is are was were be been being am do does did done doing have has had having can could will would shall should may
        might must need needs needed want wants wanted wish like likes would'd id im ive youre were theyre thats theres lets
        let make makes made making get gets got getting gotten go goes going went gone come comes came coming take takes took
        taking taken give gives gave giving given put puts putting keep keeps kept keeping use uses used using usage find finds
        found finding know knows knew known knowing think thinks thought see sees saw seen look looks looked looking seem
        seems try tries tried trying help helps helped helping helpful tell tells told telling say says said saying ask asks
        asked asking explain explains explained explaining explanation describe describes describing description show shows
        showing shown teach understand understanding learn learning happen happens happened happening occur mean means meaning
        meant call called calls provide provides provided providing offer offers work works worked working be able possible
        way ways method methods means approach approaches manner steps step process procedure procedures instructions
        instruction guide guidance tutorial tips tip advice suggestion suggestions suggest suggests recommend recommended
        recommendation recommendations idea ideas info information detail details detailed overview summary basics example
        examples reason reasons cause causes purpose point question questions answer answers please kindly thanks thank hello
        hi hey dear sorry quick quickly briefly brief short simple simply easy easily easiest best better good well right
        correct correctly proper properly exact exactly actual actually basically generally specific specifically particular
        particularly main mainly basic general common commonly typical typically usual normal normally important kind kinds
        sort sorts type types form forms part parts place places time times moment case cases situation situations
        about above across after against along among around at before behind below beneath beside between beyond by down
        during for from in inside into near of off on onto out outside over past per through to toward towards under up upon
        via with within according regarding concerning related there here
        able got gotta gonna wanna supposed trying figure clarify clear clearly elaborate discuss outline define defined
        definition definitions consider considered considering regard regards required require requires requirement take long
        does's whatever whichever however anyway else so-called etc ok okay yes new wonder wondering wondered curious
        interested interest quickest fastest shortest current exist exists existing available availability possible start
        starts starting begin beginning involved involve involves go about issue issues problem problems trouble matter
        solution solutions solve fix happens proceed perform performing performed carry carrying achieve accomplish complete
        handle handling deal dealing manage walk through share sharing let's give me sense people person someone's folks many
        much big large small size amount number total count long far
        words word term terms list lists listed name names named convert converting converted conversion calculate calculated compute computed compose draft
        schedule scheduled arrange arranged set let allowed allow allows write wrote written writing
        state states stated exactly works function functions role roles act acts
        """

    /// Each of a class says the same; the first stands for it.
    static let synonyms = """
        buy purchase|delete erase remove|fix repair|change modify alter edit adjust update|begin start commence|big large
        huge|small little tiny|fast quick rapid|car automobile|phone telephone|movie film|make create build|show display|error
        mistake|job occupation|doctor physician|city town|picture photo photograph image|begin commence|end finish|sick ill|
        happy glad|smart intelligent clever|cost costs price prices expensive|pay payment pays paid payments paying|kid child children kids|house home|bike bicycle|tv
        television|company firm business|teacher instructor|road street|shop store|trip journey travel|answer reply respond
        response|cancel cancellation cancelled canceled cancelling canceling cancels|connect connection|install installation set up setup|choose select pick|get obtain
        acquire receive|reach contact|weather forecast|forgotten forgot forget|lost lose losing|email mail e-mail|
        login log signin sign|prevent avoid|fly flight flights flying flew flown|summary
        summaries summarize summarise summarized summarised summarizing|director direct directs directed|safe safely|leave leaves left
        leaving depart departs departed departing|compare comparison compared comparing|comparison difference differences|drive
        drives drove driving|back-up backup backups|opening open opened opens
        """
}
