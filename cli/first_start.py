"""What tells a first start from a later one: it needs sound rules, and its samples are played."""

from datetime import UTC, datetime
from pathlib import Path

from cli.text.installation import (
    NOT_PUBLISHED,
    NOT_STARTED,
    SAMPLES_FIRST,
    notice,
    verdict_sentence,
)
from engine.rules.ruleset import Ruleset
from local.installation import Installation
from local.rehearsal.demo.log import read_log
from local.rehearsal.demo.play import played
from operations.cannot_run import Findings
from operations.rules.check import sound_rules
from process.shipped import SAMPLES


def rules_to_start_with(rules: Path, *, is_begun: bool) -> Ruleset | Findings:
    """The rules of the folder, or the mistakes that somebody is about to mend; raised where nothing
    has begun that could go on without it.
    """
    otherwise = NOT_PUBLISHED if is_begun else NOT_STARTED
    try:
        return sound_rules(rules, datetime.now(UTC).date(), otherwise=otherwise)
    except Findings as findings:
        if not is_begun:
            raise
        return findings


async def play_samples(installation: Installation) -> None:
    """The sample orders, played on parts that run; says how they ended."""
    notice(SAMPLES_FIRST)
    verdict = await played(read_log(SAMPLES, None), installation, datetime.now(UTC))
    notice(verdict_sentence(verdict))
