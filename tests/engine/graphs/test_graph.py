from xml.etree import ElementTree as ET

import pytest

from engine.graphs.graph import Graph, mermaid
from engine.graphs.svg import svg


def a_graph(*texts: str) -> Graph:
    """A question with a way out to each side."""
    graph = Graph()
    asked = graph.box("question", texts or ("is it?",))
    graph.box("message", ["say so"], (asked, "yes"))
    graph.box("nothing", ["nothing"], (asked, "no"))
    return graph


def texts_of(picture: str) -> list[str]:
    return [
        one.text or "" for one in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    ]  # our own


def frames(picture: str) -> list[tuple[float, float, float, float]]:
    """The corners of every box."""
    found = list(ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}rect"))[1:]  # our own
    told = [
        tuple(float(one.attrib[name]) for name in ("x", "y", "width", "height")) for one in found
    ]
    return [(x, y, x + width, y + height) for x, y, width, height in told]


def test_boxes_and_arrows_are_spelled_as_mermaid() -> None:
    assert mermaid(a_graph()).splitlines() == [
        "flowchart TD",
        '    n1{{"is it?"}}',
        '    n2[["say so"]]',
        '    n3("nothing")',
        '    n1 -->|"yes"| n2',
        '    n1 -->|"no"| n3',
    ]


def test_what_mermaid_would_read_as_its_own_is_spelled_out() -> None:
    assert '"stars #60;= 2 #38; #34;a#34; #35;1"' in mermaid(a_graph('stars <= 2 & "a" #1'))


def test_several_lines_are_one_box() -> None:
    assert '"one<br/>two"' in mermaid(a_graph("one", "two"))


def test_a_picture_says_the_same() -> None:
    assert sorted(texts_of(svg(a_graph("a < b", "& c")))) == [
        "& c",
        "a < b",
        "no",
        "nothing",
        "say so",
        "yes",
    ]


def test_a_long_condition_goes_on_in_the_next_line_of_its_box() -> None:
    long = " or ".join(f"order.total > {number} EUR" for number in range(20))
    picture = svg(a_graph(long))
    lines = [line for line in texts_of(picture) if "EUR" in line]

    assert " ".join(lines) == long
    assert len(lines) == 6
    assert max(right - left for left, _, right, _ in frames(picture)) < 600


def test_boxes_of_a_picture_do_not_cover_each_other() -> None:
    graph = a_graph("a long question that takes much room", "and goes on")
    for number in range(5):
        graph.box("step", [f"step {number}"], ("n1", "yes"))
    graph.box("start", ["another beginning"])
    boxes = frames(svg(graph))

    assert len(boxes) == 9
    assert not [
        (one, other)
        for one in boxes
        for other in boxes
        if one < other
        and one[0] < other[2]
        and other[0] < one[2]
        and one[1] < other[3]
        and other[1] < one[3]
    ]


def test_a_box_stands_below_what_leads_to_it() -> None:
    question, *below = frames(svg(a_graph()))

    assert all(one[1] > question[3] for one in below)


@pytest.mark.parametrize("graph", [Graph(), a_graph()])
def test_any_graph_is_a_picture(graph: Graph) -> None:
    assert svg(graph).endswith("</svg>\n")
    assert ET.fromstring(svg(graph)).attrib["width"].isdigit()  # our own


def test_many_rules_are_drawn_in_several_lines_instead_of_one_endless_one() -> None:
    graph = Graph()
    for number in range(40):
        first = graph.box("start", [f"the rule of number {number}"])
        graph.box("message", ["send hello"], (first, "yes"))

    width = int(svg(graph).partition('width="')[2].partition('"')[0])

    assert 1000 < width < 2000
