"""sources/NAME.yaml: three lines for a known sender, a few more for any other, and no secret in
either.
"""

from datetime import timedelta

import pytest

from engine.language.folder.source_files import sources_of
from engine.language.reader import read_ruleset
from engine.sources.schemes import SCHEMES, HeaderPlace, Scheme, Source
from tests.engine.language.folders import a_folder, problems_of

SHOPIFY = "version: 1\nscheme: shopify\nsecret: SHOP\n"
SPELLED = """\
version: 1
secret: CARRIER
tolerance: 10 minutes
scheme:
  header: X-Signature
  encoding: hex
  signs: id.ts.body
  item: v2
  timestamp: {item: t}
  id: {header: X-Id}
  secret: nfkd
"""


def source_of(text: str) -> Source:
    (source,) = sources_of(
        read_ruleset(a_folder() | {"sources/our-shop.yaml": text}).files
    ).values()
    return source


def problem_of(text: str, path: str = "sources/our-shop.yaml") -> str:
    (problem,) = problems_of(a_folder() | {path: text})
    return problem


def scheme_problem(*lines: str) -> str:
    told = ["version: 1", "secret: A", "scheme:", *(f"  {line}" for line in lines)]
    return problem_of("\n".join(told)).removeprefix("sources/our-shop.yaml:")


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_a_known_sender_takes_three_lines(name: str) -> None:
    source = source_of(f"version: 1\nscheme: {name}\nsecret: SHOP_1\n")
    assert source == Source("our-shop", SCHEMES[name], "SHOP_1", timedelta(minutes=5))


def test_any_other_way_to_sign_is_spelled_out() -> None:
    scheme = Scheme(
        "X-Signature",
        "hex",
        "id.ts.body",
        item="v2",
        timestamp=HeaderPlace(item="t"),
        id=HeaderPlace("X-Id"),
        secret="nfkd",
    )
    assert source_of(SPELLED) == Source("our-shop", scheme, "CARRIER", timedelta(minutes=10))


def test_a_source_is_part_of_the_revision() -> None:
    revisions = {
        read_ruleset(a_folder() | files).revision
        for files in (
            {},
            {"sources/a.yaml": SHOPIFY},
            {"sources/a.yaml": SHOPIFY.replace("SHOP", "B")},
        )
    }
    assert len(revisions) == 3


def test_a_folder_without_sources_has_none() -> None:
    assert sources_of(read_ruleset(a_folder()).files) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "version: 1\nscheme: shopfy\nsecret: A\n",
            "2:9: unknown scheme shopfy, did you mean shopify? [J09]",
        ),
        ("version: 1\nscheme: shopify\n", "1:1: a source needs secret [J03]"),
        ("version: 1\nsecret: A\n", "1:1: a source needs scheme [J03]"),
        (
            f"{SHOPIFY}tolerance: 5 minutes\n",
            "4:1: tolerance is for schemes that sign a time [J02]",
        ),
        (
            "version: 1\nscheme: stripe\nsecret: A\ntolerance: 2 days\n",
            "4:12: tolerance is more than nothing, at most a day [J09]",
        ),
        (
            "version: 1\nscheme: stripe\nsecret: A\ntolerance: 0 minutes\n",
            "4:12: tolerance is more than nothing",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, problem: str) -> None:
    assert problem_of(text).startswith(f"sources/our-shop.yaml:{problem}")


@pytest.mark.parametrize(
    "secret", ["whsec_c2VjcmV0", "geheim", "12345", "[A]", "SHOP_FILE", "SHOP A"]
)
def test_a_secret_itself_is_refused_and_not_repeated(secret: str) -> None:
    problem = problem_of(f"version: 1\nscheme: shopify\nsecret: {secret}\n")
    assert problem.startswith("sources/our-shop.yaml:3:9: secret is a name in capitals")
    assert secret not in problem.replace("PURNA_SOURCE_SHOP", "")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("header: X-A",), "4:3: a scheme needs encoding [J03]"),
        (
            ("header: X A", "encoding: hex"),
            "4:11: header is a header such as X-Signature, not X A [J09]",
        ),
        (("header: A", "encoding: hexa"), "5:13: unknown encoding hexa, did you mean hex? [J09]"),
        (
            ("header: A", "encoding: hex", "signs: ts.body"),
            "4:3: signs: ts.body needs timestamp, where its ts stands",
        ),
        (
            ("header: A", "encoding: hex", "id: {item: a}"),
            "6:3: id is not signed by `signs: body`, so that it proves",
        ),
        (
            ("header: A", "encoding: hex", "item: a", "prefix: b"),
            "7:3: item or prefix, not both [J02]",
        ),
        (("header: A", "encoding: hex", "ping: a"), "6:3: unknown key ping"),
        (
            ("header: A", "encoding: hex", "signs: ts.body", "timestamp: {}"),
            "7:14: timestamp is {header: …} or {item: …}",
        ),
    ],
)
def test_a_scheme_that_proves_nothing_is_refused(lines: tuple[str, ...], problem: str) -> None:
    assert scheme_problem(*lines).startswith(problem)


@pytest.mark.parametrize("name", ["Our Shop", "our_shop", "deep/shop", ""])
def test_the_file_names_the_source(name: str) -> None:
    path = f"sources/{name}.yaml"
    assert problem_of(SHOPIFY, path).startswith(f"{path}:1:1: {path} names the source")


def test_a_source_in_another_suffix_is_not_silently_left_out() -> None:
    assert (
        problem_of(SHOPIFY, "sources/a.yml") == "sources/a.yml:1:1: rule files end in .yaml [J02]"
    )


def test_it_may_speak_of_every_shop_unless_it_names_some() -> None:
    assert source_of(SHOPIFY).shops is None
    assert source_of(f"{SHOPIFY}shops: our-shop\n").shops == frozenset({"our-shop"})
    assert source_of(f"{SHOPIFY}shops: [our-shop, second/1]\n").shops == frozenset(
        {"our-shop", "second/1"}
    )


@pytest.mark.parametrize("shops", ["[]", '[""]', '"  \\n"', f"[{'s' * 201}]"])
def test_what_is_no_name_of_a_shop_is_a_problem(shops: str) -> None:
    assert problem_of(f"{SHOPIFY}shops: {shops}\n").startswith(
        "sources/our-shop.yaml:4:8: shops are names, each of which must be 1 to 200 "
    )
