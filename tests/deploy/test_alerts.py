import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import process.counts
import web.api.metrics
from tests.paths import ROOT

COUNTED = (process.counts, web.api.metrics)  # importing them registers what they count
ALERTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())[
    "groups"
][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/purna.json").read_text())
PANELS = [target["expr"] for one in DASHBOARD["panels"] for target in one.get("targets", [])]
QUERIES = [*PANELS, *(alert["expr"] for alert in ALERTS)]
# What a metric's series are called, by its kind.
ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SERVED = {
    metric.name + ending: metric.name
    for metric in REGISTRY.collect()
    if metric.name.startswith("purna_")
    for ending in ENDINGS.get(metric.type, ())
}


def documented() -> dict[str, set[str]]:
    """The metrics that the page for operators lists, with their labels."""
    page = (ROOT / "docs/operations.md").read_text()
    lines = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `purna_")]
    found = re.findall(r"`(purna_[a-z_]+)(?:\{([a-z,]+)\})?`", " ".join(lines))
    return {name: set(filter(None, labels.split(","))) for name, labels in found}


def test_the_page_for_operators_lists_exactly_what_is_served() -> None:
    assert {SERVED.get(name, name) for name in documented()} == set(SERVED.values())


@pytest.mark.parametrize("query", QUERIES)
def test_each_metric_that_is_asked_for_is_served(query: str) -> None:
    named = set(re.findall(r"purna_[a-z_]+", query))

    assert named
    assert named <= set(SERVED)


@pytest.mark.parametrize("query", QUERIES)
def test_each_label_that_is_asked_for_is_one_of_the_metric(query: str) -> None:
    known = {"instance", "le"}
    for name in re.findall(r"purna_[a-z_]+", query):
        known |= documented().get(name, set()) | documented().get(SERVED[name], set())
    chosen = re.findall(r"([a-z]+)(?:=~|!=|=)\"", query)
    grouped = ",".join(re.findall(r"by \(([a-z, ]+)\)", query))

    assert {*chosen, *grouped.replace(" ", "").split(",")} - {""} <= known


def test_every_metric_stands_on_the_dashboard() -> None:
    asked = set(re.findall(r"purna_[a-z_]+", " ".join(PANELS)))

    assert {SERVED[name] for name in asked} == set(SERVED.values())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_each_alert_says_what_is_wrong_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert all(alert["annotations"][key].endswith(".") for key in ("summary", "todo"))


def test_panels_do_not_lie_on_each_other_and_have_ids_of_their_own() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    taken = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(taken) == len(set(taken))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
