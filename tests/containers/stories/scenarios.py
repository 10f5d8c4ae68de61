"""One image, any scenario, by environment alone: the whole server as a user id that nobody knows, on a root that nobody can write."""

import contextlib
import dataclasses
import json
import os

from composed import ENGINE, PROJECT, docker, logs
from support import ports
from support.client import Client
from support.polling import eventually

USER = "123456:0"


@dataclasses.dataclass
class Facts:
    """As the table of scenarios in containers/README.md says."""
    is_on_the_original: bool
    has_demo_users: bool
    is_trained_during_init: bool


FACTS = {"development": Facts(False, True, False), "staging": Facts(True, True, True),
         "production": Facts(True, False, True), "hybrid": Facts(True, True, False)}
QUESTIONS = {False: ("how many departments are there?", 6), True: ("how many customers are there?", 920)}


class Alone:
    """A container of the engine beside the installation: on its stores, with a database, a collection and volumes of its own."""

    def __init__(self, it, scenario):
        self.it, self.name, self.port = it, f"{PROJECT}_{scenario}", ports.reserve()
        secrets = it.environment["VANNA_SECRETS"]
        given = [word for word in it.inspect(it.containers("server")[0])["Config"]["Env"] if not word.startswith(("PATH=", "LLM_"))]
        settings = {**dict(word.split("=", 1) for word in given), "VANNA_ENV_FILE": f"/app/config/{scenario}.env", "POSTGRES_DB": self.name,
                    "CHROMA_COLLECTION": self.name}
        self.options = [
            "--read-only", "--user", USER, "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true", "--tmpfs", "/tmp:size=64m,mode=1777",
            "--network", f"{PROJECT}_front", "-v", f"{self.name}_data:/app/data", "-v", f"{self.name}_backups:/backups",
            *(("-v", f"{it.environment['VANNA_DATABASES']}:/app/assets/databases:ro") if FACTS[scenario].is_on_the_original else ()),
            *[word for file in os.listdir(secrets) for word in ("-v", f"{secrets}/{file}:/run/secrets/{file}:ro")],
            *[word for name, value in settings.items() for word in ("-e", f"{name}={value}")]]

    def start(self, name, *words):
        docker("create", "--name", name, *self.options, *(("-p", f"127.0.0.1:{self.port}:8000") if words[0] == "serve" else ()), ENGINE, *words)
        docker("network", "connect", f"{PROJECT}_stores", name)
        docker("start", name)
        return name

    def __enter__(self):
        self.it.sql(f"create database {self.name}")
        init = self.start(self.name + "_init", "init")
        assert docker("wait", init, timeout=180).strip() == "0", logs(init)
        self.start(self.name, "serve")
        return self

    def __exit__(self, *_):
        docker("rm", "--force", self.name, self.name + "_init", check=False)
        docker("volume", "rm", self.name + "_data", self.name + "_backups", check=False)
        with contextlib.suppress(RuntimeError):
            self.it.sql(f"drop database {self.name} with (force)")


def train(container):
    """Whether there was anything to learn."""
    return json.loads(docker("exec", container, "vanna-engine", "train", "--json"))["changed"]


def any_scenario_runs_as_any_user_with_little_to_write(it):
    for scenario, facts in FACTS.items():
        with Alone(it, scenario) as alone:
            anyone = Client(alone.port)
            eventually(lambda client=anyone: client.get("/health/ready").status == 200, 60, f"{scenario} being ready")
            admin = anyone.log_in("admin@example.com", it.secret("init_admin_password"))
            assert admin.rows("SELECT 1 + 1") == [[2]], scenario
            demo = anyone.post("/api/v1/auth/login", {"email": "analyst@example.com", "password": "AnalystPassword123"}).status
            assert demo == (200 if facts.has_demo_users else 401), (scenario, demo)
            tables = [table["name"] for table in admin.get("/api/v1/schema", expect=200).json["tables"]]
            assert ("customers" in tables) == facts.is_on_the_original, (scenario, tables)
            question, count = QUESTIONS[facts.is_on_the_original]
            answer = admin.post("/api/v1/queries/ask", {"question": question}, expect=200).json
            assert answer["rows"] == [[count]], (scenario, answer)
            assert train(alone.name) != facts.is_trained_during_init, scenario
            assert not train(alone.name), scenario
            it.ended(admin, admin.post("/api/v1/admin/db/backup", expect=202))
            it.healthy(alone.name)  # as the image's own health check finds it
            assert docker("exec", alone.name, "id", "-u").strip() == USER.split(":", maxsplit=1)[0]
            written = [line for line in docker("diff", alone.name).splitlines() if "/run" not in line]
            assert not written, written  # below /run there are the mounted secrets
            docker("stop", "--time", "45", alone.name)
            assert it.inspect(alone.name)["State"]["ExitCode"] == 0, logs(alone.name)


STORIES = [any_scenario_runs_as_any_user_with_little_to_write]
