"""Rows that an older program left, put into the tables it had."""

import json
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb


def insert(url: str, path: Path) -> None:
    """Into the tables of the same migration."""
    with psycopg.connect(url) as connection:
        for table, rows in json.loads(path.read_text(encoding="utf-8")).items():
            connection.execute(
                f"insert into {table} overriding system value"
                f" select * from jsonb_populate_recordset(null::{table}, %s)".encode(),
                (Jsonb(rows),),
            )
        for table, column in (("events", "pos"), ("decisions", "id"), ("activations", "number")):
            connection.execute(
                f"select setval(pg_get_serial_sequence('{table}', '{column}'),"
                f" (select max({column}) from {table}))".encode()
            )
