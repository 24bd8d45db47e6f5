"""Rows that an older program left, put into the tables it had."""

import json
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

# All but those that are worked out of others.
_OWN_COLUMNS = """
select string_agg(quote_ident(column_name), ', ') from information_schema.columns
where table_name = %s and is_generated = 'NEVER'
"""
_NUMBERED = (("events", "pos"), ("decisions", "id"), ("activations", "number"), ("audit", "number"))


def insert(url: str, path: Path) -> None:
    """Into the tables of the same migration."""
    with psycopg.connect(url) as connection:
        for table, rows in json.loads(path.read_text(encoding="utf-8")).items():
            found = connection.execute(_OWN_COLUMNS, (table,)).fetchone()
            columns = found[0] if found else "*"
            connection.execute(
                f"insert into {table} ({columns}) overriding system value"
                f" select {columns} from jsonb_populate_recordset(null::{table}, %s)".encode(),
                (Jsonb(rows),),
            )
        for table, column in _NUMBERED:
            connection.execute(
                f"select setval(pg_get_serial_sequence('{table}', '{column}'),"
                f" (select coalesce(max({column}), 1) from {table}))".encode()
            )
