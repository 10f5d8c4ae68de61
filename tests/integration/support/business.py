"""A PostgreSQL database with business data and a role that may only read it, on the fixture's server."""

import io
import secrets
import sqlite3
import subprocess

TYPES = {"": "text", "BLOB": "bytea"}  # those of SQLite by another name


def row_of_csv(cells):
    """As COPY reads it: nothing is NULL, "" a text without characters."""
    def cell(value):
        text = "\\x" + value.hex() if isinstance(value, bytes) else str(value)
        return "" if value is None else '"' + text.replace('"', '""') + '"'
    return ",".join(map(cell, cells)) + "\n"


class Business:
    """Made by the stores' own account, read by `role`; gone after close()."""

    def __init__(self, stores):
        self._stores = stores
        self.database = f"business_{secrets.token_hex(6)}"
        self.role, self.password = f"reader_of_{self.database}", secrets.token_hex(12)
        self._at_server(f"CREATE DATABASE {self.database}")
        self._at_server(f"CREATE ROLE {self.role} LOGIN PASSWORD '{self.password}'")

    def close(self):
        self._stores.drop(self.database)
        self._at_server(f"DROP ROLE IF EXISTS {self.role}")

    def url(self, role=None, password=None):
        whole = self._stores.url(self.database)
        scheme, _, rest = whole.partition("://")
        return f"{scheme}://{role or self.role}:{password or self.password}@{rest.rpartition('@')[2]}"

    def owner_url(self):
        return self._stores.url(self.database)

    def run(self, script):
        """As the owner; what it makes may be read."""
        self._psql(self.owner_url(), script)
        self._psql(self.owner_url(), f"""
            DO $$ DECLARE s text; BEGIN
                FOR s IN SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
                    EXECUTE format('GRANT USAGE ON SCHEMA %s TO {self.role}; GRANT SELECT ON ALL TABLES IN SCHEMA %s TO {self.role}', s, s);
                END LOOP;
            END $$""")

    def keep_back(self, table):
        """From the role."""
        self._psql(self.owner_url(), f"REVOKE ALL ON {table} FROM {self.role}")

    def load(self, path):
        """The tables of a SQLite file: columns, keys and rows; not its views, which are in SQLite's words."""
        source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        names = [name for name, in source.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        script = io.StringIO()
        for name in names:
            columns = source.execute("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)", (name,)).fetchall()
            parts = [f'"{column}" {self.type_of(source, name, column, type_)}' + (" NOT NULL" if required else "") for column, type_, required, _ in columns]
            key = [f'"{column}"' for column, _, _, place in sorted(columns, key=lambda c: c[3]) if place]
            if key:
                parts.append(f"PRIMARY KEY ({', '.join(key)})")
            script.write(f'CREATE TABLE "{name}" ({", ".join(parts)});\nCOPY "{name}" FROM STDIN WITH (FORMAT csv);\n')
            script.writelines(map(row_of_csv, source.execute(f'SELECT * FROM "{name}"')))
            script.write("\\.\n")
        for name in names:
            for key in source.execute("SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?)", (name,)).fetchall():
                script.write(self.reference(source, name, *key))
        source.close()
        script.write("ANALYZE;\n")
        self.run(script.getvalue())

    def type_of(self, source, table, column, declared):
        return TYPES.get(declared, declared)

    def reference(self, source, table, column, other, referenced):
        """The statement that makes it one."""
        return f'ALTER TABLE "{table}" ADD FOREIGN KEY ("{column}") REFERENCES "{other}" ("{referenced}");\n'

    def _at_server(self, statement):
        self._psql(self._stores.url("postgres"), statement)

    @staticmethod
    def _psql(url, script):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"], input=script,
                              capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
