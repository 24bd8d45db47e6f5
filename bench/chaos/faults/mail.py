"""A mail server that misbehaves, is away, or knows nobody of that name."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.faulty_smtp import SmtpFault, mixed
from bench.chaos.limits import ChaosLimits
from bench.chaos.means.guarded_smtp import guarded_smtp
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from engine.decisions.reason import Reason

_AWAY = timedelta(minutes=30)
_MENDED_WITHIN = 60.0  # seconds
_SHARES = {
    SmtpFault.GREETING_421: 0.10,
    SmtpFault.RCPT_451: 0.05,
    SmtpFault.HANG_AFTER_DOT: 0.025,
    SmtpFault.TAKE_AND_HANG: 0.025,
    SmtpFault.TAKE_AND_DROP: 0.05,
    SmtpFault.DROP_MID_DATA: 0.05,
}


@case("F4", "SMTP: 10 % 421, 5 % 451, 5 % hang, 5 % accept-then-die, 5 % die mid-DATA")
async def mail_server_misbehaves(scene: CaseScene) -> CaseResult:
    """Essential messages are sent once more, courtesies never; whatever nobody can
    know is listed.
    """
    smtp = scene.site.smtp
    await smtp.drop_all()  # so that greetings are among what goes wrong
    before = len(smtp.struck)
    smtp.faults = mixed(scene.chance.randrange(2**32), _SHARES)
    await scene.live()
    scene.calm()
    scene.over()
    why = [] if len(smtp.struck) > before else ["no fault struck: the case proves nothing"]
    return await scene.verdict(ChaosLimits(uncertain=1.0, excuses=LATE), why=why)


@case("F5", "SMTP is down for thirty minutes")
async def mail_server_away(scene: CaseScene) -> CaseResult:
    """On the journeys' own clocks; news are stale after ten minutes, everything else is sent
    afterwards.
    """
    now = datetime.now(UTC)
    orders = [
        scene.order() for _ in range(max(scene.orders // 20, 2))
    ]  # each is tried for hundreds of times
    await scene.site.smtp.stop()
    for order in orders:
        await scene.post(order.event("order.cancelled", now), order.event("order.changed", now))
    await asyncio.sleep(2)
    await scene.skip(_AWAY)
    await scene.site.smtp.start()
    until = datetime.now(UTC) + _AWAY
    await scene.settled(until)
    expired = Counter(row.reason for row in await scene.ledger() if row.state == "dropped")
    stale = [one.recipient for one in scene.taken() if one.subject.startswith("news")]
    why = (
        []
        if expired == {Reason.EXPIRED: len(orders)}
        else [f"dropped: {dict(expired)}, not {len(orders)} expired"]
    )
    return await scene.verdict(
        ChaosLimits(excuses=frozenset({Reason.EXPIRED})), why=why, forbidden=stale, until=until
    )


@case("F6", "550 5.1.1: nobody of that name")
async def nobody_of_that_name(scene: CaseScene) -> CaseResult:
    """Asked for once, never again; what comes later is skipped with the reason."""
    smtp, now = scene.site.smtp, datetime.now(UTC)
    orders = [scene.order() for _ in range(max(scene.orders // 4, 4))]
    dead, alive = orders[::2], orders[1::2]
    smtp.faults = mixed(0, {SmtpFault.RCPT_550_UNKNOWN: 1.0})
    await asyncio.gather(
        *(scene.post(one.event("order.cancelled", now - timedelta(hours=1))) for one in dead)
    )
    await scene.settled()
    scene.calm()
    for order in orders:
        await scene.post(order.event("shipment.delivered", now), order.gold(now))
    await scene.settled()
    asked = Counter(command for command in smtp.commands if command.startswith("RCPT"))
    again = [one.address for one in dead if asked[f"RCPT TO:<{one.address}>"] != 1]
    told = [one.address for one in alive if asked[f"RCPT TO:<{one.address}>"] < 1]
    skipped = Counter(row.reason for row in await scene.ledger() if row.state == "dropped")
    why = [
        *(f"{one} was asked for again" for one in again),
        *(f"{one} was never asked for" for one in told),
    ]
    if skipped != {Reason.NO_CHANNEL: 2 * len(dead)}:
        why.append(f"skipped: {dict(skipped)}, not {2 * len(dead)} for want of a channel")
    excuses = frozenset({Reason.REFUSED, Reason.NO_CHANNEL})
    return await scene.verdict(
        ChaosLimits(excuses=excuses),
        why=why,
        forbidden=[one.address for one in dead if _got(scene, one.address)],
    )


@case("F40", "the mail server refuses our login, then shows an expired certificate; each mended")
async def nobody_lets_us_in(scene: CaseScene) -> CaseResult:
    """Nothing leaves meanwhile; everything leaves within a minute of each mend, by itself."""
    why: list[str] = []
    async with guarded_smtp(scene.site) as guard:
        for name, wrong in (("login", guard.wrong_login), ("certificate", guard.expired)):
            before = len(scene.taken())
            async with wrong():
                await scene.live(orders=max(scene.orders // 2, 1))
                if len(scene.taken()) > before:
                    why.append(f"mails left in spite of the {name}: the case proves nothing")
            scene.over()
            if not await scene.settled(within=_MENDED_WITHIN):
                why.append(f"not everything had left a minute after the {name} was mended")
        limits = ChaosLimits(excuses=LATE, recovers_within=_MENDED_WITHIN)
        return await scene.verdict(limits, why=why)


def _got(scene: CaseScene, address: str) -> bool:
    return any(one.recipient == address for one in scene.taken())
