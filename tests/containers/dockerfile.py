"""What a Dockerfile says, and what the engine's image sets."""

import re
import shlex

from promql import CONTAINERS


def instructions(path):
    """Pairs of the word and the rest, of each stage: {name: [(word, rest)…]}."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    stages, current = {}, None
    for line in filter(str.strip, text.splitlines()):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            current = rest.split(" AS ")[1]
            stages[current] = []
        if current:
            stages[current].append((word, rest))
    return stages


def environment():
    """The settings that the engine's image brings along."""
    return dict(word.split("=", 1) for word in shlex.split(dict(instructions(CONTAINERS / "Dockerfile")["runtime"])["ENV"]))
