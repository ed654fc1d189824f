"""
Phrases that the style guide rejects, each with the plain wording to use instead.

A pattern is a case-insensitive regular expression; a space in it matches any white space, so that a phrase is found
across a line break. Code in backticks is removed before matching. Patterns that ordinary technical prose needs
(httpx, h11 and schemathesis were measured) are narrowed until those uses no longer match.
"""

import re
from typing import NamedTuple

__all__ = ["DOCSTRING_PHRASES", "NAMES", "PHRASES", "Phrase"]


class Phrase(NamedTuple):
    """A pattern and the wording to use instead."""

    pattern: re.Pattern[str]
    instead: str


def _table(rows: dict[str, str]) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE), instead) for pattern, instead in rows.items()
    )


# Terms of the field in place of private ones.
_TERMS = {
    r"\banswer(?:s|ed|ing)?\b": "response; respond, return",
    r"\brefusals?\b": "error response; rejection",
    r"\brefused (?:requests?|calls?|orders?|nonces?|signatures?|one|ones)\b": "rejected …",
    r"\bjudg(?:e|es|ed|ing|ement|ements|ment|ments)\b": "check, test; classify (client); oracle (suite)",
    r"\bverdicts?\b": "expected outcome; result",
    r"\bconversations?\b|\bconvers(?:e|es|ed)\b": "call",
    r"\b(?:takes?|taking|took) turns\b": "share a lock; run one at a time",
    r"\b(?:the|its|their|an?|th(?:is|at)|key's|every|each|no|one|first|new|which) turns?\b(?! (?:into|off|on|out)\b)":
        "lock (auth); transaction (mock)",
    r"\bvocabular(?:y|ies)\b": "enum",
    r"\b(?:'s|own|known|listed|open|closed|plain|a|no|its|last|whatever|which) words? (?:of|for|that|to|the|by|in)\b":
        "enum member, value, term",
    r"\bwords? of (?:a|an|the|its|success|praise|mouth)\b": "enum member; value",
    r"(?:'s|\bown) words?\b": "text, message, value",
    r"\bin words\b": "as text",
    r"\bwhole numbers?\b": "integer",
    r"\bbreach(?:es)?\b": "violation",
    r"\bflaws?\b": "negative case, error",
    r"\bhunt(?:s|ed|ing)?\b": "detect, test",
    r"\bmend(?:s|ed|ing)?\b": "fix, correct",
    r"\bput(?:s|ting)? (?:\w+ )?right\b": "correct, fix",
    r"\bstand-?ins?\b": "stub, fake, replacement",
    r"\b(?:demands) of the (?:generator|spec)\b": "spec checks",
    r"\bprojections?\b|\bprojected\b": "transform; transformed",
    r"\bfootprints?\b": "coverage map",
    r"\bdoors?\b": "interface, transport",
    r"\bsilences?\b|\bf[ae]lls? silent\b": "missed heartbeat",
    r"\bbeg(?:in|an|inning) of time\b": "epoch",
}  # fmt: skip

