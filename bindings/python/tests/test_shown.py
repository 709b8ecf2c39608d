"""What is shown to people: in a notebook, in a terminal, as a plot. A status is never a colour alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import kilter
import matplotlib
import pandas as pd
import pytest
from kilter import _html, plot

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402


class Tags(HTMLParser):
    """Sees that every tag that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def sound(html: str) -> str:
    tags = Tags()
    tags.feed(html)
    assert not tags.open
    assert "<script" not in html
    return html


def test_everything_shows_itself_in_a_notebook_and_in_a_terminal(engine: kilter.Engine, made: kilter.Demo) -> None:
    for shown in (
        engine.scorecard(), engine.evaluate(area=made.area), engine.framework(), engine.explain("NI-19"),
        engine.what_if("NI-19", target=500), engine.releases(),
    ):  # fmt: skip
        assert sound(shown._repr_html_())
        assert repr(shown) and "object at 0x" not in repr(shown)


def test_a_status_is_a_symbol_and_a_word_beside_its_colour(engine: kilter.Engine) -> None:
    html = engine.scorecard()._repr_html_()
    for word, symbol in _html.SYMBOLS.items():
        assert f"{symbol}&nbsp;{word}" in html
    assert len(set(_html.SYMBOLS.values())) == len(_html.SYMBOLS)


def test_tables_take_the_colours_of_the_page(engine: kilter.Engine) -> None:
    html = engine.releases()._repr_html_()
    assert "color:inherit" in html and "background:transparent" in html
    assert not re.search(r"(?<!-)color:(?!inherit)", re.sub(r"<span[^>]*>", "", html))


def luminance(colour: str) -> float:
    def part(of: str) -> float:
        share = int(of, 16) / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (part(colour[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_statuses_are_legible_on_their_ground() -> None:
    for ground, ink in _html._COLOURS.values():
        assert contrast(ground, ink) >= 4.5


def test_text_of_a_file_is_no_markup(own: kilter.Engine) -> None:
    odd = {"measure": ["<script>alert(1)</script>"], "area": ["<b>"], "period": ["&"], "value": ["\"'"]}
    with pytest.raises(kilter.IngestError) as caught:
        own.ingest(odd, source="x", known_at="2020-01-01")
    assert caught.value.receipt is not None
    html = sound(caught.value.receipt._repr_html_())
    assert "<b>" not in html and "&lt;script&gt;" in html


def test_a_long_table_shows_its_beginning_and_how_many_follow(engine: kilter.Engine) -> None:
    table = engine.values(every="month")
    assert len(table) > 100
    more = f"and {len(table) - 20:,} more rows"
    assert more in table._repr_html_() and more in repr(table)


PLOTS = {
    "series": lambda e, a: plot.series(e.series("NI-19", a), e.evaluate("NI-19", a, period="2023/24")),
    "months": lambda e, a: plot.series(e.series("NI-19", a, every="month", rolling=12)),
    "control_chart": lambda e, a: plot.control_chart(e.chart("MSG-1a", a)),
    "run_chart": lambda e, a: plot.run_chart(e.run_chart("MSG-1a", a)),
    "funnel": lambda e, a: plot.funnel(
        e.funnel("NI-19"),
        kilter.methods.funnel_rates(
            e.funnel("NI-19")["numerator"], e.funnel("NI-19")["value"], population=e.funnel("NI-19")["denominator"],
            per=1000, curve=True,
        ),
    ),
    "five_years": lambda e, a: plot.five_years(e.five_years("NI-19", a)),
    "scorecard": lambda e, a: plot.scorecard(e.scorecard()),
    "strategy_map": lambda e, a: plot.strategy_map(e.strategy_map(), e.scorecard()),
}  # fmt: skip


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_drawn_and_said_in_words(name: str, engine: kilter.Engine, made: kilter.Demo, tmp_path: Path) -> None:
    ax = PLOTS[name](engine, made.area)
    try:
        ax.figure.savefig(tmp_path / "plot.png", dpi=60)
        assert (tmp_path / "plot.png").stat().st_size > 3000
        said = plot.alternative_text(ax)
        assert len(said) > 40 and "nan" not in said and "None" not in said, said
    finally:
        pyplot.close(ax.figure)


def test_a_plot_of_many_series_is_refused(engine: kilter.Engine) -> None:
    with pytest.raises(kilter.QuestionError, match="a plot is of one"):
        plot.series(engine.values())
    with pytest.raises(kilter.QuestionError, match="nothing to plot"):
        plot.five_years(engine.values("NI-19", as_at="1990-01-01"))


def test_a_plot_goes_where_it_is_told(engine: kilter.Engine, made: kilter.Demo) -> None:
    figure, (left, right) = pyplot.subplots(1, 2)
    assert plot.five_years(engine.five_years("NI-19", made.area), ax=right) is right
    assert not left.patches and right.patches
    pyplot.close(figure)


ALTAIR = {
    "series": lambda e, a: plot.series_altair(e.series("NI-19", a)),
    "control_chart": lambda e, a: plot.control_chart_altair(e.chart("MSG-1a", a)),
    "run_chart": lambda e, a: plot.run_chart_altair(e.run_chart("MSG-1a", a)),
    "funnel": lambda e, a: plot.funnel_altair(e.funnel("NI-19")),
    "five_years": lambda e, a: plot.five_years_altair(e.five_years("NI-19", a)),
    "scorecard": lambda e, a: plot.scorecard_altair(e.scorecard()),
}


@pytest.mark.parametrize("name", ALTAIR)
def test_altair_draws_where_it_is_installed(name: str, engine: kilter.Engine, made: kilter.Demo) -> None:
    # Altair checks what it is told against the schema of its charts.
    chart = ALTAIR[name](engine, made.area).to_dict()
    said = next(str(part["description"]) for part in [chart, *chart.get("layer", [])] if "description" in part)
    assert len(said) > 40 and "nan" not in said and "None" not in said, said
    assert len(chart["data"]["values"]) > 1


def test_an_absence_is_empty_and_never_a_zero() -> None:
    assert _html.cell("value", None) == ""
    assert _html.cell("value", 0.0) == "0" and _html.cell("value", -0.0) in {"0", "-0"}
    assert _html.number(1234.5) == "1,234.5"
    assert pd.isna(kilter.methods.crude_rate(pd.Series([None, 1.0]), pd.Series([1.0, 1.0]))["value"].iloc[0])
