"""How far a colleague's oversight of exams reaches: head office sees the bank, a branch what belongs to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from desk.visit import Refused, Visit
from tickets import assignment
from tickets.models import Branch, Exam


@dataclass(frozen=True)
class Reach:
    """`within`: her branch and all below it; None is the whole bank. `above`: the branches that hers lies below."""

    within: frozenset[int] | None
    above: frozenset[int] = frozenset()

    def sees(self, exam: Exam) -> bool:
        """It asks somebody of hers, or may have asked: of the whole bank, of her branch, or of one above or below."""
        return self.within is None or not exam.branches or bool((self.within | self.above) & set(exam.branches))

    def owns(self, exam: Exam) -> bool:
        """It asks nobody but hers: only then may she cancel it."""
        return self.within is None or self.holds(exam.branches)

    def holds(self, branches: Iterable[int]) -> bool:
        """All of these are hers, and there is one: none named would be the whole bank."""
        named = set(branches)
        return self.within is None or (bool(named) and named <= self.within)


def of(visit: Visit) -> Reach:
    """An administrator's, and that of head office and of who belongs to no branch, is the whole bank."""
    if visit.me.role == "admin" or assignment.at_head(visit.session, visit.me):
        return Reach(None)
    mine = visit.session.get_one(Branch, visit.me.branch_id)
    paths = visit.session.execute(select(Branch.id, Branch.path)).all()
    below = frozenset(key for key, path in paths if path.startswith(mine.path))
    return Reach(below, frozenset(key for key, path in paths if mine.path.startswith(path)) - below)


def seen(visit: Visit, exam: Exam) -> Reach:
    """Hers, where this exam lies within it. Raises Refused."""
    reach = of(visit)
    if not reach.sees(exam):
        raise Refused(404, visit.word("desk.not_found"))
    return reach
