"""投诉分析统计表: the monthly table for the regulator, all codes on it, in the order of regulation.md 5.3."""

from sqlalchemy import func, select

from desk.reports import tables
from desk.reports.blocks import Making, Sheet
from tickets.models import Warning_


def blocks(making: Making) -> tuple[Sheet, ...]:
    return (tables.cover(making), *(tables.grouped(making, group) for group in ("channel", "category", "cause")),
            tables.crossed(making), *(tables.grouped(making, group) for group in ("right", "source")), tables.branches(making),
            tables.grouped(making, "band"), tables.vulnerable(making), tables.warnings(making), tables.ledger(making))


def warn(making: Making) -> list[str]:
    """Warnings that nobody has judged would stand as such in what goes to the regulator."""
    waiting = making.session.scalar(select(func.count()).select_from(Warning_).where(
        *tables.warned_in(making), Warning_.judged.is_(None)))
    return [making.word("reports.warn_unjudged", n=waiting)] if waiting else []
