"""What a PromQL expression speaks of, and which metrics the engine declares."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CONTAINERS = TOP / "containers"
_suffixes = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
_kinds = {"counting": "counter", "level": "gauge", "timing": "histogram"}
_words = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "inf", "nan"}
PROMETHEUS_OWN = {"up", "ALERTS", "scrape_duration_seconds", "scrape_samples_scraped"}


def declared():
    """The series names of every family in core/metrics_families.hpp."""
    text = (TOP / "core/metrics_families.hpp").read_text(encoding="utf-8")
    found = re.findall(r'family \w+\{\s*"(\w+)",\s*((?:"[^"]*"\s*)+),\s*(\w+)\}', text)
    assert len(found) == text.count("constexpr family "), "core/metrics_families.hpp is written in a way that is not read here"
    return {name + suffix for name, _, kind in found for suffix in _suffixes[_kinds[kind]]}


def metric_names(expression):
    """The metrics that an expression selects."""
    bare = re.sub(r'"(\\.|[^"\\])*"', '""', expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    names = re.findall(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])", bare)
    return {name for name in names if name.lower() not in _words}


def selectors(expression):
    """What an expression selects: each metric with its braces, where it has any."""
    braces = r'\{(?:"(?:\\.|[^"\\])*"|[^}"])*\}'
    return {name + found for name in metric_names(expression) for found in re.findall(rf"(?<![\w:]){name}(?![\w:])\s*({braces}|)", expression)}
