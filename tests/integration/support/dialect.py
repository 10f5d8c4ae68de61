"""What the same test says to a SQLite target and to a PostgreSQL one, where it cannot say it alike."""

OVERFLOW = "SELECT abs(-9223372036854775807 - 1)"  # prepares, and fails when it runs


class Sqlite:
    pool = "sqlite"  # which the target's statements run on
    exports = 16  # at once
    true = 1
    overflow = "integer overflow"  # what is said of OVERFLOW
    numbered = "?1 + ?2"
    loaded = "'table', 'view'"  # what of the sample is there
    named = ":a || @b || $c"
    # Statements that fail with what stands in a row.
    telling = ("SELECT json_extract(sales_office, '$') FROM regions", "SELECT json(remark) FROM remarks")
    attacks = ("ATTACH DATABASE '/tmp/x.db' AS x", "PRAGMA query_only = 0", "VACUUM INTO '/tmp/stolen.db'", "SELECT load_extension('/tmp/x.so')",
               "SELECT writefile('/tmp/x', 'y')", "SELECT * FROM pragma_database_list", "SELECT fts3_tokenizer('simple')")

    @staticmethod
    def places(count):
        """So many positional parameters."""
        return ", ".join("?" * count)

    @staticmethod
    def name(table):
        """As the schema's DDL writes it."""
        return table

    @staticmethod
    def no_column(name):
        return f"no such column: {name}"

    @staticmethod
    def text(size):
        """A text of so many characters, an even number."""
        return f"hex(zeroblob({size // 2}))"


class Postgresql:
    pool = "postgresql"
    exports = 8
    true = True
    overflow = "bigint out of range"
    numbered = "$1 + $2"
    loaded = "'table'"
    named = ":a || :b || :c"
    telling = ("SELECT sales_office::json FROM regions", "SELECT CAST(remark AS int) FROM remarks")
    attacks = ("SET default_transaction_read_only = off", "COPY customers TO '/tmp/stolen.db'", "COPY customers TO PROGRAM 'sh'", "DO $$ BEGIN END $$",
               "SELECT pg_read_file('/etc/passwd')", "SELECT lo_import('/etc/passwd')", "SELECT pg_terminate_backend(1)",
               "WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x", "SELECT * INTO stolen FROM customers")

    @staticmethod
    def places(count):
        return ", ".join(f"${number}" for number in range(1, count + 1))

    @staticmethod
    def name(table):
        return f'"{table}"'

    @staticmethod
    def no_column(name):
        return f'column "{name}" does not exist'

    @staticmethod
    def text(size):
        return f"repeat('0', {size})"


DIALECTS = {"sqlite": Sqlite, "postgresql": Postgresql}