# Verbs of people said of code, and old ones.
_PERSONIFICATION = {
    r"\btold\b|\btells?\b|\btelling\b": "report, log, describe, return",
    r"\bsaid\b|\bsaying\b": "reported, stated, declared",
    r"\bsays? (?:so|how|which|whether|when|whose|why|where|yes|no|nothing|it|of|about|by|for|twice)\b":
        "state, report, return, declare",
    r"\bknows\b|\bknow(?:n)? of\b|\bknow no\b": "contains, supports, has access to, depends on",
    r"\bwants\b|\bwishes\b": "requires, expects, needs",
    r"\bsees\b": "receives, reads, detects",
    r"\b(?:looks|looked) at\b|\blooking at\b": "checks, reads, inspects",
    r"\basks?\b|\basked\b|\basking\b": "query, request, call",
    r"\b(?:speaks?|talks?|talked|spoke)\b": "sends, refers to, uses",
    r"\bbelieves\b|\bremembers?\b|\blearns\b": "keeps, stores, assumes",
    r"\bobeys?\b": "follows",
    r"\bowe[sd]?\b": "must return, expected",
    r"\bpromis(?:e|es|ed|ing)\b": "public; guarantee; declare",
    r"\bpatience\b": "timeout",
    r"\b(?:has|have|had) (?:its|their|his|a) say\b": "applies",
    r"\blets? (?:\w+ )?through\b": "accepts",
    r"\blets? go\b": "releases, closes",
    r"\bgo(?:es)? mad\b|\bgone mad\b": "faulty, random",
    r"\bstruck\b|\bstrikes?\b": "applies to",
    r"\bspared\b": "not affected",
    r"\bbears? (?:a|the|no|with)\b": "supports, accepts",
    r"\blies (?:in|below|above|behind|between|outside|within|at)\b": "is",
    r"\boutlives?\b": "is kept after",
    r"\bcome about\b|\bcame about\b|\bbrought about\b": "happened; was established",
    r"\bmakes? of\b": "does with, decodes",
    r"\bgives? rise\b": "causes, produces",
    r"\bgives? out\b|\bgave out\b|\bgiven out\b": "issue, assign, return",
    r"\bgives? back\b": "returns",
    r"\bgoes (?:on|by|out|past|first|in front|before)\b|\bgoing (?:on|by)\b|\bwent by\b|\bgo on\b":
        "continues, passes, is sent",
    r"\bcomes? back\b|\bcame back\b": "is returned",
    r"\bcom(?:e|es|ing) to (?:its|an|their|the) end\b|\bto its end\b": "ends, finishes",
    r"\bleads? (?:to its|nowhere|here|there|into|one|a)\b": "runs, resolves to",
    r"\bhands? (?:on|out|over|back)\b|\bhanded (?:on|out|over|back)\b": "pass, return, provide",
    r"\btakes? (?:back|down|up|over|note)\b|\btaken (?:back|down|up|over|note)\b": "remove, record, start, copy",
    r"\btakes? \w+ (?:back|down)\b": "remove, record, copy",
    r"\btaken for\b|\btakes (?:\w+ ){1,4}for (?:a|an|the|one|its)\b": "mistaken for",
    r"\bkeeps? to\b": "follows",
    r"\bh(?:o|e)ld(?:s)? (?:[\w'`]+ ){0,3}against\b": "compare with",
    r"\bholds? (?:wherever|whatever|whether|good|alike)\b": "applies",
    r"\bholds no\b": "contains no",
    r"\bcut along\b": "divided by",
}  # fmt: skip

