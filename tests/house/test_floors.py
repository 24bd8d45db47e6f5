"""The rooms stand on each other: no circle, no arrow up, no room for everything."""

import tomllib
from collections import Counter
from collections.abc import Mapping

import pytest

from tests.house.floors import BEGIN, PAGE, drawn
from tests.house.tree import FLOORS, TOP, circles, imports, modules, packages, rooms
from tests.paths import ROOT

# Folders of the top level that hold no code of the product.
NO_CODE = {"docs", "rules", "tests", "deploy", "dist"}
MOST_MODULES = 15  # a dozen, and a little
LARGEST_SHARE = 0.25
CHANNELS = "activities.channels."


def test_no_two_modules_reach_each_other() -> None:
    assert circles(imports()) == []


@pytest.mark.parametrize("parent", ["", *packages()])
def test_no_two_rooms_reach_each_other(parent: str) -> None:
    assert circles(rooms(parent)) == []


def test_every_folder_of_the_top_level_has_a_floor() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*"))}
    code = {
        name
        for name in folders
        if not name.startswith((".", "__")) and not name.endswith("egg-info")
    }

    assert code - NO_CODE - set(TOP) == set()


def test_imports_point_down_only() -> None:
    height = {name: level for level, floor in enumerate(FLOORS) for name in floor}
    up = [
        (importer, imported)
        for importer, others in imports().items()
        for imported in others
        if (above := importer.partition(".")[0]) != (below := imported.partition(".")[0])
        and height[above] >= height[below]
    ]

    assert up == []


def test_the_floors_of_the_contract_are_these() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["name"] == "Imports point down")

    # import-linter reads packages alone, and the worker's door is a single file
    assert [{name.strip() for name in layer.split("|")} for layer in layers] == [
        set(floor) - {"worker"} for floor in FLOORS
    ]


def test_every_tool_looks_at_every_folder() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    code = set(TOP)
    lists: Mapping[str, tuple[list[str], set[str]]] = {
        # what is measured and what is tested is not delivered, and a door is no package
        "hatch": (
            tools["hatch"]["build"]["targets"]["wheel"]["packages"],
            code - {"bench", "worker"},
        ),
        "importlinter": (tools["importlinter"]["root_packages"], code - {"worker"}),
        "mypy": (tools["mypy"]["files"], code | {"tests"}),
        "vulture": (tools["vulture"]["paths"], code - {"bench"}),
    }

    assert {
        tool: folders
        for tool, (folders, expected) in lists.items()
        if sorted(one.removesuffix(".py") for one in folders) != sorted(expected)
    } == {}


def test_channels_do_not_know_each_other() -> None:
    assert acquainted(imports()) == []


def test_a_channel_that_knows_another_is_found() -> None:
    graph = {f"{CHANNELS}sms.twilio": frozenset({f"{CHANNELS}email.mime", f"{CHANNELS}port"})}

    assert acquainted(graph) == [("sms", "email")]


def test_compose_alone_opens_providers() -> None:
    assert openers(imports()) == []


def test_an_operation_that_opens_a_provider_is_found() -> None:
    provider = f"{CHANNELS}sms.provider"
    graph = {
        "compose.providers": frozenset({provider}),
        f"{CHANNELS}sms.account": frozenset({provider}),
        "operations.doctor": frozenset({provider, f"{CHANNELS}port"}),
        f"{CHANNELS}letters": frozenset({f"{CHANNELS}email.smtp"}),
    }

    assert openers(graph) == [
        (f"{CHANNELS}letters", f"{CHANNELS}email.smtp"),
        ("operations.doctor", provider),
    ]


def openers(graph: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """Who imports the module of a provider, beside `compose` and the package it stands in."""
    return sorted(
        (importer, imported)
        for importer, others in graph.items()
        for imported in others
        if _is_provider(imported)
        and not importer.startswith(("compose.", f"{imported.rpartition('.')[0]}."))
    )


def _is_provider(module: str) -> bool:
    return module == f"{CHANNELS}email.smtp" or (
        module.startswith(CHANNELS) and module.endswith(".provider")
    )


def acquainted(graph: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """The pairs of channels of which one imports the other; what they share is no channel."""
    channels = {path.name for path in (ROOT / "activities" / "channels").iterdir() if path.is_dir()}
    known = (channels | {"sms", "email"}) - {"rendering", "__pycache__"}
    pairs = {
        (
            importer.removeprefix(CHANNELS).partition(".")[0],
            imported.removeprefix(CHANNELS).partition(".")[0],
        )
        for importer, others in graph.items()
        for imported in others
        if importer.startswith(CHANNELS) and imported.startswith(CHANNELS)
    }
    return sorted((one, other) for one, other in pairs if one != other and {one, other} <= known)


def test_no_room_holds_more_than_a_quarter_of_the_code() -> None:
    total = sum(one.lines for one in modules().values())
    sizes: Counter[str] = Counter()
    for one in modules().values():
        parts = one.name.split(".")
        if len(parts) > 1:
            sizes[".".join(parts[:2])] += one.lines

    assert [(room, lines) for room, lines in sizes.items() if lines > total * LARGEST_SHARE] == []


def test_no_room_holds_much_more_than_a_dozen_modules() -> None:
    held: Counter[str] = Counter()
    for one in modules().values():
        if not one.is_package and "." in one.name:
            held[one.name.rpartition(".")[0]] += 1

    assert {room: count for room, count in held.items() if count > MOST_MODULES} == {}


def test_the_drawing_in_the_documentation_is_of_this_code() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert BEGIN in page
    assert drawn() in page, "run: python -m tests.house.floors"
