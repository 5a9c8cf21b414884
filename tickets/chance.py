"""How likely so many are by chance: the tail of a negative binomial, and Benjamini–Hochberg for looking at many at once."""

from collections.abc import Sequence
from math import exp, inf, lgamma, log, log1p


def tail(count: int, mean: float, size: float = inf) -> float:
    """P(X ≥ count) of a negative binomial with this mean and size (variance mean + mean²/size); Poisson for an infinite size."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    poisson = size > 1e8
    if poisson:
        first = count * log(mean) - mean - lgamma(count + 1)
    else:
        first = (lgamma(count + size) - lgamma(size) - lgamma(count + 1) - size * log1p(mean / size)
                 - count * log1p(size / mean))
    if count <= mean:  # the lower side is the shorter sum
        return max(0.0, 1.0 - sum(_below(count, mean, size, poisson)))
    term = total = exp(first)
    k = count
    while term > total * 1e-12 and k < count + 100_000:
        term *= mean / (k + 1) if poisson else (k + size) / (k + 1) * mean / (size + mean)
        total += term
        k += 1
    return min(total, 1.0)


def _below(count: int, mean: float, size: float, poisson: bool) -> list[float]:
    term = exp(-mean) if poisson else exp(-size * log1p(mean / size))
    terms = []
    for k in range(count):
        terms.append(term)
        term *= mean / (k + 1) if poisson else (k + size) / (k + 1) * mean / (size + mean)
    return terms


def significant(chances: Sequence[float], *, tests: int, share: float) -> float:
    """Benjamini–Hochberg: the largest chance that still counts, so that of all that count at most `share` are false.

    `tests` is how many were looked at, also those not listed because they could not count. 0.0 when none does.
    """
    limit = 0.0
    for place, chance in enumerate(sorted(chances), 1):
        if chance <= share * place / tests:
            limit = chance
    return limit