# Forms that a reader whose English is a second language has to read twice.
_OLD_FORMS = {
    r"\bstands?\b|\bstood\b": "is, is in, is listed in",
    r"\bnobody\b|\bwhoever\b|\bwhomever\b|\bwhosoever\b": "no one → passive, or name who; 'the caller', 'users'",
    r"\b(?:somebody|anybody|everybody)\b": "name who: a user, another account, any client",
    r"\banew\b|\bafresh\b": "again, from scratch",
    r"\bbeside\b": "next to, in addition to, with",
    r"\bas (?:it|they) (?:came|comes?|stands?|stood|travels?|went|goes|left|leaves?)\b": "unchanged",
    r"\bas (?:it|they) (?:is|are)(?=[,.;:)]|$)": "unchanged",
    r"\b(?:what|which) (?:became|becomes|has become|have become) of\b": "the outcome of, the state of",
    r"\bwhat (?:came|comes|went|goes|stands|stood|travels|passes|lies)\b": "name the thing: the response, the request",
    r"\bso (?:many|few|much|long) (?!as\b|more\b|that\b)": "N, a number of, for …",
    r"\b(?:is|are|was|were|be) no (?!longer\b|more\b|different\b|less\b)": "is not a …; has no …",
    r"\bthere (?:is|was) no\b|\bthere (?:is|are|was|were) (?-i:none)\b": "unknown X, X is missing",
    r"\bno (?:other|others)\b(?! \w+)|\b(?:and|by) nothing else\b|\band no more\b": "only …",
    r"\b(?:is|are|was|were|has|have|or|if|takes|by|to|where) (?-i:none)\b|\b(?-i:none) that\b": "is not …, has no …",
    r"\bnothing but\b|\banything but\b": "only; anything except",
    r"\balone\b": "only; by itself",
    r"\bat once\b": "immediately; at the same time",
    r"\bof (?:its|their|his|one's|our|your|my|the project's|the client's|\w+'s) own\b": "its own …, separate",
    r"\bof (?:ours|theirs|mine|yours|hers)\b": "our …, their …",
    r"\bone's\b": "your, its",
    r"\b(?:this|that|the|these|a) very\b": "this, the same",
    r"\bhowever (?:many|much|long|often|it|they|large|deep|slow|few|small|short)\b": "any number of, of any length",
    r"\bwhatever\b(?! (?:the reason|reason)\b)": "any, everything that; regardless of",
    r"\bwherever\b": "in every place that",
    r"\bunder way\b": "running, in progress",
    r"\bon (?:the|its|their) way\b": "in transit; on the network",
    r"\bhalf-(?:built|made|written|done|confirmed|open|read|sent)\b": "partly …, incomplete",
    r"\bhalf of what\b": "say what exactly",
    r"\bfor ever\b|\bever after\b|\bever since\b": "forever, indefinitely; from then on",
    r"\bought\b|\bshall\b|\bneeds? must\b": "must, should",
    r"\b(?:thereby|whereby|thereof|therein|wherein|whence|hereby|lest|hitherto|henceforth)\b":
        "so, by, in it, on",
    r"\bin the midst\b|\bin the way of\b|\bby way of\b|\bin the place of\b": "during; like; through; instead of",
    r"\bastray\b|\bin vain\b|\bin truth\b|\bat will\b|\bof late\b": "use a literal wording",
    r"\bby chance\b|\bchance (?:has|with|makes?|made)\b": "randomly; random",
    r"\bwithout leave\b|\bwith leave\b": "without permission",
    r"\bstrangers?\b": "a new reader, another person",
    r"\b(?:none of \w+|nobody's|no one's|machine's|people's) business\b": "does not belong here",
    r"\bin (?:[\w']+ ){1,2}hands?\b": "controlled by",
    r"\b(?:would|could|might|must) else\b|[,;] else (?:the|it|a|an)\b": "otherwise",
    r", for (?:it|they|this|that|nothing|there|\{\}|a|an) (?:is|are|has|have|cannot|can|may|would)\b": "because",
    r"\b[wW]ere (?:it|they|the two|there|a|an|the)\b[^.;?!]{0,40}\?": "Are … ?",
    r"\bmust [^.;]{1,60}, unlike\b": "must …; got …",
    r"\bthat (?:\d+|\{\}|\w+) digits? can (?:write|hold)\b|\bthat (?:\S+ )?can write\b": "with at most N digits",
    r"\bof which (?:one|none|only)\b": "Set only one of them.",
    r"\b(?:gets?|have|has|had|seen) to do with\b": "is about",
    r"\bhalf a\b(?! (?:second|minute|screen))": "say how much",
    r"\bdemanded of\b": "required of",
    r"\bis (?:the|its|our|their|[\w']+'s) (?:\w+'s )?(?:to say|to tell|task of)\b": "is decided by",
    r"\bwhile (?:nobody|neither)\b": "until someone",
    r"\bto be (?:had|looked at|seen)\b": "available, visible",
    r"\b(?:own|its) (?:story|tale)\b": "message",
}  # fmt: skip

