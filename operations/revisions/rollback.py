"""Rolling back: an earlier revision becomes the active one again, everywhere at once."""

from collections.abc import Sequence

from engine.conditions.problems import InvalidRuleset
from engine.language.known import Actions
from engine.language.reader import read_published
from operations.cannot_run import CannotRun, Findings
from operations.revisions.authorship import Authorship
from operations.revisions.rulesets import ActivatedRevision, activated, meant_by
from store.ports import Store
from store.records.activations import Activation, Superseded, TooOld


async def rollback(
    store: Store, wanted: str | None, actions: Actions, by: Authorship
) -> ActivatedRevision:
    """Activate the revision that is meant (None: the one before); `actions` are those that rules
    may call here.

    Raises `CannotRun` if no revision, or more than one, is meant, or another one was made active
    meanwhile, and `Findings` if it cannot be used here any more; then nothing changes.
    """
    known = await store.rulesets.activations()
    revision = meant(known, wanted)
    await _check(store, revision, actions)
    activation = Activation(revision, by.author, by.reason or "rollback", by.at, is_rollback=True)
    try:
        await store.rulesets.activate(activation, known[0].revision)
    except Superseded as other:
        raise CannotRun(
            f"{other.active} was made active meanwhile: look again at `purna rulesets`;"
            " nothing was changed"
        ) from None
    return activated(activation, is_active=True)


def meant(known: Sequence[Activation], wanted: str | None) -> str:
    """The revision to go back to: the one before, or the only one that begins so.

    `known` are all activations, the last one first.
    """
    if not known:
        raise CannotRun("nothing has been published yet")
    found = [meant_by([one.revision for one in known], wanted)] if wanted else before(known)
    if not found:
        raise CannotRun("there is no revision to go back to")
    if found[0] == known[0].revision:
        raise CannotRun(f"{found[0]} is the active revision")
    return found[0]


def before(known: Sequence[Activation]) -> list[str]:
    """The revision that was left when the active one was published; none before the first.

    Who goes back undoes what was published since, and who goes back once more goes further back.
    """
    standing: list[str] = []
    for one in reversed(known):
        if one.is_rollback and one.revision in standing:
            while standing[-1] != one.revision:
                standing.pop()
        elif standing[-1:] != [one.revision]:
            standing.append(one.revision)
    return standing[-2:-1]


async def _check(store: Store, revision: str, actions: Actions) -> None:
    """What was fine once may not be any more: an action may be gone, or this program older than the
    rules.
    """
    try:
        ruleset = await store.rulesets.revision(revision)
        if ruleset is None:
            raise CannotRun(f"the files of {revision} are gone")
        read_published(ruleset.files, actions)
    except (InvalidRuleset, TooOld) as problem:
        raise Findings(
            f"{problem}\n{revision} cannot be used any more; nothing was changed"
        ) from None
