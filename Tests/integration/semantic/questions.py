"""Questions in several wordings that mean the same, and neighbours that do not: made of templates, the same in every run.

A line is one intent; its wordings are apart by `|`. `{n}` is a number, `{x}` a name, `{d}` a date.
"""
import random

INTENTS = """
How do I reset my password for {x}?|What is the way to reset my {x} password?|I need to reset the password of {x}, how does that work?|Can you tell me how to reset my {x} password?|Steps for resetting a {x} password, please|I forgot my {x} password, how can I reset it?
What is the population of {x}?|How many people live in {x}?|Tell me the population of {x}.|What's the number of inhabitants of {x}?|Do you know the population of {x}?|How large is the population of {x}?
What is the weather in {x} on {d}?|How will the weather be in {x} on {d}?|Tell me about the weather on {d} in {x}.|What weather can I expect in {x} on {d}?|Can you give me the weather for {x} on {d}?|{d}: what is the weather in {x}?
How do I cancel order number {n}?|I want to cancel my order {n}, how?|What do I have to do to cancel order {n}?|Please explain how to cancel order {n}.|How can order {n} be cancelled?|Is there a way to cancel the order {n}?
How long does it take to fly from {x} to London?|What is the flight time from {x} to London?|How many hours is the flight from {x} to London?|How long is a flight from {x} to London?|What's the duration of flights from {x} to London?|Flying from {x} to London, how long does it take?
Convert {n} miles to kilometers.|What is {n} miles in kilometers?|How many kilometers are {n} miles?|{n} miles in km, please|Can you convert {n} miles into kilometres?|How many km is {n} miles?
What is {n} percent of 640?|How much is {n}% of 640?|Calculate {n} percent of 640.|Can you tell me what {n}% of 640 is?|Please compute {n}% of 640|What do I get for {n} percent of 640?
Who is the mayor of {x}?|What is the name of the mayor of {x}?|Tell me who the mayor of {x} is.|Do you know who is mayor of {x}?|Who holds the office of mayor in {x}?|Can you name the mayor of {x}?
What are the opening hours of the museum on {d}?|When is the museum open on {d}?|At what time does the museum open on {d}?|When does the museum open on {d}?|Tell me the museum's opening hours for {d}.|What hours is the museum open on {d}?
How do I install {x} on Debian {n}?|What are the steps to install {x} on Debian {n}?|How can I install {x} under Debian {n}?|Please show me how {x} is installed on Debian {n}.|Installing {x} on Debian {n}: how is it done?|I'd like to install {x} on Debian {n}, how do I do that?
Write a poem of {n} lines about {x}.|Please write a {n} line poem about {x}.|Can you write me a poem about {x} with {n} lines?|I would like a poem about {x}, {n} lines long.|Give me a {n}-line poem on {x}|Compose a poem about {x} that has {n} lines.
Translate "good morning" into {x}.|How do you say "good morning" in {x}?|What is "good morning" in {x}?|Please translate "good morning" to {x}|What's the {x} translation of "good morning"?|How would one say "good morning" in {x}?
Which train leaves {x} at {n} o'clock?|What train departs from {x} at {n} o'clock?|At {n} o'clock, which train leaves {x}?|Tell me which train is leaving {x} at {n} o'clock.|What is the train that leaves {x} at {n} o'clock?|Is there a train that leaves {x} at {n} o'clock, and which?
How much does a ticket to {x} cost?|What is the price of a ticket to {x}?|What does a ticket to {x} cost?|Tell me the price for a ticket to {x}.|How expensive is a ticket to {x}?|What do I pay for a ticket to {x}?
Summarize the history of {x} in {n} sentences.|Give me a summary of the history of {x} in {n} sentences.|In {n} sentences, summarize the history of {x}.|Please write a {n} sentence summary of the history of {x}.|Can you summarize {x}'s history in {n} sentences?|I want the history of {x} summarized in {n} sentences.
What happened in {x} in {n}?|Tell me what happened in {n} in {x}.|What events happened in {x} in the year {n}?|What took place in {x} in {n}?|Can you tell me what happened in {x} in {n}?|In {n}, what happened in {x}?
Is {x} a good place to live?|Is it good to live in {x}?|Would you say {x} is a good place to live?|Is living in {x} good?|How good is {x} as a place to live?|Tell me whether {x} is a good place to live.
How can I contact {x} support?|How do I reach the support of {x}?|What is the way to contact {x} support?|I need to contact support at {x}, how?|Where can I contact the {x} support?|How does one contact the support team of {x}?
Which papers did {x} publish in {n}?|What papers were published by {x} in {n}?|List the papers that {x} published in {n}.|Tell me the papers {x} published in {n}|In {n}, which papers did {x} publish?|What did {x} publish in {n} in the way of papers?
How do I back up {x} every {d}?|What is the best way to back up {x} every {d}?|How can I make a backup of {x} every {d}?|Every {d}, how do I back up {x}?|Please explain how to back up {x} each {d}.|I want {x} backed up every {d}, how do I do it?
What is the exchange rate of {n} euros to dollars?|How many dollars are {n} euros?|{n} euros in dollars, please|How much is {n} euros in dollars?|Convert {n} euros to dollars.|What do I get in dollars for {n} euros?
Recommend {n} restaurants in {x}.|Can you recommend {n} restaurants in {x}?|What are {n} good restaurants in {x}?|Give me {n} recommendations for restaurants in {x}.|Name {n} restaurants in {x} that you recommend.|I'm looking for {n} restaurants in {x}, any recommendations?
Who won the match between {x} and Boston on {d}?|Which team won the match on {d} between {x} and Boston?|{x} against Boston on {d}: who won the match?|Tell me who won {d}'s match between {x} and Boston.|Do you know who won the match of {x} and Boston on {d}?|On {d}, who won the match between {x} and Boston?
How do I change my delivery address to {x}?|I want to change the delivery address to {x}, how?|How can I change the address of my delivery to {x}?|What do I do to change my delivery address to {x}?|Please help me change the delivery address to {x}.|Changing my delivery address to {x}: how does it work?
What are {n} advantages of {x}?|Name {n} advantages of {x}.|List {n} advantages of {x}, please|Which {n} advantages does {x} have?|Give me {n} advantages of {x}.|Can you tell me {n} advantages of {x}?
How far is {x} from Chicago?|What is the distance between {x} and Chicago?|How far away is {x} from Chicago?|What's the distance from {x} to Chicago?|Tell me how far {x} is from Chicago.|How many miles is {x} from Chicago?
When was {x} founded?|In what year was {x} founded?|What is the founding year of {x}?|Tell me when {x} was founded.|Do you know when {x} was founded?|What year was {x} founded in?
Schedule a meeting with {x} on {d} at {n}.|Please schedule a meeting with {x} at {n} on {d}.|Can you schedule a meeting on {d} at {n} with {x}?|I need a meeting with {x} scheduled for {d} at {n}.|Set up a meeting with {x} on {d} at {n}.|Could you arrange a meeting with {x} for {d} at {n}?
Explain the theory of {x} to a child.|Can you explain the theory of {x} to a child?|How would you explain {x}'s theory to a child?|Please explain to a child the theory of {x}.|What is the theory of {x}, explained to a child?|Describe the theory of {x} so that a child understands it.
How do I delete my {x} account?|What is the way to delete a {x} account?|I want to delete my {x} account, how?|How can I remove my {x} account?|Please tell me how to delete my account at {x}.|Deleting my {x} account: what are the steps?
Can I bring {n} bags on a flight with {x}?|Am I allowed to bring {n} bags when flying with {x}?|Is it possible to bring {n} bags on a {x} flight?|Flying with {x}, can I bring {n} bags?|May I take {n} bags on a flight of {x}?|Does {x} let me bring {n} bags on a flight?
Is the pool in {x} open on {d}?|Will the pool in {x} be open on {d}?|On {d}, is the pool in {x} open?|Can you tell me whether the pool in {x} is open on {d}?|Is {x}'s pool open on {d}?|Do you know if the pool in {x} is open on {d}?
Is it safe to drive to {x} on {d}?|Can one safely drive to {x} on {d}?|Is driving to {x} on {d} safe?|On {d}, is it safe to drive to {x}?|Would it be safe to drive to {x} on {d}?|Tell me whether it is safe to drive to {x} on {d}.
Does my insurance pay for a trip to {x}?|Is a trip to {x} paid for by my insurance?|Will my insurance pay for a trip to {x}?|Would my insurance pay a trip to {x}?|Can you tell me if the insurance pays for my trip to {x}?|Does the insurance I have pay for trips to {x}?
What is the speed limit in {x}?|How fast may I drive in {x}?|Tell me the speed limit in {x}.|What speed limit does {x} have?|Do you know the speed limit in {x}?|Which speed limit is there in {x}?
Draft an email to {x} about invoice {n}.|Write an email to {x} about invoice {n}.|Please draft an email about invoice {n} to {x}.|Can you draft an email to {x} regarding invoice {n}?|I need an email to {x} about the invoice {n}.|Compose an email to {x} concerning invoice {n}.
What is the tax on {n} dollars in {x}?|How much tax do I pay in {x} on {n} dollars?|How much is the tax on {n} dollars in {x}?|In {x}, what is the tax on {n} dollars?|Tell me the tax on {n} dollars in {x}.|What tax is there on {n} dollars in {x}?
Which visa do I need for {x}?|What visa is needed for {x}?|Do I need a visa for {x}, and which?|Tell me which visa I need for {x}.|What kind of visa is required for {x}?|Which type of visa does one need for {x}?
List the books of {x}.|What books did {x} write?|Which books are by {x}?|Can you list the books of {x}?|Tell me the books that {x} wrote.|Give me a list of {x}'s books.
What is the time in {x} when it is {n} in New York?|When it is {n} in New York, what time is it in {x}?|It is {n} in New York, what time is it in {x}?|Tell me the time in {x} when it's {n} in New York.|If it is {n} in New York, what is the time in {x}?|What time is it in {x} at {n} New York time?
How do I track parcel {n} to {x}?|How can I track the parcel {n} to {x}?|Where do I track parcel {n} to {x}?|I'd like to track my parcel {n} to {x}, how?|What is the way to track the parcel {n} to {x}?|Please tell me how to track parcel {n} to {x}.
What side effects does {x} have?|What are the side effects of {x}?|Which side effects are there with {x}?|Tell me the side effects of {x}.|Does {x} have side effects, and which?|List the side effects of {x}, please.
How many calories do {n} grams of rice have?|What are the calories of {n} grams of rice?|How many calories are in {n} grams of rice?|{n} grams of rice, how many calories is that?|Calories in {n} g of rice|Tell me how many calories there are in {n} grams of rice.
Compare {x} with Python.|How does {x} compare to Python?|What is the difference between {x} and Python?|Can you compare {x} and Python?|Please compare {x} with Python for me.|Give me a comparison of {x} with Python.
Can I return a laptop from {x} after {n} days?|Is it possible to return a laptop from {x} after {n} days?|After {n} days, can I return a laptop from {x}?|May I return a laptop from {x} after {n} days?|I have a laptop from {x}, can I return it after {n} days?|Does {x} let me return a laptop after {n} days?
What is the deadline for {x} on {d}?|On {d}, what is the deadline for {x}?|Tell me the deadline for {x} on {d}.|Which deadline is there for {x} on {d}?|What's the {x} deadline on {d}?|When on {d} is the deadline for {x}?
Plan {n} days in {x}.|Can you plan {n} days in {x} for me?|Please make a plan for {n} days in {x}.|I have {n} days in {x}, please plan them.|Make me a plan of {n} days in {x}.|I want a plan for {n} days in {x}.
Which hotels in {x} cost less than {n} euros?|What hotels in {x} are there for less than {n} euros?|Tell me hotels in {x} that cost less than {n} euros.|Hotels in {x} for less than {n} euros, please|I'm looking for hotels in {x} that cost less than {n} euros.|In {x}, which hotels cost less than {n} euros?
How do I fix error {n} in {x}?|What do I do about error {n} in {x}?|How can error {n} in {x} be fixed?|I get error {n} in {x}, how do I fix it?|Please help me fix error {n} in {x}.|{x} shows error {n}, how can I repair that?
Who directed the film about {x}?|Who is the director of the film about {x}?|Who was the director of the movie about {x}?|The film about {x}, who directed it?|Tell me who directed the film about {x}.|What is the name of the director of the film about {x}?
""".strip().splitlines()

