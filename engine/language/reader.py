"""Reads a folder of rules, given as a mapping from path to content, into a ruleset, or tells every mistake in it."""

import hashlib
from collections.abc import Iterable, Mapping

from engine.catalog import builtin
from engine.language.answers import answer_nodes, read_answers, read_shapes
from engine.language.catalog import read_catalog
from engine.language.known import Actions, Known, ParameterSpec
from engine.language.nodes import Node, decoded, read_nodes
from engine.language.policies import read_policies
from engine.language.problems import Problems, describe, unknown
from engine.language.rules import read_rules
from engine.language.templates import FOOTER, read_template
from engine.language.templates import PATH as TEMPLATE
from engine.ruleset import InvalidRuleset, Position, Rule, Ruleset

__all__ = ["InvalidRuleset", "ParameterSpec", "describe", "read_ruleset"]

_FILES = ("answers.yaml", "catalog.yaml", "policies.yaml")
_SUFFIXES = (".yaml", ".yml", ".md", ".html")

Files = Mapping[str, str | bytes]


def read_ruleset(files: Files, actions: Actions | None = None) -> Ruleset:
    """The ruleset of a folder; `InvalidRuleset` with all problems of all files if there are any.

    Paths are relative, with forward slashes. Tests and files of other kinds are left alone. `actions` are the
    registered calls; None leaves calls unchecked.
    """
    problems = Problems()
    files = {path: files[path] for path in sorted(files) if _is_read(path)}
    known, answer_files = _known(files, actions, problems)
    answers = {answer.name: answer for answer in read_answers(answer_files, known)}
    rules = _rules(files, known)
    _check_files(files, problems)
    if problems:
        raise InvalidRuleset(tuple(problems))
    sources = {path: decoded(path, content, problems) or "" for path, content in files.items()}
    return Ruleset(_revision(sources), sources, rules, known.policies, answers, known.catalog, known.templates)


def _known(files: Files, actions: Actions | None, problems: Problems) -> tuple[Known, dict[str, Node]]:
    nodes = {name: read_nodes(name, files[name], problems) if name in files else None for name in _FILES}
    catalog = read_catalog(nodes["catalog.yaml"], builtin(), problems)
    policies = read_policies(nodes["policies.yaml"], catalog, problems)
    answers = answer_nodes(nodes["answers.yaml"], problems)
    shapes, templates = read_shapes(answers), _templates(files, problems)
    return Known(catalog, policies, shapes, templates, actions, problems), answers


def _is_read(path: str) -> bool:
    return path.endswith(_SUFFIXES) and not path.endswith(".test.yaml")


def _templates(files: Files, problems: Problems) -> dict[str, dict[str, frozenset[str]]]:
    templates: dict[str, dict[str, frozenset[str]]] = {}
    for path, content in files.items():
        if (found := TEMPLATE.fullmatch(path)) and found[2] != FOOTER:
            templates.setdefault(found[2], {})[found[1]] = read_template(path, content, problems)
    return templates


def _rules(files: Files, known: Known) -> dict[str, Rule]:
    found: list[Rule] = []
    for path, content in files.items():
        if _is_journey(path) and (node := read_nodes(path, content, known.problems)) is not None:
            found.extend(read_rules(node, known))
    rules: dict[str, Rule] = {}
    for rule in found:
        if (first := rules.setdefault(rule.id, rule)) is not rule:
            known.problems.add("J06", rule.position, f"rule {rule.id} stands at {first.position} already")
    _check_renamed(rules, known.problems)
    return rules


def _check_renamed(rules: Mapping[str, Rule], problems: Problems) -> None:
    former: dict[str, Rule] = {}
    for rule in rules.values():
        if rule.renamed_from is None:
            continue
        if rule.renamed_from in rules:
            problems.add("J06", rule.position, f"renamed_from {rule.renamed_from}: there still is a rule of that id")
        if (first := former.setdefault(rule.renamed_from, rule)) is not rule:
            problems.add("J06", rule.position, f"renamed_from {rule.renamed_from}: {first.id} says so already")


def _is_journey(path: str) -> bool:
    return path.startswith("journeys/") and path.endswith(".yaml")


def _check_files(files: Iterable[str], problems: Problems) -> None:
    """A misspelled file name must not silence what it holds."""
    for path in files:
        if path.endswith(".yml"):
            problems.add("J02", Position(path, 1, 1), "rule files end in .yaml")
        elif "/" not in path and path.endswith(".yaml") and path not in _FILES:
            problems.add("J02", Position(path, 1, 1), unknown("file", path, (*_FILES, "journeys/")))
    if not any(map(_is_journey, files)):
        problems.add("J03", Position("journeys/", 1, 1), "a folder of rules needs a file in journeys/")


def _revision(sources: Mapping[str, str]) -> str:
    """Twelve hex digits that name the content: equal files, equal revision, however their lines end."""
    content = hashlib.sha256()
    for path, text in sorted(sources.items()):
        content.update(f"{path}\x00{text}\x00".encode())
    return content.hexdigest()[:12]
