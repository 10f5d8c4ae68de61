"""What the same test says to a SQLite target and to a PostgreSQL one, where it cannot say it alike."""


class Sqlite:
    pool = "sqlite"  # which the target's statements run on
    exports = 16  # at once
    true = 1

    @staticmethod
    def places(count):
        """So many positional parameters."""
        return ", ".join("?" * count)

    @staticmethod
    def text(size):
        """A text of so many characters, an even number."""
        return f"hex(zeroblob({size // 2}))"


class Postgresql:
    pool = "postgresql"
    exports = 8
    true = True

    @staticmethod
    def places(count):
        return ", ".join(f"${number}" for number in range(1, count + 1))

    @staticmethod
    def text(size):
        return f"repeat('0', {size})"


DIALECTS = {"sqlite": Sqlite, "postgresql": Postgresql}
