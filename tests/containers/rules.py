"""The recording and alerting rules that Prometheus is given."""

import yaml
from promql import CONTAINERS

HERE = CONTAINERS / "prometheus"
RULES = sorted(HERE.glob("rules/*.yml"))


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules():
    return [rule for path in RULES for group in read(path)["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def recorded():
    """The names of the series that rules record."""
    return {rule["record"] for rule in rules() if "record" in rule}