NAMES = ("Paris Berlin Madrid Oslo Lisbon Vienna Athens Dublin Prague Warsaw Toronto Sydney Nairobi Lima Kyoto Seoul "
         "Denver Boston Geneva Naples").split()
MORE_NAMES = "Google Amazon Netflix Spotify Oracle Siemens Toyota Nokia Darwin Newton Goethe Rust Kotlin Latin Welsh".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February April June July August October November".split()


def fills(random_):
    return {"n": random_.choice([3, 5, 7, 8, 12, 15, 20, 24, 48, 60, 75, 110, 250, 1984, 2019]),
            "x": random_.choice(NAMES + MORE_NAMES), "d": random_.choice(DAYS + MONTHS)}


def negated(text):
    """The same question with its sense turned round, by where its verb stands; None where that cannot be told."""
    for plain, turned in [
            (" can I ", " can I not "), ("Can I ", "Can I not "), ("May I ", "May I not "), ("Is it ", "Is it not "),
            ("How do I ", "How do I not "), ("How can I ", "How can I not "), ("Will ", "Will not "),
            (" does ", " does not "), ("Does ", "Does not "), (" is ", " is not "), (" are ", " aren't "),
            (" was ", " wasn't "), ("I want ", "I don't want "), (" do I ", " do I not "), (" did ", " didn't "),
            (" have ", " never have "), (" with ", " without ")]:
        if plain in " " + text:
            return (" " + text).replace(plain, turned, 1).replace("  ", " ").strip()
    return None


