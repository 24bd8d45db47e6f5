"""The page of settings for `docs/reference/settings.md`, from the table of settings."""

from process.setting_table import SETTINGS, Setting

_HEAD = """# Settings

Generated from the code. A setting is a variable of the environment, or a line of `purna.toml` under
the name in brackets; the environment wins. A secret (✱) never stands in `purna.toml`: it is a
variable, or `NAME_FILE` names a file that holds it. Where nothing is said the default holds;
without a default nothing is meant, or the process says in one sentence that it is missing.

| setting | says | for | default |
| --- | --- | --- | --- |
"""
_FOOT = """
`PURNA_SOURCE_NAME` ✱ is the secret of the signed source whose file says `secret: NAME`, for the web
process; see [Running it yourself](../running.md). Where Temporal wants a key or certificates, its
own variables say so (`TEMPORAL_API_KEY`, `TEMPORAL_TLS_…`, or a profile). `OTEL_…` are
OpenTelemetry's own.
"""


def settings_page() -> str:
    """The whole page in Markdown."""
    return _HEAD + "".join(map(_line, SETTINGS)) + _FOOT


def _line(setting: Setting) -> str:
    name = f"`{setting.name}` " + ("✱" if setting.is_secret else f"(`{setting.key}`)")
    default = f"`{setting.default}`" if setting.default else ""
    says = setting.says.replace("|", "\\|")
    return f"| {name} | {says} | {', '.join(setting.parts)} | {default} |\n"
