"""The JSON Schemas for editors, one for each kind of file, made from the forms that their readers
use.

Draft 7, which yaml-language-server reads.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from engine.language.folder.answer_keys import AnswersFile
from engine.language.folder.catalog_keys import CatalogFile
from engine.language.folder.source_keys import SourceKeys
from engine.language.forms import Form, Schema
from engine.language.journeys.rule_keys import JourneyFile, RuleKeys
from engine.language.known import Known
from engine.language.policies.policy_keys import PoliciesFile
from engine.language.schemas.definitions import definitions, used
from engine.language.schemas.verb_schemas import action_schema, story_definitions
from engine.language.stories.story_keys import ScenarioFile

_DRAFT = "http://json-schema.org/draft-07/schema#"


class FileKind(NamedTuple):
    """A kind of file: its title, its form, and the files it is for, as editors match them."""

    title: str
    form: type[Form]
    files: str


# By the words of `purna schema`.
KINDS: Mapping[str, FileKind] = {
    "journeys": FileKind("Rules of Purna", JourneyFile, "journeys/*[!t].yaml"),
    "answers": FileKind("Answers of Purna", AnswersFile, "answers.yaml"),
    "policies": FileKind("Policies of Purna", PoliciesFile, "policies.yaml"),
    "catalog": FileKind("The catalog of a shop", CatalogFile, "catalog.yaml"),
    "sources": FileKind("A source of Purna", SourceKeys, "sources/*.yaml"),
    "tests": FileKind("Tests of rules", ScenarioFile, "*.test.yaml"),
}


def schema_of(kind: str, known: Known, rules: Collection[str] = ()) -> Schema:
    """The schema of a kind of file in the folder from which `known` was read; `rules` are the ids
    of its rules.
    """
    title, form, _ = KINDS[kind]
    schema = form.schema()
    among = definitions(known, rules) | story_definitions(known.catalog)
    among |= {"rule": RuleKeys.schema(), "action": action_schema(known)}
    return {"$schema": _DRAFT, **schema, "title": title, "definitions": used(schema, among)}
