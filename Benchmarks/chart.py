"""The README's chart: each tool's time beside the limit's, on a logarithmic axis, as SVG without scripts."""

import math
from html import escape

ROWS = [
    ("PostgreSQL · 100 migrations", "W1 postgres"), ("PostgreSQL · 1,000 migrations", "W2 postgres"),
    ("PostgreSQL · one of 20,000 rows", "W3 postgres"), ("PostgreSQL · rollback of 100", "W6 postgres"),
    ("20 ms away · 100 migrations", "W1 20 ms"), ("80 ms away · 100 migrations", "W1 80 ms"),
    ("SQLite · 100 migrations", "W1 sqlite"), ("SQLite · 1,000 migrations", "W2 sqlite"),
    ("SQLite · one of 20,000 rows", "W3 sqlite"), ("SQLite · rollback of 100", "W6 sqlite"),
]
LEFT, WIDTH, TOP, STEP = 275, 540, 74, 30

#: Shapes around (0, 0): a tool is known by its shape as well as by its colour.
SHAPES = {
    "apus": '<circle r="7"/>',
    "dbmate": '<rect x="-5" y="-5" width="10" height="10"/>',
    "sql-migrate": '<path d="M0-6 6 5H-6Z"/>',
    "Django": '<path d="M0-6 6 0 0 6-6 0Z"/>',
    "Alembic": '<path d="M0 6-6-5H6Z"/>',
    "yoyo": '<path d="M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4Z"/>',
    "sqitch": '<path d="M-5-5 5 5M-5 5 5-5" stroke-width="3"/>',
}
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 11px; fill: #59636e }
.axis { stroke: #d1d9e0 } .limit { stroke: #59636e; stroke-dasharray: 4 3 }
g g { fill: #8c959f; stroke: #8c959f } .apus { fill: #0969da; stroke: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 } .axis { stroke: #3d444d } .limit { stroke: #9198a1 }
  g g { fill: #767e88; stroke: #767e88 } .apus { fill: #4493f8; stroke: #4493f8 }
}
"""


def chart(figures, names):
    shown = [name for name in names if name in SHAPES]
    ratios = {(work, name): figures.ratio(work, tool) for _, work in ROWS for tool in figures.tools
              if (name := tool.name) in shown}
    values = [value for value in ratios.values() if value]
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))

    def x(value):
        return LEFT + WIDTH * math.log10(value / low) / math.log10(high / low)

    height = TOP + STEP * len(ROWS) + 40
    bottom = TOP + STEP * len(ROWS) - 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 30} {height}" role="img" aria-labelledby="t d">',
        '<title id="t">Times beside psql and sqlite3</title>',
        f'<desc id="d">{escape(spoken(ratios, shown))}</desc>',
        f"<style>{STYLE}</style>",
        f'<text class="small" x="{LEFT}" y="18">time beside psql or sqlite3 running the same SQL (dashed line); further left is faster</text>',
        "<g>",
    ]
    step = (LEFT + WIDTH) / len(shown)
    for number, name in enumerate(shown):
        parts.append(f'<g transform="translate({12 + number * step:.0f} 42)"{mark(name)}>{SHAPES[name]}</g>'
                     f'<text x="{24 + number * step:.0f}" y="46">{name}</text>')
    power = low
    while power <= high:
        parts.append(f'<line class="{"limit" if power == 1 else "axis"}" x1="{x(power):.1f}" x2="{x(power):.1f}" y1="{TOP - 14}" y2="{bottom}"/>'
                     f'<text class="small" x="{x(power):.1f}" y="{bottom + 18}" text-anchor="middle">{power:g}×</text>')
        power *= 10
    for number, (title, work) in enumerate(ROWS):
        y = TOP + STEP * number + 4
        parts.append(f'<text x="{LEFT - 14}" y="{y + 4}" text-anchor="end">{title}</text>')
        # Ours last, above the others.
        for name in sorted(shown, key=lambda name: name == "apus"):
            if value := ratios.get((work, name)):
                parts.append(f'<g transform="translate({x(value):.1f} {y})"{mark(name)}><title>{name}: {value:.2f}×</title>{SHAPES[name]}</g>')
    parts += ["</g>", "</svg>", ""]
    return "\n".join(parts)


def mark(name):
    return ' class="apus"' if name == "apus" else ""


def spoken(ratios, shown):
    return " ".join(
        f"{title}: " + ", ".join(f"{name} {ratios[work, name]:.2f}" for name in shown if ratios.get((work, name))) + "."
        for title, work in ROWS)
