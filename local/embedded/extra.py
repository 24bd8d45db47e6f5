"""The extra `purna[local]`: the servers that only `purna run`, demos and live tests need."""

from local.embedded.process import CannotStart

OF_THE_EXTRA = frozenset({"aiosmtpd", "aiosmtpd.smtp", "psutil"})


def not_installed(what: str, instead: str = "") -> CannotStart:
    """What to tell somebody who has not installed the extra."""
    other = f", or set {instead}" if instead else ""
    return CannotStart(f"{what} is not installed: run `pip install 'purna[local]'`{other}")
