"""How well the early warning finds planted surges: `python -m tests.bench.surges [--seeds 101-112] [--tickets 12000]`.

For every seed a synthetic year is drawn (no database), every day is looked at as the worker would the morning after, and the
warnings are held against what was planted. Seeds 1–20 were used for tuning; the table is printed over others.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from knowledge.base import FOLDER, GROUPS, Taxonomy
from knowledge.clocks import read_deadlines
from knowledge.reading import TomlFile
from knowledge.tables import read_taxonomy
from nlp.text import normalise, tokens
from tickets.demo.lives import live
from tickets.demo.plan import Office, Plan, draw
from tickets.demo.rows import Writer
from tickets.early_warning import Looked, Standing, look
from tickets.rising import Said, count_words, words_of
from tickets.surges import Counts, Series

YEAR = 2026
WITHIN = 3  # days


@dataclass
class Score:
    """One year: planted surges by kind, those found in time, false alarms by grade, and branch months."""

    planted: Counter
    found: Counter
    false: Counter
    months: float
    delays: list[int]


def bank(book: dict) -> list[Office]:
    """The offices of tickets/demo/people.py without a database."""
    offices = [Office(n, name, kind, 1.0) for n, (kind, name) in enumerate(book["bank"]["departments"], 2)]
    for n, name in enumerate(book["bank"]["branches"], 1):
        for part, share in (("", 1.0), *zip(book["bank"]["outlets"], (0.55, 0.4), strict=True)):
            offices.append(Office(len(offices) + 2, name + part, "branch", share / n**0.4))
    return offices


def year(seed: int, tickets: int, *, surges: int = 18, first: date = date(YEAR - 1, 1, 1),
         until: date = date(YEAR + 1, 1, 1)) -> tuple[Plan, list[Said], np.ndarray, list[Office]]:
    """A drawn year as complaints with their words, in the order received, and which planted surge each belongs to."""
    book, rules = TomlFile(FOLDER / "demo.toml").data, read_deadlines(FOLDER / "deadlines.toml")
    groups = read_taxonomy(FOLDER / "taxonomy.toml")
    taxonomy = Taxonomy(**{name: groups[name] for name in GROUPS})
    rng, offices = np.random.default_rng(seed), bank(book)
    plan = draw(book, offices, first=first, until=until, surges_from=date(YEAR, 1, 1), count=tickets, surges=surges, rng=rng)
    lives = live(plan.received, plan.surge, rules, rng)
    writer = Writer(plan, lives, lives, book=book, taxonomy=taxonomy, until=2**40, head=offices[0], handlers={}, leads={}, rng=rng)
    cut = {}
    said, surge = [], []
    for n in range(len(plan.received)):
        if lives.repeat_of[n] >= 0:
            continue  # repeats are not counted
        matter, office = plan.matters[plan.matter[n]], plan.offices[plan.office[n]]
        text = writer._text(n, matter, int(writer.dice[n]), again=False)
        if text not in cut:
            cut[text] = words_of(normalise(text), tokens)
        day = date(1970, 1, 1).toordinal() + (int(plan.received[n]) + 8 * 3600) // 86400
        said.append(Said(len(said), day, Series(office.id, matter["category"], matter["cause"]), cut[text]))
        surge.append(int(plan.surge[n]))
    return plan, said, np.array(surge), offices


def days_of(said: list[Said]) -> dict[int, list[Said]]:
    by_day: dict[int, list[Said]] = {}
    for one in said:
        by_day.setdefault(one.day, []).append(one)
    return by_day


def warnings_of(said: list[Said], until: date) -> list[Looked]:
    """Every warning that the year's mornings would have brought."""
    counts, by_day = Counts(), days_of(said)
    for one in said:
        counts.add(one.day, one.cell)
    begin, end = date(YEAR, 1, 1).toordinal(), until.toordinal() - 1
    past: Counter = Counter()
    size = 0
    standing: list[Standing] = []
    warned: list[Looked] = []
    for day in range(begin - 190, end + 1):
        gone, come = day - 7 - 182, day - 7
        if day == begin - 190:
            for earlier in range(gone, come + 1):
                past.update(count_words(by_day.get(earlier, [])))
                size += len(by_day.get(earlier, []))
        else:
            past.update(count_words(by_day.get(come, [])))
            past.subtract(count_words(by_day.get(gone - 1, [])))
            size += len(by_day.get(come, [])) - len(by_day.get(gone - 1, []))
        if day < begin:
            continue
        recent = [one for earlier in range(day - 6, day + 1) for one in by_day.get(earlier, [])]
        seen = look(counts, recent, past, size, date.fromordinal(day), standing=standing)
        standing = seen.standing
        warned += seen.fresh
    return warned


