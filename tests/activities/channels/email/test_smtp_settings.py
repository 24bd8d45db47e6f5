import pytest

from activities.channels.email.smtp_settings import SmtpSettings


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
    ],
)
def test_anything_else_is_an_error_that_does_not_show_the_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"mail server|tls|Port") as wrong:
        SmtpSettings.parse(url)

    assert "secret" not in str(wrong.value)


def test_the_password_is_not_in_the_repr() -> None:
    assert "secret" not in repr(SmtpSettings.parse("smtp://ana:secret@mail.example"))
