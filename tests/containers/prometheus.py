"""Asking the Prometheus of compose.yml."""

import http.client
import json
import urllib.parse


def ask(port, query):
    """The samples that a query selects now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
        return json.loads(connection.getresponse().read())["data"]["result"]
    finally:
        connection.close()
