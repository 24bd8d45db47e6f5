from datetime import timedelta

import pytest

from activities.channels.email.smtp_settings import RetryAfter, SmtpSettings, SmtpTimeouts
from process.setting_table import BY_NAME


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", SmtpSettings("mail.example", 587, "required")),
        (
            "smtp://mail.example:25?tls=opportunistic",
            SmtpSettings("mail.example", 25, "opportunistic"),
        ),
        ("smtp://mail.example:25?tls=none", SmtpSettings("mail.example", 25, "none")),
        ("smtp://localhost:1025", SmtpSettings("localhost", 1025, "none")),
        ("smtp://127.0.0.1:1025", SmtpSettings("127.0.0.1", 1025, "none")),
        ("smtp://[::1]:1025", SmtpSettings("::1", 1025, "none")),
        ("smtp://127.0.0.1:1025?tls=required", SmtpSettings("127.0.0.1", 1025, "required")),
        ("smtps://mail.example", SmtpSettings("mail.example", 465, "implicit")),
        (
            "smtp://ana:p%40ss@mail.example",
            SmtpSettings("mail.example", 587, "required", "ana", "p@ss"),
        ),
    ],
)
def test_an_address_says_host_port_login_and_tls(url: str, expected: SmtpSettings) -> None:
    assert SmtpSettings.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example/inbox",
        "smtp://mail.example?tls=maybe",
        "smtp://mail.example?tls=implicit",
        "smtp://mail.example?timeout=3",
        "smtp://ana:secret@mail.example?tls=none",
        "smtp://ana:secret@mail.example?tls=opportunistic",
        "smtp://ana:secret@mail.example:many",
        "smtp://ana:secret#x@mail.example",
        "smtp://ana:secret?x@mail.example",
        "smtp://ana:secret/x@mail.example",
        "smtp://ana:secret[x@mail.example",
    ],
)
def test_anything_else_is_an_error_that_does_not_show_the_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"mail server|tls") as wrong:
        SmtpSettings.parse(url)

    assert "secret" not in str(wrong.value)
    assert wrong.value.__suppress_context__ or wrong.value.__context__ is None


def test_the_password_is_not_in_the_repr() -> None:
    assert "secret" not in repr(SmtpSettings.parse("smtp://ana:secret@mail.example"))


def test_times_are_seconds_by_name_and_what_is_not_named_is_as_usual() -> None:
    assert SmtpTimeouts.parse("") == SmtpTimeouts()
    assert SmtpTimeouts.parse("data=2.5") == SmtpTimeouts(data=timedelta(seconds=2.5))
    assert RetryAfter.parse(" greylisted=2  busy=1 ") == RetryAfter(
        busy=timedelta(seconds=1), greylisted=timedelta(seconds=2)
    )


def test_the_table_of_settings_shows_the_usual_times() -> None:
    timeouts, retry_after = "PURNA_SMTP_TIMEOUTS", "PURNA_SMTP_RETRY_AFTER"

    assert SmtpTimeouts.parse(BY_NAME[timeouts].default) == SmtpTimeouts()
    assert RetryAfter.parse(BY_NAME[retry_after].default) == RetryAfter()


@pytest.mark.parametrize("text", ["8", "data", "data=", "data=x", "data=0", "data=-1", "dta=5"])
def test_other_times_are_one_sentence_that_names_the_setting(text: str) -> None:
    with pytest.raises(ValueError, match=r"^PURNA_SMTP_TIMEOUTS is written as in opening=5: "):
        SmtpTimeouts.parse(text)