def score(seed: int, tickets: int = 12_000, *, surges: int = 18, first: date = date(YEAR - 1, 1, 1),
          until: date = date(YEAR + 1, 1, 1)) -> tuple[Score, list[str]]:
    """A warning is right when a third of what it counts was planted; a surge is found when a right one came within three days."""
    plan, said, surge, offices = year(seed, tickets, surges=surges, first=first, until=until)
    by_day = days_of(said)
    result = Score(Counter(p.kind for p in plan.planted), Counter(), Counter(),
                   len(offices) * (until - date(YEAR, 1, 1)).days / 30.4, [])
    first: dict[int, int] = {}
    notes: list[str] = []
    for warning in warnings_of(said, until):
        until = warning.until.toordinal()
        held = [one.ticket_id for day in range(until - warning.days + 1, until + 1) for one in by_day.get(day, [])
                if (warning.series.holds(one.cell) if warning.series else warning.word in one.words)]
        counted = Counter(surge[n] for n in held if surge[n] >= 0)
        right = [n for n, times in counted.items() if times >= max(len(held) / 3, 1)]
        for n in right:
            first.setdefault(n, (warning.until - plan.planted[n].first).days + 1)
        recently = any(0 <= (warning.until - (p.first + timedelta(days=p.days))).days <= 7 and counted.get(n, 0)
                       for n, p in enumerate(plan.planted))
        if not right and not recently:
            result.false[warning.kind if warning.kind == "word" else warning.grade] += 1
            notes.append(f"false {warning.kind} {warning.grade} {warning.until} {warning.series or warning.word} "
                         f"{warning.count} for {warning.usual:.2f}, {warning.chance:.1e}")
    for n, planted in enumerate(plan.planted):
        if first.get(n, 99) <= WITHIN:
            result.found[planted.kind] += 1
            result.delays.append(first[n])
        else:
            notes.append(f"missed {planted.kind} {planted.first} usual {planted.usual:.2f} a day, found on day {first.get(n)}")
    return result, notes


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", default="101-112")
    options.add_argument("--tickets", type=int, default=12_000)
    options.add_argument("--notes", action="store_true")
    chosen = options.parse_args()
    low, _, high = chosen.seeds.partition("-")
    planted, found, false, months, seeds = Counter(), Counter(), Counter(), 0.0, range(int(low), int(high or low) + 1)
    print("seed  planted  found in 3 days   false alarms (high, low, word)   per branch and month    s")
    for seed in seeds:
        began = time.perf_counter()
        one, notes = score(seed, chosen.tickets)
        planted, found, false, months = planted + one.planted, found + one.found, false + one.false, months + one.months
        wrong = sum(one.false.values())
        print(f"{seed:4d}  {one.planted.total():7d}  {one.found.total():7d} ({one.found.total() / one.planted.total():5.0%})   "
              f"{wrong:5d} ({one.false['high']}, {one.false['low']}, {one.false['word']})  {wrong / one.months:26.3f}"
              f"  {time.perf_counter() - began:7.1f}", flush=True)
        if chosen.notes:
            print("\n".join("      " + note for note in notes))
    print("\nkind       planted   found")
    for kind, count in sorted(planted.items()):
        print(f"{kind:10s} {count:7d}   {found[kind]:5d} ({found[kind] / count:.0%})")
    print(f"all        {planted.total():7d}   {found.total():5d} ({found.total() / planted.total():.1%}); "
          f"false alarms per branch and month {false.total() / months:.3f} "
          f"(high {false['high'] / months:.3f}, low {false['low'] / months:.3f}, word {false['word'] / months:.3f})")
    sys.exit(0 if found.total() / planted.total() >= 0.9 and false.total() / months <= 1 else 1)


if __name__ == "__main__":
    main()
