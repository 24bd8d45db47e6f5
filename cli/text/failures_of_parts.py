"""What is wrong with a database, a server or a table that a command works with, as a sentence."""

from engine.conditions.problems import InvalidRuleset
from local.embedded.address import NotRunning
from local.embedded.extra import OF_THE_EXTRA, not_installed
from local.embedded.process import CannotStart
from operations.database_failures import describe_database_failure
from operations.store_failures import Contended, NoRuleset, TooOld
from process.settings import MissingSetting


def sentence(failure: Exception) -> str:
    """The sentence; what nobody foresaw is raised again."""
    match failure:
        case CannotStart() | NotRunning() | NoRuleset() | TooOld() | Contended() | MissingSetting():
            return str(failure)
        case ModuleNotFoundError() if failure.name in OF_THE_EXTRA:
            return str(not_installed(f"{failure.name}, which this command needs,"))
        case InvalidRuleset():
            return f"the active rules cannot be read here\n{failure}"
        case _ if says := describe_database_failure(failure):
            return says
        case _:
            raise failure
