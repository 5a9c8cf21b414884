"""Records of a CSV file, none of which is swallowed by a quote that somebody forgot to close.

Python's reader takes all that follows such a quote, up to the next one, for one cell: rows vanish without a word.
"""

import csv
from collections import deque
from collections.abc import Iterator

LONGEST = 1 << 20  # characters of one record
RETRIED = 100  # lines that are read again together after a record has failed; of more, each is read by itself
_END = "\udcff\udc01\udcff"


def records(lines: Iterator[str]) -> Iterator[tuple[int, list[str] | None]]:
    """Each record as the number of its first line, from 1, and its cells; None where a quote stays open, and the next line is
    read anew."""
    csv.field_size_limit(LONGEST)
    waiting: deque[tuple[int, str, bool]] = deque()  # lines to be read again: number, text, by itself
    numbered = enumerate(lines, 1)

    def following() -> tuple[int, str, bool] | None:
        if waiting:
            return waiting.popleft()
        found = next(numbered, None)
        return (*found, False) if found else None

    while (first := following()) is not None:
        begins, line, alone = first
        held = [first]

        def feed(held: list[tuple[int, str, bool]] = held) -> Iterator[str]:
            yield held[0][1]
            size = len(held[0][1])
            while size < LONGEST and (more := following()) is not None:
                held.append(more)
                size += len(more[1])
                yield more[1]

        cells = None if alone else _strictly(feed())
        if cells is None:
            again = held[1:]
            waiting.extendleft((number, text, each or len(again) > RETRIED) for number, text, each in reversed(again))
            cells = _alone(line)
        yield begins, cells


def _strictly(lines: Iterator[str]) -> list[str] | None:
    """One record that may go on over lines; None where its quotes are not those of a spreadsheet."""
    try:
        return next(csv.reader(lines, strict=True))
    except (csv.Error, StopIteration):
        return None


def _alone(line: str) -> list[str] | None:
    """One line with whatever quotes it has; None where one of them would go on in the next line."""
    try:
        read = list(csv.reader([line, _END]))
    except csv.Error:
        return None
    return read[0] if len(read) == 2 else None
