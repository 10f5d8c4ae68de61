"""The Grafana dashboard, and the queries that it sends."""

import json

from promql import CONTAINERS

FOLDER = CONTAINERS / "grafana"


def load():
    return json.loads((FOLDER / "dashboards/vanna.json").read_text(encoding="utf-8"))


def panels():
    return [panel for panel in load()["panels"] if panel["type"] != "row"]


def queries(within="1m"):
    """Pairs of a panel's title and an expression, as Grafana fills it in for every replica and a window of this width."""
    dashboard = load()
    pairs = [(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]
    pairs += [("annotation " + note["name"], note["expr"]) for note in dashboard["annotations"]["list"]]
    return [(title, expression.replace("$__rate_interval", within).replace("$instance", ".*")) for title, expression in pairs]
