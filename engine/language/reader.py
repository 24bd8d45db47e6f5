"""Reads a folder of rules, given as a mapping from path to content, into a ruleset, or tells every
mistake in it.
"""

import hashlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from engine.catalog.catalog import builtin
from engine.catalog.channels import CHANNELS
from engine.conditions.condition import Position
from engine.conditions.problems import InvalidRuleset, Problem, Problems, describe, unknown
from engine.language.folder.answers_file import answer_nodes, read_answers, read_shapes, said_by
from engine.language.folder.catalog_file import read_catalog
from engine.language.folder.segments import check_circles, read_segments, segment_nodes
from engine.language.folder.source_files import read_sources
from engine.language.folder.template_parts import FOOTER, read_template
from engine.language.folder.template_parts import PATH as TEMPLATE
from engine.language.ignore_comments import not_ignored
from engine.language.journeys.rule_files import read_rules, rule_ids
from engine.language.known import Actions, Known, ParameterSpec, Signature, TemplateChannels
from engine.language.nodes import Node, decoded, read_nodes
from engine.language.policies.attachments import with_attachments
from engine.language.policies.groups import check_groups, read_breakers
from engine.language.policies.policies_file import read_policies
from engine.rules.policies import Policies
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset

__all__ = [
    "InvalidRuleset",
    "ParameterSpec",
    "Reading",
    "Signature",
    "describe",
    "read_folder",
    "read_known",
    "read_published",
    "read_ruleset",
]

_FILES = ("answers.yaml", "catalog.yaml", "policies.yaml")
# Files that say what others may name.
_NAMING = frozenset({"answers.yaml", "catalog.yaml"})
_SUFFIXES = (".yaml", ".yml", ".md", ".html")

