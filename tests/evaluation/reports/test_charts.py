"""Bar charts: well-formed, labelled, without style or script, and to scale."""

from decimal import Decimal
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reports.charts import WIDTH, bar_chart
from evaluation.reports.document import Bar, Chart, plain
from tests.evaluation.reports.sample import texts

SVG = "{http://www.w3.org/2000/svg}"


def chart_of(*bars: Bar, mark: Decimal | None = None) -> Chart:
    return Chart("hub", "People, by hub", "Abbey: 10.", bars, mark)


def test_bars_are_to_scale_and_labelled() -> None:
    bars = [Bar("Abbey", Decimal(100), "100"), Bar("Not known", Decimal(25), "25", known=False)]
    drawing = ET.fromstring(bar_chart(chart_of(*bars)))
    assert drawing.get("role") == "img"
    assert drawing.findtext(f"{SVG}title") == "People, by hub"
    assert drawing.findtext(f"{SVG}desc") == "Abbey: 10."
    whole, quarter = (float(bar.get("width", "")) for bar in drawing.iter(f"{SVG}rect"))
    assert abs(whole / 4 - quarter) < 0.1
    fills = [bar.get("fill") for bar in drawing.iter(f"{SVG}rect")]
    assert fills == ["#1477a8", "none"]
    assert [text.text for text in drawing.iter(f"{SVG}text")] == ["Abbey", "100", "Not known", "25"]


def test_words_do_not_run_through_the_mark() -> None:
    bar = Bar("Session hours", Decimal("95.0"), "95.0%")
    drawing = ET.fromstring(
        bar_chart(chart_of(bar, Bar("Hubs", Decimal(120), "120.0%"), mark=Decimal(100)))
    )
    mark = float(next(drawing.iter(f"{SVG}line")).get("x1", ""))
    words = next(text for text in drawing.iter(f"{SVG}text") if text.text == "95.0%")
    assert float(words.get("x", "")) > mark


def test_nothing_but_noughts_has_no_length() -> None:
    drawing = ET.fromstring(bar_chart(chart_of(Bar("Abbey", Decimal(0), "0"))))
    assert [bar.get("width") for bar in drawing.iter(f"{SVG}rect")] == ["0.0"]


@given(
    st.lists(
        st.tuples(texts.map(plain), st.decimals(-1000, 10**9, places=1)), min_size=1, max_size=6
    )
)
@settings(max_examples=40, deadline=None)
def test_any_label_is_well_formed_and_any_bar_is_inside(rows: list[tuple[str, Decimal]]) -> None:
    svg = bar_chart(chart_of(*(Bar(label, value, f"{value:,}") for label, value in rows)))
    drawing = ET.fromstring(svg)
    for bar in drawing.iter(f"{SVG}rect"):
        assert float(bar.get("x", "")) + float(bar.get("width", "")) <= WIDTH
    # A strict content security policy ignores these, and Typst some of them.
    names = {name for element in drawing.iter() for name in element.attrib}
    assert not any(name == "style" or name.startswith("on") for name in names)
