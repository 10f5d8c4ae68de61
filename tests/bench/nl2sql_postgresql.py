"""The databases of tests/bench/nl2sql in PostgreSQL: the built-in generator is asked there, and both statements run there.

The known ones are SQLite's: names in any case, texts in either quotes, columns that are neither grouped nor aggregated. What
PostgreSQL does not take of them even so counts by its rows in SQLite.
"""

import csv
import io
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from support.business import Business
from support.stores import Stores

MOST_ROWS = 20000
NOTHING = "\x02"  # how psql shows NULL
NUMBERS = ((re.compile(r"-?\d{1,18}"), "bigint"), (re.compile(r"-?\d+(\.\d+)?"), "double precision"))
DATE = re.compile(r"\d{4}-\d\d-\d\d")
SAME = {"desc": "DESC NULLS LAST", "like": "ILIKE"}  # in PostgreSQL's words, as the generator has them
WORD = re.compile(r"""'[^']*'|"[^"]*"|[A-Za-z_]\w*|\s+|.""", re.DOTALL)


class Scratch(Business):
    """Columns of the type that all their values have, as whoever brings such a file into PostgreSQL would make them."""

    def type_of(self, source, table, column, declared):
        parent = source.execute('SELECT "table", "to" FROM pragma_foreign_key_list(?) WHERE lower("from") = lower(?)', (table, column)).fetchone()
        if parent and parent[0] != table:
            table, column = parent
            declared = source.execute("SELECT type FROM pragma_table_info(?) WHERE lower(name) = lower(?)", parent).fetchone()[0]
        values = [str(value) for value, in source.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')]
        if declared == "TEXT":
            return "date" if values and all(map(DATE.fullmatch, values)) else "text"
        return next((type_ for pattern, type_ in NUMBERS if all(map(pattern.fullmatch, values))), "text")

    def reference(self, source, table, column, other, referenced):
        """Where PostgreSQL takes it: SQLite asks neither for a key nor for rows that keep to it."""
        rows, distinct = source.execute(f'SELECT count(*), count(DISTINCT "{referenced}") FROM "{other}"').fetchone()
        if rows != distinct:
            return ""
        return (f'ALTER TABLE "{other}" ADD UNIQUE ("{referenced}");\n'
                f'ALTER TABLE "{table}" ADD FOREIGN KEY ("{column}") REFERENCES "{other}" ("{referenced}") NOT VALID;\n')


def cell(value):
    """Of either engine, in the same words: numbers to six digits, everything else as text."""
    if value is None or value == NOTHING:
        return None
    try:
        return round(float(value), 6)
    except ValueError:
        return str(value)


class Loaded:
    title = "database in PostgreSQL"

    def __init__(self, path):
        self._path = path
        self._tables, self._columns = self._names()
        self._scratch = Scratch(Stores(os.environ))
        try:
            self._scratch.load(path)
        except BaseException:
            self.close()
            raise
        whole = urllib.parse.urlsplit(self._scratch.url())
        self.target = whole._replace(netloc=f"{whole.username}@{whole.hostname}:{whole.port}").geturl()
        self.environment = {**os.environ, "PGPASSWORD": whole.password, "PGOPTIONS": "-c statement_timeout=20000"}

    def rows(self, sql):
        """Or the error's text."""
        done = subprocess.run(["psql", "-X", "-q", "-t", "--csv", "-P", f"null={NOTHING}", "-v", "ON_ERROR_STOP=1", "-d", self.target, "-c", sql],
                              capture_output=True, text=True, check=False, env=self.environment)
        if done.returncode:
            return done.stderr.strip()
        return [tuple(map(cell, row)) for row in csv.reader(io.StringIO(done.stdout, newline=""))][:MOST_ROWS]

    def known(self, sql):
        found = self.rows(self._translated(sql))
        return self._in_file(sql) if isinstance(found, str) else found

    def close(self):
        self._scratch.close()

    def _open(self):
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        return connection

    def _names(self):
        connection = self._open()
        tables = [name for name, in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        columns = [name for table in tables for name, in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        connection.close()
        return {name.lower(): name for name in tables}, {name.lower(): name for name in columns}

    def _translated(self, sql):
        """Names as they are spelt, and texts in single quotes."""
        words, before, out = WORD.findall(sql), "", []
        for place, word in enumerate(words):
            following = next((w for w in words[place + 1:] if not w.isspace()), "")
            if word[0] == '"':
                word = "'" + word[1:-1].replace("'", "''") + "'"
            elif before in ("from", "join") or following == ".":
                word = f'"{self._tables[word.lower()]}"' if word.lower() in self._tables else word
            elif word.lower() in self._columns and following != "(":
                word = f'"{self._columns[word.lower()]}"'
            elif word.lower() in SAME:
                word = SAME[word.lower()]
            if not word.isspace():
                before = word.lower()
            out.append(word)
        return "".join(out)

    def _in_file(self, sql):
        connection = self._open()
        try:
            return [tuple(map(cell, row)) for row in connection.execute(sql).fetchmany(MOST_ROWS)]
        except sqlite3.Error as problem:
            return str(problem)
        finally:
            connection.close()
