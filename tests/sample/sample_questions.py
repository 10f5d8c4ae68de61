#!/usr/bin/env python3
"""Questions about the sample business database with the SQL that answers them and what comes out.

    sample_questions.py SAMPLE_DB           check that every recorded answer still holds
    sample_questions.py SAMPLE_DB --write   record the answers of the present database

A record is {question, kind, sql, answerable, verified, ordered, row_count, sha256, rows}; `rows` is there for short
answers. The hash is over `canonical(rows, ordered)`: floats rounded to 4 places (SQLite's versions add up differently),
whole ones as integers, one JSON array a line, sorted unless the SQL orders them.
A question that no table can answer has "answerable": false and no SQL.
"""
import hashlib
import json
import sqlite3
import sys
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "integration" / "data" / "sample_questions.json"
SHORT = 10


def cell(value):
    if isinstance(value, float):
        value = round(value, 4)
        return int(value) if value.is_integer() else value
    return value


def canonical(rows, ordered):
    lines = [json.dumps([cell(v) for v in row], ensure_ascii=False) for row in rows]
    return "\n".join(lines if ordered else sorted(lines))


def orders_its_rows(sql):
    depth = 0
    for i, c in enumerate(sql):
        depth += (c == "(") - (c == ")")
        if depth == 0 and sql.startswith(" ORDER BY ", i):
            return True
    return False


def answer(database, record):
    rows = database.execute(record["sql"]).fetchall()
    ordered = orders_its_rows(record["sql"])
    found = {"ordered": ordered, "row_count": len(rows),
             "sha256": hashlib.sha256(canonical(rows, ordered).encode()).hexdigest()}
    if len(rows) <= SHORT:
        found["rows"] = [[cell(v) for v in row] for row in rows]
    return found


def load():
    return json.loads(FILE.read_text(encoding="utf-8"))


def main(path, write):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    records, wrong = load(), 0
    for record in records:
        if not record["answerable"]:
            continue
        found = answer(database, record)
        if write:
            for key in ("ordered", "row_count", "sha256", "rows"):
                record.pop(key, None)
            record.update(found)
        elif any(record.get(key) != value for key, value in found.items()):
            wrong += 1
            print(f"{record['question']}\n  recorded {record.get('rows', record['sha256'])}, now {found}")
    if write:
        lines = ",\n".join("  " + json.dumps(record, ensure_ascii=False) for record in records)
        FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--write"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], len(sys.argv) == 3))
