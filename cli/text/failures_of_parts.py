"""What is wrong with a database, a server or a table that a command works with, as a sentence."""

import psycopg
import sqlalchemy.exc

from engine.conditions.problems import InvalidRuleset
from local.embedded.address import NotRunning
from local.embedded.extra import OF_THE_EXTRA, not_installed
from local.embedded.process import CannotStart
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
        case psycopg.Error() | sqlalchemy.exc.SQLAlchemyError():
            return _of_database(failure)
        case _:
            raise failure


def _of_database(failure: Exception) -> str:
    """A driver's own words may hold the address and its password, so they are not repeated."""
    cause = failure.__cause__ if isinstance(failure, sqlalchemy.exc.DBAPIError) else failure
    match cause:
        case psycopg.OperationalError():
            return "the database does not answer"
        case psycopg.errors.UndefinedTable():
            return "the database has no tables yet: run `purna migrate`"
        case _:
            return f"the database refused: {type(cause).__name__}"
