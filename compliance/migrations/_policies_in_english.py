"""The English of the first policies: title and text by code. Frozen with the migration."""

POLICIES = {
    "account-security": (
        "Account in somebody else's hands",
        "Somebody other than the holder appears to sign in or to use keys of the account. The aim "
        "is to give it back to its holder: secure it first, ask them, and hold nothing against "
        "them that others did.",
    ),
    "account-name": (
        "Name of an account",
        "A name breaks the law, offends decency, or passes for apiqik or its staff. The holder is "
        "told and may choose another one before it is cancelled.",
    ),
    "account-transfer": (
        "Account passed on to others",
        "The account was sold, lent or handed over, or whoever uses it is not who registered it, "
        "and we had not agreed to that. The holder has to prove who they are before it opens again.",
    ),
    "organization-use": (
        "Misuse of an organization's account",
        "An organization's account is run against the rules for organizations, such as by people "
        "who have no business in it. Measures stay with the part concerned where that is enough.",
    ),
    "excluded-occasions": (
        "Use on occasions the service is not for",
        "The service steers machines, gives medical information or psychological counselling, or "
        "runs in critical infrastructure. Such a use ends, however well it works.",
    ),
    "user-dispute": (
        "Conduct towards another customer",
        "Two customers are at odds over what one did to the other on the platform. Each side is "
        "heard, and sees its own part only.",
    ),
    "reverse-engineering": (
        "Taking the service apart",
        "Somebody tries to learn from the service itself how it is built: its code, its models or "
        "their weights. Reading what we publish, and measuring answers, is no such attempt.",
    ),
    "key-trade": (
        "Trade in API keys",
        "Keys are offered, bought or handed on to others, and no consent of ours is on record. "
        "Check the register of consents before deciding.",
    ),
    "resale": (
        "Resale or copying of the service",
        "The service, or something of ours in it, is passed on as somebody's own offer: resold, "
        "let, licensed or rebuilt. A product that merely uses the service is not meant.",
    ),
    "excessive-load": (
        "Load beyond reason",
        "Requests weigh on the platform far more than their purpose explains. Slow them down "
        "first; stop them only if that does not help.",
    ),
    "against-the-constitution": (
        "Attacks on the constitutional order",
        "Content turns against the principles on which the constitution rests.",
    ),
    "national-security": (
        "National security and state secrets",
        "Content or conduct threatens the security of the state: secrets given away, calls to "
        "overthrow it or to split the country. Supervisors are told at once.",
    ),
    "national-honour": (
        "National honour",
        "Content damages the dignity or the interests of the nation, for instance by mocking its "
        "symbols or its heroes.",
    ),
    "regional-hatred": (
        "Hatred between regions",
        "People are set against each other, or treated worse, because of the region they come "
        "from.",
    ),
    "ethnic-hatred": (
        "Hatred between ethnic groups",
        "People are set against each other, or treated worse, because of their ethnic group.",
    ),
    "cults": (
        "Cults and superstition",
        "Content works against the rules on religion, recruits for a cult, or makes a business of "
        "superstition. Scholarship and fiction about either are not meant.",
    ),
    "rumours": (
        "Rumours that disturb public order",
        "Made-up news is spread as true and may frighten or stir up many people. Satire that "
        "nobody takes for news is not meant.",
    ),
    "obscenity-and-violence": (
        "Pornography, gambling, violence, terror",
        "Content is pornographic, promotes gambling, glorifies or teaches violence or terror, or "
        "shows how to commit a crime.",
    ),
    "insult": (
        "Insult and slander",
        "Somebody is degraded, or false facts are spread about them, so that their rights suffer.",
    ),
    "unlawful-assembly": (
        "Calls to unlawful gatherings",
        "Others are called to a gathering or march that the law does not allow, or to disorder in "
        "public.",
    ),
    "illegal-organizations": (
        "In the name of banned organizations",
        "Somebody acts for, or recruits for, a civil organization that is not registered or was "
        "banned.",
    ),
    "work-of-others": (
        "Work of others in dispute",
        "What is used or published was made by somebody else, and whether it may be used is likely "
        "to be disputed. Ask for the source first.",
    ),
    "prior-rights": (
        "Earlier rights of others",
        "A name, a mark, a design or the like belongs to somebody who had it before.",
    ),
    "threats-and-doxing": (
        "Threats and exposing people",
        "Somebody is threatened or frightened, or a crowd is sent after them with who they are and "
        "where they live. Protect the person first.",
    ),
    "personal-data-of-others": (
        "Private matters and data of others",
        "Content holds private matters or personal data of people who have not agreed to it.",
    ),
    "other-rights": (
        "Reputation, likeness and other rights",
        "Somebody's good name, likeness, works or another right of theirs is violated. For claims "
        "about works, keep to notice and counter-notice.",
    ),
    "harm-to-minors": (
        "Harm to minors",
        "Content or conduct exploits, endangers or harms people under eighteen, in body or mind. "
        "Evidence is opened only under a grant.",
    ),
    "secret-recording": (
        "Recorded in secret",
        "Pictures, film or sound were taken of somebody who neither knew nor agreed.",
    ),
    "seven-bottom-lines": (
        "The seven bottom lines",
        "Content crosses one of the seven lines that online content has to keep: law, the system, "
        "the nation, citizens' rights, public order, morals, truth. Say in the reasons which one.",
    ),
    "forbidden-by-law": (
        "Forbidden by another law",
        "A law or regulation forbids it and no other item names it. Cite the provision in the "
        "reasons.",
    ),
    "circumvention": (
        "Getting around limits",
        "Limits, blocks or other measures of ours are got around, such as by new accounts after a "
        "suspension, by disguised requests, or by switching off a filter.",
    ),
    "attack-on-systems": (
        "Attack on systems",
        "Servers or traffic of the service are probed, disturbed, broken into or decrypted. Tests "
        "that we agreed to in writing are not meant.",
    ),
    "spam": (
        "Spam",
        "Messages that nobody asked for are written or sent with the service, in bulk or in chains.",
    ),
    "malware": (
        "Malware and unlawful data",
        "The service carries or produces viruses, programs that act against their owner's will, or "
        "data that the law forbids to pass on.",
    ),
    "impersonation": (
        "Impersonation and fraud",
        "Somebody poses as another person or body, claims ties that do not exist, hides who they "
        "are to deceive, or uses the service for a swindle.",
    ),
    "harvesting": (
        "Collecting people's data",
        "Data about people, even their names alone, is gathered out of the service.",
    ),
    "catch-all": (
        "Other harm to the platform",
        "Something harms the platform and no other policy covers it. For supervisors, who say in "
        "the reasons why none does.",
    ),
    "scope-of-interaction-data": (
        "What interaction data is",
        "Whatever goes into the service and comes out of it counts. To be cited beside another "
        "policy when it is disputed that an order covers something.",
    ),
    "unlawful-interaction-data": (
        "Interaction data against law or agreement",
        "Particular data breaks the law or the agreement: the platform is told to delete, change "
        "or withhold exactly that. The order names it, and never quotes it.",
    ),
    "proof-of-source": (
        "Proof of source",
        "The customer has to show where personal or licensed data comes from, and that its use was "
        "allowed and still is. Ask, with a deadline, before anything else.",
    ),
    "rights-in-data": (
        "Data against law or confidence",
        "Data, or its use, breaks a law, a duty of confidence or somebody's right.",
    ),
    "harmful-data": (
        "Data that takes from somebody what is theirs",
        "Data damages what others, we or our sister companies own or are entitled to.",
    ),
    "children-under-14": (
        "Personal data of children under 14",
        "Data about a child below fourteen was put in. It is purged first, seen only under a "
        "grant, and decided upon afterwards.",
    ),
    "harmful-content": (
        "Harmful content",
        "Content is obscene, hateful, threatening, harassing, discriminating or cruel, encourages "
        "self-harm or swindles, or is bulk advertising.",
    ),
    "scope-of-intellectual-property": (
        "What intellectual property is",
        "Registered or not, present or future: patents, works, marks, secrets and the like. To be "
        "cited beside another policy when it is disputed that a right is one.",
    ),
    "platform-rights": (
        "The platform's own rights",
        "Something of ours, such as pages, marks or documents, is used in a way that we did not "
        "allow.",
    ),
    "output-against-rights": (
        "Output that takes over rights",
        "The way output is used infringes somebody's intellectual property, or claims that it came "
        "over to the customer.",
    ),
    "output-restriction": (
        "Output that may not be used",
        "Using particular output is unlawful or likely to infringe. The customer stops using it, "
        "deletes every copy and certifies that.",
    ),
    "output-labelling": (
        "Output withheld or without its label",
        "Others are kept from using output, or it is published without saying that a machine made "
        "it. An exemption from the visible label that is on record counts.",
    ),
    "model-licences": (
        "Licences of models",
        "A use goes beyond what the maker of a model allows: its licence, its limits of use, its "
        "rights.",
    ),
    "confidentiality": (
        "Leak of confidential information",
        "Something confidential of ours or of another customer was passed on, or used for another "
        "purpose. Such a case is seen only by those who need to.",
    ),
}
