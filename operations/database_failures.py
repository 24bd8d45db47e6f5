"""What is wrong with a database, as a sentence; its drivers are imported for nothing else here."""

import psycopg
import sqlalchemy.exc


def describe_database_failure(failure: Exception) -> str | None:
    """The sentence; None if it was no database that failed. A driver's own words may hold the
    address and its password, so they are not repeated.
    """
    if not isinstance(failure, psycopg.Error | sqlalchemy.exc.SQLAlchemyError):
        return None
    cause = failure.__cause__ if isinstance(failure, sqlalchemy.exc.DBAPIError) else failure
    match cause:
        case psycopg.OperationalError():
            return "the database does not answer"
        case psycopg.errors.UndefinedTable():
            return "the database has no tables yet: run `purna migrate`"
        case _:
            return f"the database refused: {type(cause).__name__}"
