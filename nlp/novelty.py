"""How much of a message the classifier has never met: when this rises week by week, customers speak of something new."""

from nlp.classifier import Reader
from nlp.features import cut
from nlp.text import normalise


def unknown_share(reader: Reader, text: str) -> float:
    """The share of words of two or more characters that are not in the model's vocabulary; 0 for a text without such words."""
    words = [word for word in cut(normalise(text))[0] if len(word) > 1 and not word.isascii()]
    return round(sum(not reader.knows(word) for word in words) / len(words), 3) if words else 0.0
