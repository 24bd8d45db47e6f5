"""Code of a shop's own: where it is found, and how it is reported when it cannot be loaded."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from process.shop_code import BrokenShopCode, load_shop_code

ACTION = """
from pydantic import BaseModel
from purna import ActionContext, action

class Gift(BaseModel):
    order: str

@action("send_gift")
async def send_gift(gift: Gift, context: ActionContext) -> None:
    "A parcel with a ribbon."
"""
KNOWN = (
    "import os\n"
    "from activities.actions.registry import load_actions\n"
    "from process.shop_code import load_shop_code\n"
    "load_shop_code(os.environ)\n"
    "load_shop_code(os.environ)\n"  # once more changes nothing
    "print('send_gift' in load_actions())\n"
)


def knows_the_gift(folder: Path, **settings: str) -> bool:
    """In a process of its own, since what is registered stays."""
    environment = {"PATH": os.defpath, **settings}
    command = [sys.executable, "-P", "-c", KNOWN]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout == "True\n"


def broken(place: Path) -> str:
    with pytest.raises(BrokenShopCode) as told:
        load_shop_code({"PURNA_CODE": str(place)})
    assert "\n" not in str(told.value)
    return str(told.value).replace(f"{place.parent}/", "")


def test_a_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(ACTION)

    assert knows_the_gift(tmp_path, PURNA_CODE="shop.py")


def test_a_package_may_import_its_own_modules(tmp_path: Path) -> None:
    package = tmp_path / "ours"
    package.mkdir()
    (package / "__init__.py").write_text("from . import gifts")
    (package / "gifts.py").write_text(ACTION)

    assert knows_the_gift(tmp_path, PURNA_CODE="ours")


def test_files_beside_it_that_are_called_like_ours_are_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(ACTION)
    for name in ("web.py", "activities.py", "process.py", "engine.py"):
        (tmp_path / name).write_text("raise SystemExit('a stranger')")

    assert knows_the_gift(tmp_path, PURNA_CODE="shop.py")


def test_an_installed_module_is_named(tmp_path: Path) -> None:
    (tmp_path / "our_gifts.py").write_text(ACTION)

    assert knows_the_gift(tmp_path, PURNA_ACTIONS="our_gifts", PYTHONPATH=str(tmp_path))


@pytest.mark.parametrize("group", ["purna.actions", "purna.channels", "purna.sources"])
def test_an_installed_package_has_an_entry_point(tmp_path: Path, group: str) -> None:
    (tmp_path / "our_gifts.py").write_text(ACTION)
    about = tmp_path / "our_gifts-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: our-gifts\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[{group}]\ngifts = our_gifts\n")

    assert knows_the_gift(tmp_path, PYTHONPATH=str(tmp_path))


def test_without_code_of_ones_own_there_is_no_gift(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(ACTION)

    assert not knows_the_gift(tmp_path)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    assert broken(tmp_path / "gone.py") == "PURNA_CODE names gone.py, and gone.py is not there."


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "import os\nimport stripes",
            "shop.py, line 2: ModuleNotFoundError: No module named 'stripes'",
        ),
        ("def f(:\n", "line 1: invalid syntax"),
        ("\n\n1 / 0", "shop.py, line 3: ZeroDivisionError: division by zero"),
        (
            "from purna import translatr",
            "shop.py, line 1: ImportError: cannot import name 'translatr' from 'purna'",
        ),
        (
            "from purna import action\n@action('x')\nasync def x(y: int, z: object) -> None: ...",
            "shop.py, line 2: TypeError: the first parameter of action x must be a pydantic model",
        ),
        (
            "from purna import provider\n@provider('pigeon')\nasync def fly(settings): yield",
            (
                "shop.py, line 2: ValueError: there is no channel pigeon, "
                "only email, push, sms, whatsapp"
            ),
        ),
    ],
)
def test_code_that_is_broken_is_a_sentence_with_its_line(
    tmp_path: Path, code: str, sentence: str
) -> None:
    (tmp_path / "shop.py").write_text(code)

    told = broken(tmp_path / "shop.py")

    assert re.sub(r" \(/.*\)$", "", told) == f"shop.py cannot be loaded: {sentence}"


def test_a_module_that_is_not_installed_is_a_sentence() -> None:
    with pytest.raises(BrokenShopCode, match=r"^no_such \(PURNA_ACTIONS\) cannot be loaded: "):
        load_shop_code({"PURNA_ACTIONS": "no_such"})


def test_a_module_beside_the_rules_is_to_be_named_by_its_file() -> None:
    with pytest.raises(BrokenShopCode) as refused:
        load_shop_code({"PURNA_ACTIONS": "shop_gifts"})

    assert str(refused.value).endswith(
        "No module named 'shop_gifts'; name the file in PURNA_CODE if it is not installed"
    )


def test_a_module_that_an_installed_one_misses_is_no_file_of_the_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_installed.py").write_text("import stripes")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(BrokenShopCode, match=r"No module named 'stripes'$"):
        load_shop_code({"PURNA_ACTIONS": "half_installed"})