# Idioms that the texts of this project had far more often than those of httpx, attrs, pytest and hypothesis.
_HABITS = {
    r"\b(?:and|of|by|with|from|for|in|than|as|but|not|is|are|was) what (?!to\b|if\b|kind\b|type\b)":
        "name the thing: the response, the fields, the value",
    r"\b(?:the |some|every|each )?one (?:that|which|whose)\b|\bthose (?:that|which|whose)\b":
        "repeat the noun: a request that …, the orders that …",
    r"\b(?:is|are|was|were|be) (?:not )?there\b(?! (?:to|for|is|are|any)\b)": "exists; is missing",
    r"\b(?:left|leaves?|leaving) out\b|\bleaves? \w+ out\b": "omitted; omit",
    r"\bcarr(?:y|ies|ied|ying) (?:\w+ )?out\b": "execute",
    r"\brepetitions?\b": "retries",
    r"\b(?:is|are|was) meant\b": "refers to; expected",
    r"\bwithout (?:a |any )?(?:fault|flaw|defect)s?\b": "valid",
    r"\btime (?:is|was) up\b": "expired; timed out",
    r"\btravel(?:s|led|ed|ling)?\b": "is sent",
    r"\bcame\b": "was received, was sent",
    r"\bbr(?:oke|eaks?|oken|eaking) off\b": "stop, abort; incomplete",
    r"\b(?:suite's|judge's|its|own|the) picture\b|\bpicture of\b": "model",
    r"\brightly\b": "correctly",
    r"\balike\b": "both",
    r"\bnowhere\b": "not … anywhere",
    r"\bat the most\b": "at most",
    r"\bas (?:it|they) (?:was|were)\b": "unchanged",
    r"\bforg(?:ets?|ot|otten)\b": "omit, drop, lose",
    r"\b(?:documented|exchange's) sentences?\b|\bsentences? (?:in|of) (?:an? )?responses?\b": "message",
}  # fmt: skip

# One spelling: American.
_SPELLING = {
    r"\b\w*(?:behaviour|colour|neighbour|honour|favour)\w*\b": "-or",
    r"\b\w*(?:recogni|summari|seriali|normali|initiali|parametri|organi|optimi|minimi)s(?:e|es|ed|ing)\b": "-ize",
    r"\bcatalogues?\b|\banalys(?:e|ed|es|ing)\b|\blicences?\b|\bcancell(?:ed|ing)\b": "catalog, analyze, canceled",
    r"\b(?:misspelt|spoilt|learnt|whilst|amongst|grey|programme)\b": "misspelled, spoiled, learned, while, among, gray",
}  # fmt: skip

PHRASES = _table(_TERMS | _PERSONIFICATION | _OLD_FORMS | _HABITS | _SPELLING)

# A docstring starts with an imperative verb (functions) or a noun phrase (classes, modules, attributes).
DOCSTRING_PHRASES = _table(
    {r"\A\s*(?:What|Who|Whose|Which|Whoever|Whatever)\b(?![^.]*\?)": "Return …; or a noun phrase"}
)

# In identifiers these are private terms too; the words of a name are separated by spaces before matching.
NAMES = _table(
    {
        r"\banswer(?:s|ed|ing)?\b": "response",
        r"\brefusals?\b|\brefus(?:e|ed|es)\b": "error, rejected",
        r"\bjudg(?:e|es|ed|ing|ement|ments?)\b|\bverdicts?\b": "classify, oracle, expected outcome",
        r"\bturns?\b(?! (?:into|on|off))": "lock, transaction",
        r"\bconvers(?:e|ation|ations)\b": "call",
        r"\btold\b|\btells?\b": "reported, logged, described",
        r"\bstands?\b": "is",
        r"\btraceless\b|\badversaries\b": "rejected_requests, bad_signatures",
        r"\bdistrust\b": "untrusted_response",
        r"\bdemands?\b|\bprojections?\b": "spec_checks, transform",
        r"\bflaws?\b|\bfootprints?\b|\btimetables?\b": "negative_cases, coverage_map, schedule",
        r"\bhunt(?:s|ed)?\b": "detect",
        r"\basks?\b|\basked\b": "query",
        r"\bwhoever\b|\bnobody\b|\banybody\b|\bsomebody\b": "name who",
        r"\banew\b|\bbeside\b|\bknows\b|\bwants\b": "again, with, has, needs",
        r"\bquestions?\b|\brepairs\b": "query, interceptors",
        r"\bbehaviour\b|\bcatalogue\b|\blicences?\b": "behavior, catalog, license",
    }
)
