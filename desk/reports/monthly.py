"""投诉分析统计表: the monthly table for the regulator, all codes on it, in the order of regulation.md 5.3."""

from desk.reports import tables
from desk.reports.blocks import Making, Sheet


def blocks(making: Making) -> tuple[Sheet, ...]:
    return (tables.cover(making), *(tables.grouped(making, group) for group in ("channel", "category", "cause")),
            tables.crossed(making), *(tables.grouped(making, group) for group in ("right", "source")), tables.branches(making),
            tables.grouped(making, "band"), tables.vulnerable(making), tables.warnings(making), tables.ledger(making))
