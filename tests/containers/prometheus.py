"""Asking the Prometheus of compose.yml."""

import http.client
import json
import urllib.parse


def get(port, path, **query):
    """What its API answers under "data"."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"/api/v1/{path}?{urllib.parse.urlencode(query)}")
        answer = json.loads(connection.getresponse().read())
        assert answer["status"] == "success", answer
        return answer["data"]
    finally:
        connection.close()


def ask(port, query):
    """The samples that a query selects now."""
    return get(port, "query", query=query)["result"]


def label_values(port, selector, label):
    """The values of a label among these series, as Grafana asks for them to fill a variable."""
    return get(port, f"label/{label}/values", **{"match[]": selector})
