"""What the answers of two stores are compared by."""

from dataclasses import replace
from typing import Any

from engine.facts.state import State, cells_in, known_things, value_in
from engine.facts.subjects import Subjects
from engine.sending.question import Question


def comparable(answer: Any) -> Any:
    """An answer without what only one of the stores needs to know."""
    if not hasattr(answer, "question"):
        return answer
    return answer.verdict, _asked(answer.question) if answer.question else None


def _asked(question: Question) -> Any:
    rivals = [
        (one.effect.key, _read(one.subjects), one.resolved.revision) for one in question.rivals
    ]
    sent = sorted((one.category, str(one.at)) for one in question.sent)
    silences = {silence.key for silence in question.silences}
    carried = [(one.effect, _read(one.subjects), one.resolved.revision) for one in question.carried]
    about = question.effect, question.ruleset.revision, _read(question.subjects), question.history
    return (*about, silences, sent, rivals, carried)


def _read(subjects: Subjects) -> Subjects:
    """With the scans that can be asked about: those of carriers that a parcel names."""
    states = [one for one in (subjects.order, subjects.customer) if one is not None]
    named = {carrier for state in states for carrier in _carriers(state)}
    return replace(subjects, scans={one: at for one, at in subjects.scans.items() if one in named})


def _carriers(state: State) -> set[Any]:
    parcels = map(cells_in, known_things(state, "shipment").values())
    return {value_in(cells["shipment.carrier"]) for cells in parcels if "shipment.carrier" in cells}