def corpus(seed=7):
    """Pairs of a meaning and a question: those to be answered first, paraphrases of them, and their neighbours."""
    random_ = random.Random(seed)
    first, paraphrases, neighbours = [], [], []
    for intent, line in enumerate(INTENTS):
        wordings = line.split("|")
        for _ in range(2):
            filled = fills(random_)
            made = [wording.format(**filled) for wording in wordings]
            meaning = (intent, tuple((key, value) for key, value in filled.items() if "{" + key + "}" in line))
            first.append((meaning, made[0]))
            paraphrases += [(meaning, text) for text in made[1:]]
            for wording in wordings:
                for key in filled:
                    if "{" + key + "}" not in wording:
                        continue
                    for _ in range(2):
                        other = filled | {key: fills(random_)[key]}
                        changed = (intent, tuple((k, v) for k, v in other.items() if "{" + k + "}" in line))
                        if changed != meaning:
                            neighbours.append((changed, wording.format(**other)))
                if text := negated(wording.format(**filled)):
                    # Turned round in the same way, two wordings mean the same again.
                    how = "without" if " without " in text else "not"
                    neighbours.append(((meaning, how), text))
    random_.shuffle(paraphrases)
    random_.shuffle(neighbours)
    return first, paraphrases, neighbours


if __name__ == "__main__":
    print([len(part) for part in corpus()])
