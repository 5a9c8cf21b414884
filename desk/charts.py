"""Pictures of the desk, drawn on the server as SVG: for the eye and the mouse; each stands beside a table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 1000, 220, 44, 28, 18
SHADES = 6  # of the heat map, beside none


@dataclass(frozen=True)
class Point:
    """One column: what stands under it, its height, where it leads, what the mouse is told. `kind` is a class of charts.css."""

    label: str
    value: int
    link: str
    title: str
    kind: str = ""


def columns(points: Sequence[Point], *, line: Sequence[int] = (), labels: int = 8) -> Markup:
    """Columns over an axis, and a line of what it was before. At most about `labels` columns are named, the last one always."""
    top = _round_up(max([*(point.value for point in points), *line, 4]))
    room = WIDTH - LEFT
    step = room / max(len(points), 1)
    parts = [_axis(top)]
    every = max(1, -(-len(points) // labels))
    for n, point in enumerate(points):
        x, y = LEFT + n * step, _y(point.value, top)
        bar = (f'<rect class="col {_safe(point.kind)}" x="{x + step * .14:.1f}" y="{y:.1f}" width="{max(step * .72, 1):.1f}" '
               f'height="{HEIGHT - BELOW - y:.1f}" rx="{min(step * .12, 3):.1f}"/>')
        parts.append(Markup('<a href="{}" tabindex="-1"><title>{}</title><rect class="hit" x="{}" y="{}" width="{}" height="{}"/>')
                     .format(point.link, point.title, f"{x:.1f}", ABOVE, f"{step:.1f}", HEIGHT - BELOW - ABOVE)
                     + Markup(bar) + Markup("</a>"))  # noqa: S704 - numbers of ours  # nosec B704
        if point.value and step > 26:
            middle = f"{x + step / 2:.1f}"
            parts.append(Markup('<text class="n" x="{}" y="{}">{}</text>').format(middle, f"{y - 3:.1f}", point.value))
        if (len(points) - 1 - n) % every == 0:
            parts.append(Markup('<text class="x" x="{}" y="{}">{}</text>').format(f"{x + step / 2:.1f}", HEIGHT - 8, point.label))
    if line:
        places = " ".join(f"{LEFT + (n + .5) * step:.1f},{_y(value, top):.1f}" for n, value in enumerate(line[:len(points)]))
        parts.append(Markup('<polyline class="before" points="{}"/>').format(places))
    return _svg(parts)


def bar(value: int, most: int, *, of: Sequence[tuple[str, int]] = ()) -> Markup:
    """One flat bar inside a row of a table; `of` gives its parts by class, which fill it from the left."""
    most = max(most, 1)
    parts, x = [], 0.0
    for kind, part in of or (("", value),):
        width = 100 * part / most
        parts.append(f'<rect class="col {_safe(kind)}" x="{x:.2f}" y="0" width="{width:.2f}" height="10"/>')
        x += width
    head = '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - numbers of ours  # nosec B704


def lines(series: Sequence[tuple[str, Sequence[float | None]]], labels: Sequence[str], *, top: float = 1.0) -> Markup:
    """Shares week by week, one line a series (class s0, s1 …); a week without a value breaks the line."""
    step = (WIDTH - LEFT) / max(len(labels), 1)
    parts = [_axis(int(100 * top), unit="%")]
    for place, (_, values) in enumerate(series):
        run: list[str] = []
        for n, value in enumerate([*values, None]):
            if value is not None:
                run.append(f"{LEFT + (n + .5) * step:.1f},{_y(value, top):.1f}")
                continue
            if len(run) == 1:
                x, y = run[0].split(",")
                parts.append(Markup('<circle class="s{}" cx="{}" cy="{}" r="3"/>').format(place, x, y))
            elif run:
                parts.append(Markup('<polyline class="s{}" points="{}"/>').format(place, " ".join(run)))
            run = []
    every = max(1, -(-len(labels) // 8))
    parts += [Markup('<text class="x" x="{}" y="{}">{}</text>').format(f"{LEFT + (n + .5) * step:.1f}", HEIGHT - 8, label)
              for n, label in enumerate(labels) if (len(labels) - 1 - n) % every == 0]
    return _svg(parts)


def shade(value: int, most: int) -> str:
    """The class of a heat map's cell: h0 for none, h1 … by the share of the greatest, so that small numbers still show."""
    if value <= 0 or most <= 0:
        return "h0"
    return f"h{max(1, min(SHADES, round(SHADES * (value / most) ** .5)))}"


def _axis(top: int, *, unit: str = "") -> Markup:
    lines = [Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="y" x="{}" y="{}">{}{}</text>')
             .format(LEFT, WIDTH, f"{_y(value, top):.1f}", f"{_y(value, top):.1f}", LEFT - 6, f"{_y(value, top) + 4:.1f}",
                     f"{value:g}", unit) for value in (0, top / 2, top)]
    return Markup("").join(lines)


def _y(value: float, top: float) -> float:
    return HEIGHT - BELOW - (HEIGHT - BELOW - ABOVE) * value / top


def _round_up(value: int) -> int:
    """The next even number that reads well: 4, 6, 8, 10, 12, 16, 20, 24, 30 …"""
    size = 10 ** (len(str(value)) - 1)
    steps = (int(round(step * size, 6)) for step in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10))
    return next(step for step in steps if step >= value and step % 2 == 0)


def _svg(parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">').format(WIDTH, HEIGHT)
    return head + Markup("").join(parts) + Markup("</svg>")


def _safe(kind: str) -> str:
    return "".join(char for char in kind if char.isalnum() or char == "-")
