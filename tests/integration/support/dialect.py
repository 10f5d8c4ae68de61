"""What the same test says to a SQLite target and to a PostgreSQL one, where it cannot say it alike."""

OVERFLOW = "SELECT abs(-9223372036854775807 - 1)"  # prepares, and fails when it runs


class Sqlite:
    pool = "sqlite"  # which the target's statements run on
    exports = 16  # at once
    true = 1
    overflow = "integer overflow"  # what is said of OVERFLOW
    named = ":a || @b || $c"

    @staticmethod
    def places(count):
        """So many positional parameters."""
        return ", ".join("?" * count)

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
    named = ":a || :b || :c"

    @staticmethod
    def places(count):
        return ", ".join(f"${number}" for number in range(1, count + 1))

    @staticmethod
    def no_column(name):
        return f'column "{name}" does not exist'

    @staticmethod
    def text(size):
        return f"repeat('0', {size})"


DIALECTS = {"sqlite": Sqlite, "postgresql": Postgresql}
