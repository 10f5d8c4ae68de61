"""A real Prometheus that scrapes servers under test, with the rules of containers/prometheus and a faster clock."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import urllib.parse
from pathlib import Path

import yaml

from support import account, ports
from support.polling import eventually

_given = Path(__file__).resolve().parents[3] / "containers/prometheus"


class Prometheus:
    """Runs in `folder`/prometheus; scrapes and evaluates every second."""

    def __init__(self, folder, servers, token="any"):
        self.folder = os.path.join(folder, "prometheus")
        self.port = ports.reserve()
        os.mkdir(self.folder)
        shutil.copytree(_given / "rules", os.path.join(self.folder, "rules"))
        self._write("token", token)
        self._write("prometheus.yml", yaml.safe_dump(self._configuration(servers)))
        for path, _, names in os.walk(self.folder):
            for name in (".", *names):
                account.give(os.path.join(path, name))
        self.process = None

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def _configuration(self, servers):
        """The shipped file, with these servers in place of those that a name resolves to."""
        whole = yaml.safe_load((_given / "prometheus.yml").read_text(encoding="utf-8"))
        whole["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        (scraped,) = [job for job in whole["scrape_configs"] if job["job_name"] == "vanna"]
        del scraped["dns_sd_configs"]
        scraped["authorization"]["credentials_file"] = os.path.join(self.folder, "token")
        scraped["static_configs"] = [{"targets": [f"127.0.0.1:{server.port}" for server in servers]}]
        whole["scrape_configs"] = [scraped]
        return whole

    def start(self):
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=series",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                cwd=self.folder, env={"PATH": "/usr/bin:/bin", "GOMAXPROCS": "1"}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                **account.become())
        eventually(lambda: self._get("/-/ready")[0] == 200, 60, "Prometheus being ready")
        return self

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(30)

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, path, **query):
        """What the API of Prometheus answers under "data"."""
        status, body = self._get(f"/api/v1/{path}?{urllib.parse.urlencode(query)}")
        answer = json.loads(body)
        assert status == 200 and answer["status"] == "success", answer
        return answer["data"]

    def value(self, expression):
        """The samples of an expression, now."""
        return self.ask("query", query=expression)["result"]

    def label_values(self, selector, label):
        """The values of a label among these series, as Grafana asks for them to fill a variable."""
        return self.ask(f"label/{label}/values", **{"match[]": selector})
