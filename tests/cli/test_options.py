"""Who a command is told to be, or is by its account."""

import os
import pwd

import pytest

from cli.options import author


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    named = {one.pw_uid for one in pwd.getpwall()}
    nobody = next(number for number in range(50_000, 60_000) if number not in named)
    monkeypatch.setattr(os, "getuid", lambda: nobody)

    assert author("") == f"account {nobody}"
    assert author("Ana") == "Ana"
