"""Cuts English text into sentences and words; the same text always gives the same ones."""

import re
from typing import Final

ABBREVIATIONS: Final = frozenset(
    "dr mr mrs ms prof st sr jr vs etc e.g i.e cf fig figs vol pp ed approx dept gov sen rep gen col capt lt"
    " jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k a.m p.m".split()
)
STOP_WORDS: Final = frozenset(
    "a about above after again against all also am an and any are as at be because been before being below between"
    " both but by can could did do does doing down during each few for from further had has have having he her here"
    " hers herself him himself his how i if in into is it its itself just may me might more most much must my myself"
    " no nor not now of off on once one only or other our ours ourselves out over own same shall she should so some"
    " such than that the their theirs them themselves then there these they this those through to too under until up"
    " upon us very was we were what when where which while who whom whose why will with would yet you your yours"
    " yourself yourselves".split()
)

_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c\u2018(\[]*[A-Z0-9])")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_LAST_WORD = re.compile(r"([\w.]+)\.$")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text in order; a blank line ends one, a known abbreviation or an initial does not."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        line = " ".join(paragraph.split())
        begin = 0
        for end in _END.finditer(line):
            if not _goes_on(line[begin : end.start()]):
                found.append(line[begin : end.end()].strip())
                begin = end.end()
        if line[begin:]:
            found.append(line[begin:])
    return found


def _goes_on(piece: str) -> bool:
    last = _LAST_WORD.search(piece)
    if last is None:
        return False
    word = last[1].lower()
    return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha())


def words(text: str) -> list[str]:
    """The words of a text, in lower case, numbers left out."""
    return [word.lower() for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """A word without its commonest English endings, so that `rains` and `raining` count as one."""
    for ending in ("'s", "\u2019s"):
        word = word.removesuffix(ending)
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):
            return word[: -len(ending)] + rest
    return word


def terms(text: str) -> list[str]:
    """What a text is about: the stems of its words without the ones that every text has."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS and len(word) > 1]
