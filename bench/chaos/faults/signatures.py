"""Senders who sign: forged, missing, old and rotated signatures, and headers that are none."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import SECRETS
from bench.chaos.stories import RawEvent
from local.rehearsal.event_post import AS_EVENT

_STRANGER = b"somebody else's key"
_OLD = timedelta(minutes=6)
_FUZZED = 200  # requests


@case("F14", "forged, missing, old and rotated signatures, and headers that are none")
async def forged(scene: CaseScene) -> CaseResult:
    """What is signed by either secret is taken in; of everything else nothing is, and nothing is
    answered with 5xx.
    """
    good, bad, why = [], [], []
    for number in range(scene.orders):
        order, now = scene.order(), datetime.now(UTC)
        event = {
            **order.event("shipment.delivered", now - timedelta(minutes=1)),
            "source": "signed",
        }
        key = base64.b64decode(SECRETS[number % len(SECRETS)].removeprefix("whsec_"))
        good.append(await _answered(scene, event, _signed(event, key, now)))
        spoilt = {**event, "id": f"{event['id']}-forged", "type": "order.cancelled"}
        bad += [await _answered(scene, spoilt, headers) for headers in _forgeries(spoilt, key, now)]
    bad += [
        await _answered(scene, {**event, "id": f"{event['id']}-fuzzed"}, _noise(scene))
        for _ in range(_FUZZED)
    ]
    if set(good) != {httpx.codes.ACCEPTED}:
        why.append(f"signed events were answered {sorted(set(good))}")
    if set(bad) != {httpx.codes.UNAUTHORIZED}:
        why.append(f"forgeries were answered {sorted(set(bad))}")
    kept = await scene.rows(
        "select id from events where id like %s or id like %s", "%-forged", "%-fuzzed"
    )
    why += [f"{len(kept)} forgeries were kept"] if kept else []
    return await scene.verdict(ChaosLimits(excuses=LATE), why=why)


def _forgeries(event: RawEvent, key: bytes, now: datetime) -> list[Mapping[str, str]]:
    """Every way of not having signed this event just now."""
    good = _signed(event, key, now)
    return [
        _signed(event, _STRANGER, now),
        _signed({**event, "type": "order.placed"}, key, now),
        _signed(event, key, now - _OLD),
        _signed(event, key, now + _OLD),
        {**good, "webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)},
        {**good, "webhook-id": "another"},
        {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")},
        *({name: value for name, value in good.items() if name != missing} for missing in good),
        {},
    ]


def _signed(event: RawEvent, key: bytes, at: datetime) -> dict[str, str]:
    """Headers as Standard Webhooks ask for."""
    number, moment = event["id"], str(int(at.timestamp()))
    content = b".".join((number.encode(), moment.encode(), _body(event)))
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": number,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
    }


def _noise(scene: CaseScene) -> dict[str, str]:
    """Headers of printable rubbish."""

    def word() -> str:
        return "".join(
            chr(scene.chance.randrange(33, 127)) for _ in range(scene.chance.randrange(60))
        )

    return {name: word() for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}


def _body(event: RawEvent) -> bytes:
    return json.dumps(event).encode()


async def _answered(scene: CaseScene, event: RawEvent, headers: Mapping[str, str]) -> int:
    """The status; of what is accepted the scene is told."""
    answer = await scene.site.clients.api.post(
        "/sources/signed", content=_body(event), headers={**AS_EVENT, **headers}
    )
    if answer.status_code == httpx.codes.ACCEPTED:
        scene.accepted[event["id"]] = datetime.now(UTC)
    return answer.status_code
