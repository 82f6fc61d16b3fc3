"""Charts: well-formed, labelled, without style or script, and to scale."""

from decimal import Decimal
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reports.charts import WIDTH, bar_chart, draw
from evaluation.reports.document import Bar, Chart, ChartKind, plain
from tests.evaluation.reports.sample import texts

SVG = "{http://www.w3.org/2000/svg}"


def chart_of(*bars: Bar, mark: Decimal | None = None) -> Chart:
    return Chart("hub", "People, by hub", "Abbey: 10.", bars, mark)


def by_month(*bars: Bar) -> ET.Element:
    chart = Chart("month", "People, by month", "", bars, kind=ChartKind.COLUMNS)
    return ET.fromstring(draw(chart))


def words(drawing: ET.Element) -> list[str | None]:
    return [text.text for text in drawing.iter(f"{SVG}text")]


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


def test_hidden_and_small_figures_are_hatched_and_say_so() -> None:
    bars = (
        Bar("Abbey", Decimal(100), "100"),
        Bar("Sinfin", Decimal(5), "<5", exact=False),
        Bar("Derwent", Decimal(0), "hidden", exact=False),
    )
    drawing = ET.fromstring(bar_chart(chart_of(*bars)))
    rects = drawing.findall(f"{SVG}rect")
    assert [rect.get("fill") for rect in rects] == ["#1477a8", *2 * ["url(#hatch-hub)"]]
    # Nobody can measure a figure that is not told.
    assert rects[1].get("width") == rects[2].get("width")
    assert drawing.find(f"{SVG}defs/{SVG}pattern") is not None
    assert words(drawing)[-1] == "hidden"


def test_columns_are_to_scale_and_say_month_and_year() -> None:
    drawing = by_month(
        Bar("November 2018", Decimal(50), "50"),
        Bar("December 2018", Decimal(100), "100"),
        Bar("January 2019", Decimal(0), "hidden", exact=False),
    )
    half, whole, hidden = drawing.findall(f"{SVG}rect")
    assert float(whole.get("height", "")) == 2 * float(half.get("height", ""))
    assert hidden.get("fill") == "url(#hatch-month)"
    assert words(drawing) == ["50", "100", "[c]", "Nov", "2018", "Dec", "Jan", "2019"]


def test_weeks_name_each_month_once() -> None:
    days = ("17 September 2018", "24 September 2018", "1 October 2018", "8 October 2018")
    drawing = by_month(*(Bar(day, Decimal(7), "7") for day in days))
    assert words(drawing) == [*4 * ["7"], "Sep", "2018", "Oct"]


def test_many_columns_name_the_highest_and_the_ends() -> None:
    bars = [Bar(f"May {1990 + at}", Decimal(at % 29), f"{10_000 + at % 29:,}") for at in range(40)]
    drawing = by_month(*bars)
    said = [text for text in words(drawing) if text and text.startswith("10,")]
    assert said == ["10,000", "10,028", "10,010"]
    right = max(float(text.get("x", "")) for text in drawing.iter(f"{SVG}text"))
    assert right <= WIDTH


def test_progress_ends_at_the_whole_target_or_past_it() -> None:
    bars = (
        Bar("Hours", Decimal("80.0"), "80.0% (80 of 100)"),
        Bar("People", Decimal(160), "160.0% (16 of 10)"),
    )
    chart = Chart("targets", "Targets", "", bars, Decimal(100), ChartKind.PROGRESS)
    drawing = ET.fromstring(draw(chart))
    track, hours, _, people = (float(rect.get("width", "")) for rect in drawing.iter(f"{SVG}rect"))
    assert (people, track, hours) == (WIDTH, WIDTH / 1.6, WIDTH / 2)
    assert words(drawing) == ["Hours", "80.0% (80 of 100)", "People", "160.0% (16 of 10)"]


def test_a_single_month_is_a_bar() -> None:
    assert "July 2019" in words(by_month(Bar("July 2019", Decimal(3), "3")))


@given(
    st.lists(
        st.tuples(texts.map(plain), st.decimals(-1000, 10**9, places=1)), min_size=1, max_size=6
    ),
    st.sampled_from(ChartKind),
)
@settings(max_examples=40, deadline=None)
def test_any_label_is_well_formed_and_any_bar_is_inside(
    rows: list[tuple[str, Decimal]], kind: ChartKind
) -> None:
    bars = tuple(Bar(label, value, f"{value:,}") for label, value in rows)
    drawing = ET.fromstring(draw(Chart("hub", "Title", "Words", bars, kind=kind)))
    for bar in drawing.iter(f"{SVG}rect"):
        assert float(bar.get("x", "")) + float(bar.get("width", "")) <= WIDTH + 1
        assert float(bar.get("height", "")) >= 0
    # A strict content security policy ignores these, and Typst some of them.
    names = {name for element in drawing.iter() for name in element.attrib}
    assert not any(name == "style" or name.startswith("on") for name in names)
