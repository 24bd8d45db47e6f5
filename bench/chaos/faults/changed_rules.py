"""Rules that are broken, or that change while journeys wait under the old ones."""

import asyncio
import os
import re
import shutil
import sys
import time
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.worker import Replayer

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import ROOT, RULES
from engine.decisions.reason import Reason
from operations.rules.check import sound_rules
from workflows.registry import WORKFLOWS, runner

_FILE = Path("journeys") / "orders.yaml"
_PLACE = re.compile(r"journeys/orders\.yaml:\d+:\d+")
_PUBLISH = "import sys; from cli.main import main; sys.exit(main())"
_AT_MOST = 20.0  # seconds; a bomb would take for ever
_WAITING = 500
_WEEK = timedelta(days=7)


@case("F10", "rules are reloaded truncated, with tabs, keys twice, objects, an alias bomb, 5 MB")
async def broken_rules(scene: CaseScene) -> CaseResult:
    """Each is refused with the place, the last good ruleset stays, and orders go on."""
    before = (await scene.site.clients.store.rulesets.active()).revision
    text = (RULES / _FILE).read_text()
    why: list[str] = []

    async def published() -> None:
        for name, broken in _broken(text).items():
            if said := await _refused(scene, name, broken):
                why.append(said)

    await asyncio.gather(published(), scene.live(rate=2, orders=max(scene.orders // 4, 3)))
    if (await scene.site.clients.store.rulesets.active()).revision != before:
        why.append("another ruleset is active")
    return await scene.verdict(ChaosLimits(excuses=LATE), why=why)


@case("F11", "rules are edited while 500 journeys wait")
async def edited_rules(scene: CaseScene) -> CaseResult:
    """Their histories replay, nothing is said again, and what is due speaks in the new words."""
    now = datetime.now(UTC)
    orders = [scene.order() for _ in range(min(scene.orders, _WAITING))]
    stories = (
        [one.consent(now - _WEEK), one.event("order.confirmed", now - _WEEK), one.delivered(now)]
        for one in orders
    )
    await asyncio.gather(*(scene.post(*story) for story in stories))
    await scene.settled()
    new = scene.site.parts.home / "edited"
    await asyncio.to_thread(_edit, new)
    try:
        await scene.site.clients.store.rulesets.publish(
            sound_rules(new, datetime.now(UTC).date(), otherwise="nothing was published"),
            "chaos",
            "edited",
            datetime.now(UTC),
        )
        again = ({**one.delivered(now), "id": f"{scene.shop}-{one.number}-again"} for one in orders)
        await asyncio.gather(*(scene.post(event) for event in again))
        await scene.settled()
        why = [
            said
            for one in orders
            if (said := await _replays(scene, f"order:{scene.shop}/{one.number}"))
        ]
        await scene.skip(_WEEK)
        until = datetime.now(UTC) + _WEEK
        await scene.settled(until)
        old = [one.recipient for one in scene.taken() if one.subject.startswith("review_request")]
        return await scene.verdict(
            ChaosLimits(excuses=frozenset({Reason.ALREADY_DONE})),
            why=why,
            forbidden=old,
            until=until,
        )
    finally:
        await scene.site.clients.store.rulesets.publish(
            scene.site.parts.ruleset, "chaos", "as it was", datetime.now(UTC)
        )


def _broken(text: str) -> Mapping[str, str]:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 12)
    )
    return {
        "truncated": text[: len(text) // 2] + ' "',
        "tabs": text.replace("    when:", "\twhen:"),
        "a key twice": text.replace(
            "    when: shipment.shipped\n", "    when: shipment.shipped\n" * 2
        ),
        "an object": text.replace("version: 1", "version: !!python/object/apply:os.system [exit]"),
        "an alias bomb": bomb + text,
        "five megabytes": text + "# " + "x" * 5_000_000 + "\n",
    }


async def _refused(scene: CaseScene, name: str, broken: str) -> str | None:
    """What was wrong with how a folder with this file was refused."""
    folder = scene.site.parts.home / name.replace(" ", "-")
    await asyncio.to_thread(shutil.copytree, RULES, folder, dirs_exist_ok=True)
    (folder / _FILE).write_text(broken)
    command = (
        sys.executable,
        "-c",
        _PUBLISH,
        "publish",
        str(folder),
        "--yes",
        "--home",
        str(scene.site.parts.home),
    )
    environ = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *command, stdout=PIPE, stderr=STDOUT, env=environ
    )
    try:
        async with asyncio.timeout(_AT_MOST):
            told = (await process.communicate())[0].decode()
    except TimeoutError:
        process.kill()
        await process.wait()
        return f"{name}: no answer within {_AT_MOST:g} s"
    if process.returncode != 1 or not _PLACE.search(told):
        return (
            f"{name}: exit code {process.returncode} after {time.monotonic() - began:.1f} s, "
            f"said {told[:200]!r}"
        )
    return None


def _edit(folder: Path) -> None:
    """Another wording, another condition, a rule less, a rule more."""
    shutil.copytree(RULES, folder, dirs_exist_ok=True)
    template = folder / "templates" / "en" / "review_request.md"
    template.write_text(template.read_text().replace("review_request", "reworded"))
    text = (
        (folder / _FILE)
        .read_text()
        .replace("if: order.returned = false", "if: [order.returned = false, order.parcels <= 3]")
    )
    without = re.sub(r"  - id: thanks\n(?:    .*\n)+", "", text)
    (folder / _FILE).write_text(
        without
        + (
            "\n  - id: again\n    when: shipment.delivered\n"
            "    do: [{send: delivered, by: email, category: delivery}]\n"
        )
    )


async def _replays(scene: CaseScene, journey: str) -> str | None:
    history = await scene.site.clients.temporal.get_workflow_handle(journey).fetch_history()
    try:
        await Replayer(workflows=WORKFLOWS, workflow_runner=runner()).replay_workflow(history)
    except Exception as failure:  # noqa: BLE001  # whatever it is, it would stop the journey
        return f"{journey} does not replay: {failure}"
    return None
