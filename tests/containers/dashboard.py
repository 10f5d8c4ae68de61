"""The Grafana dashboard, and the queries that it sends."""

import json
import re

from promql import CONTAINERS

FOLDER = CONTAINERS / "grafana"


def load():
    return json.loads((FOLDER / "dashboards/vanna.json").read_text(encoding="utf-8"))


def panels():
    return [panel for panel in load()["panels"] if panel["type"] != "row"]


def filled_in(pairs, within):
    """The expressions of pairs as Grafana sends them for every replica and a window of this width."""
    return [(title, expression.replace("$__rate_interval", within).replace("$instance", ".*")) for title, expression in pairs]


def panel_queries(within="1m"):
    """Pairs of a panel's title and an expression."""
    return filled_in([(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]], within)


def annotation_queries(within="1m"):
    """Pairs of an annotation's name and an expression."""
    return filled_in([("annotation " + note["name"], note["expr"]) for note in load()["annotations"]["list"]], within)


def queries(within="1m"):
    return panel_queries(within) + annotation_queries(within)


def choices():
    """What the variables offer: triples of a name, and of the series and the label whose values they are."""
    for variable in load()["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
            yield variable["name"], selector, label
