"""Words and prices for colleagues: the glossary with its sources, and the fee table, what is free by law first."""

import unicodedata

from fastapi import Response

from desk.visit import Visit


def glossary(visit: Visit) -> Response:
    """`?q=` looks in the word, its other names and its meaning; the word itself first."""
    words = visit.query.get("q", "").strip()[:60]
    wanted = _plain(words)
    found = [term for term in visit.knowledge.glossary.values()
             if any(wanted in _plain(text) for text in (term.term, term.meaning, *term.also))]
    found.sort(key=lambda term: (wanted not in _plain(term.term) and not any(wanted in _plain(one) for one in term.also)))
    return visit.page("glossary.html", words=words, found=found, total=len(visit.knowledge.glossary))


def fees(visit: Visit) -> Response:
    """What is free by law, what the bank has filled in, and what it still has to fill in."""
    words = visit.query.get("q", "").strip()[:60]
    wanted = _plain(words)
    rows = [fee for fee in visit.knowledge.fees.values()
            if any(wanted in _plain(text) for text in (fee.name, fee.product, *fee.also))]
    groups = [("依规定免收或减免", [fee for fee in rows if fee.free_by_law]),
              ("本行价格", [fee for fee in rows if not fee.free_by_law and fee.price]),
              ("待本行填写（以公示价目表为准）", [fee for fee in rows if not fee.free_by_law and not fee.price])]
    return visit.page("fees.html", words=words, groups=groups)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())