Files = Mapping[str, str | bytes]
Nodes = Mapping[str, Node | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to read in a folder, and its doubts: findings that a comment may ignore.

    `mistakes` keep the folder from being used; where there are any, the ruleset is what could be
    read beside them, None where that is too little to reason about.
    """

    ruleset: Ruleset | None
    doubts: tuple[Problem, ...]
    mistakes: tuple[Problem, ...] = ()


def read_published(files: Files, actions: Actions | None = None) -> Ruleset:
    """The ruleset of files that are published, as `read_ruleset`; a limit that was set since then
    does not make them unreadable.
    """
    return _standing(read_folder(files, actions, of_published=True))


def read_ruleset(files: Files, actions: Actions | None = None) -> Ruleset:
    """The ruleset of a folder; `InvalidRuleset` with all problems of all files if there are any.

    Paths are relative, with forward slashes. Tests and files of other kinds are left alone.
    `actions` are the registered calls; None leaves calls unchecked.
    """
    return _standing(read_folder(files, actions))


def _standing(reading: Reading) -> Ruleset:
    """The ruleset, if nothing keeps it from being used."""
    if reading.ruleset is None or reading.mistakes:
        raise InvalidRuleset(reading.mistakes)
    if standing := tuple(not_ignored(reading.doubts, reading.ruleset.files)):
        raise InvalidRuleset(standing)
    return reading.ruleset


def read_folder(
    files: Files, actions: Actions | None = None, *, of_published: bool = False
) -> Reading:
    """As `read_ruleset`, but mistakes are told beside what could be read, and what a comment may
    ignore does not keep the folder from being read.
    """
    problems = Problems(of_published=of_published)
    files = {path: files[path] for path in sorted(files) if _is_read(path)}
    nodes = {
        name: read_nodes(name, files[name], problems) if name in files else None for name in _FILES
    }
    known = _known(nodes, files, actions, problems)
    answers = {
        answer.name: answer
        for answer in read_answers(answer_nodes(nodes["answers.yaml"], problems), known)
    }
    segments = read_segments(segment_nodes(nodes["catalog.yaml"], problems), known)
    check_circles(answers, segments, known)
    rules, policies = _rules(files, nodes["policies.yaml"], known)
    read_sources(files, problems)
    _check_files(files, problems)
    sources = {path: decoded(path, content, Problems()) or "" for path, content in files.items()}
    mistakes = (*problems.fatal, *not_ignored(problems.doubts, sources)) if problems else ()
    if _NAMING & {one.position.file for one in problems.fatal}:
        return Reading(None, (), mistakes)
    ruleset = Ruleset(
        revision=_revision(sources),
        files=sources,
        rules=rules,
        policies=policies,
        answers=answers,
        catalog=known.catalog,
        templates=known.templates,
        segments=segments,
    )
    return Reading(ruleset, problems.doubts, mistakes)


def read_known(files: Files, actions: Actions | None = None) -> Known:
    """Everything that the rules of a folder may name, as far as it can be read; mistakes are passed
    over.
    """
    problems = Problems()
    files = {path: files[path] for path in sorted(files) if _is_read(path)}
    nodes = {
        name: read_nodes(name, files[name], problems) if name in files else None for name in _FILES
    }
    return _known(nodes, files, actions, problems)


def _known(nodes: Nodes, files: Files, actions: Actions | None, problems: Problems) -> Known:
    catalog = read_catalog(nodes["catalog.yaml"], builtin(), problems)
    policies = read_policies(nodes["policies.yaml"], catalog, problems)
    answers = answer_nodes(nodes["answers.yaml"], Problems(of_published=problems.of_published))
    shapes, templates = read_shapes(answers), _templates(files, said_by(answers), problems)
    known = Known(catalog, policies, shapes, templates, actions, problems)
    return replace(known, policies=with_attachments(nodes["policies.yaml"], known))


def _is_read(path: str) -> bool:
    return path.endswith(_SUFFIXES) and not path.endswith(".test.yaml")


def _templates(files: Files, sentences: Container[str], problems: Problems) -> TemplateChannels:
    templates: dict[str, dict[str, frozenset[str]]] = {}
    for path, content in files.items():
        if (found := TEMPLATE.fullmatch(path)) and found[2] != FOOTER:
            is_sentence = found[2] in sentences
            before = len(problems)
            parts = read_template(path, content, problems, is_sentence=is_sentence)
            if len(problems) > before:
                # Which parts it was to have nobody knows: that is one mistake, not one per rule.
                parts = frozenset(CHANNELS)
            templates.setdefault(found[2], {})[found[1]] = parts
    return templates


def _rules(files: Files, policies: Node | None, known: Known) -> tuple[dict[str, Rule], Policies]:
    """The rules of all files, and the policies with what they say about rules."""
    found: list[Rule] = []
    ids: dict[str, Position] = {}
    for path, content in files.items():
        if _is_journey(path) and (node := read_nodes(path, content, known.problems)) is not None:
            found.extend(read_rules(node, known))
            for name, place in rule_ids(node):
                if (first := ids.setdefault(name, place)) is not place:
                    known.problems.add("J06", place, f"rule {name} stands at {first} already")
    rules: dict[str, Rule] = {}
    for rule in found:
        rules.setdefault(rule.id, rule)
    _check_renamed(rules, known.problems)
    check_groups(policies, rules, ids, known)
    return rules, replace(known.policies, breakers=read_breakers(policies, rules, ids, known))


def _check_renamed(rules: Mapping[str, Rule], problems: Problems) -> None:
    former: dict[str, Rule] = {}
    for rule in rules.values():
        if rule.label.renamed_from is None:
            continue
        if rule.label.renamed_from in rules:
            problems.add(
                "J06",
                rule.position,
                f"renamed_from {rule.label.renamed_from}: there still is a rule of that id",
            )
        if (first := former.setdefault(rule.label.renamed_from, rule)) is not rule:
            problems.add(
                "J06",
                rule.position,
                f"renamed_from {rule.label.renamed_from}: {first.id} says so already",
            )


def _is_journey(path: str) -> bool:
    return path.startswith("journeys/") and path.endswith(".yaml")


def _check_files(files: Iterable[str], problems: Problems) -> None:
    """A misspelled file name must not silence what it holds."""
    for path in files:
        if path.endswith(".yml"):
            problems.add("J02", Position(path, 1, 1), "rule files end in .yaml")
        elif "/" not in path and path.endswith(".yaml") and path not in _FILES:
            problems.add(
                "J02",
                Position(path, 1, 1),
                unknown("file", path, (*_FILES, "journeys/", "sources/")),
            )
    if not any(map(_is_journey, files)):
        problems.add(
            "J03", Position("journeys/", 1, 1), "a folder of rules needs a file in journeys/"
        )


def _revision(sources: Mapping[str, str]) -> str:
    """Twelve hex digits that name the content: equal files, equal revision, however their lines
    end.
    """
    content = hashlib.sha256()
    for path, text in sorted(sources.items()):
        content.update(f"{path}\x00{text}\x00".encode())
    return content.hexdigest()[:12]
