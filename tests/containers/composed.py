"""The engine as compose.yml brings it up, under a project name of its own, with images made on this machine."""

import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile

from promql import CONTAINERS, TOP

sys.path.append(str(TOP / "tests/integration"))
from support import ports  # noqa: E402
from support.client import Client  # noqa: E402
from support.model import Model, says  # noqa: E402
from support.polling import eventually  # noqa: E402

PROJECT, ENGINE, BASE = "vannatest", "vanna-engine:test", "vanna-test-base"
BUILDER, NEXT = "vanna-test-builder", "vanna-engine:test-next"
CERTIFICATES = "certificates.crt"
_stand_ins = ("postgres", "redis", "chroma", "prometheus", "proxy")


def docker(*words, timeout=600, check=True, **options):
    """The output of a docker command. Newer clients ask for a plug-in to build; the builder of the engine will do."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=timeout,
                          env={**os.environ, "DOCKER_BUILDKIT": "0"}, **options)
    if check and done.returncode:
        raise RuntimeError(f"docker {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def logs(container, lines=20):
    return subprocess.run(["docker", "logs", "--tail", str(lines), container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=60).stdout


def this_machine():
    """Its address as containers see it."""
    return str(ipaddress.ip_network(docker("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "bridge").strip())[1])


def build_images():
    """The base, the engine, its next release and the stand-ins; two hours are enough for one core."""
    subprocess.run([TOP / "tests/containers/base"], check=True, timeout=1200)
    base = ("--network", "host", "--build-arg", f"BASE={BASE}")
    docker("build", *base, "-f", "containers/Dockerfile", "-t", ENGINE, ".", cwd=TOP, timeout=7200)
    docker("build", *base, "-f", "containers/Dockerfile", "--target", "builder", "-t", BUILDER, ".", cwd=TOP, timeout=7200)
    docker("build", "--build-arg", f"BUILDER={BUILDER}", "--build-arg", f"ENGINE={ENGINE}", "-t", NEXT, ".",
           cwd=TOP / "tests/containers/next", timeout=1800)
    with tempfile.TemporaryDirectory() as context:
        fill_stand_in_context(context)
        for name in _stand_ins:
            docker("build", *base, "-f", "tests/containers/images/Dockerfile", "--target", name, "-t", f"vanna-test-{name}", ".",
                   cwd=context, timeout=1800)


def fill_stand_in_context(folder):
    """What the stand-ins are built from; among it whom this machine trusts, for npm behind a proxy that has certificates of its own."""
    os.mkdir(os.path.join(folder, ".ci"))
    shutil.copy2(TOP / ".ci/packages", os.path.join(folder, ".ci/packages"))
    for source in ("containers/packages", "containers/chroma", "tests/containers/images"):
        shutil.copytree(TOP / source, os.path.join(folder, source), ignore=shutil.ignore_patterns("node_modules"))
    shutil.copyfile("/etc/ssl/certs/ca-certificates.crt", os.path.join(folder, CERTIFICATES))


class Composed:
    """`with Composed() as it:` everything up; afterwards taken down with its volumes."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="vanna_composed_")
        self.proxy_port, self.prometheus_port = ports.reserve(), ports.reserve()
        self.model = Model("the model's key", this_machine())
        self.model.answer(says("SELECT COUNT(*) FROM customers"))
        os.chmod(self.folder, 0o755)
        secrets, databases = os.path.join(self.folder, "secrets"), os.path.join(self.folder, "databases")
        subprocess.run([CONTAINERS / "make_secrets", secrets], check=True, stdout=subprocess.DEVNULL, timeout=60)
        os.chmod(os.path.join(secrets, "llm_api_key"), 0o644)
        with open(os.path.join(secrets, "llm_api_key"), "w", encoding="ascii") as key:
            key.write(self.model.key)
        os.mkdir(databases)
        shutil.copyfile(TOP / "assets/databases/sample.db", os.path.join(databases, "vanna_db.db"))
        self.environment = {
            **os.environ, "COMPOSE_PROJECT_NAME": PROJECT, "VANNA_IMAGE": ENGINE, "VANNA_SCENARIO": "hybrid",
            "VANNA_SECRETS": secrets, "VANNA_DATABASES": databases, "VANNA_PUBLISH": "127.0.0.1:",  # any free port
            "PROXY_PUBLISH": f"127.0.0.1:{self.proxy_port}", "PROMETHEUS_PORT": str(self.prometheus_port),
            "LLM_BASE_URL": self.model.url, "LLM_MODEL": "toy"}

    def compose(self, *words, timeout=600):
        files = ("-f", str(CONTAINERS / "compose.yml"), "-f", str(CONTAINERS / "compose.test.yml"))
        done = subprocess.run(["docker-compose", *files, "--profile", "scaled", *words], env=self.environment, capture_output=True, text=True,
                              check=False, timeout=timeout)
        if done.returncode:
            raise RuntimeError(f"docker-compose {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def __enter__(self):
        self.down()
        return self

    def __exit__(self, *_):
        self.down()
        self.model.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def down(self):
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "45")

    def secret(self, name):
        with open(os.path.join(self.environment["VANNA_SECRETS"], name), encoding="ascii") as file:
            return file.read().strip()

    def write_secret(self, name, value):
        path = os.path.join(self.environment["VANNA_SECRETS"], name)
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(value + "\n")
        os.chmod(path + ".new", 0o444)
        os.replace(path + ".new", path)

    def containers(self, service):
        return self.compose("ps", "-q", service).split()

    @staticmethod
    def inspect(container):
        return json.loads(docker("inspect", container))[0]

    def healthy(self, container, within=120):
        def is_healthy():
            state = self.inspect(container)["State"]
            if not state["Running"]:
                raise RuntimeError(f"{container} ended with {state['ExitCode']}: {logs(container)}")
            return state["Health"]["Status"] == "healthy"
        eventually(is_healthy, within, f"{container} being healthy")

    def scale(self, replicas):
        self.compose("up", "-d", "--no-recreate", "--scale", f"server={replicas}", "server")
        for container in self.containers("server"):
            self.healthy(container)

    def client(self):
        """Anyone, by way of the proxy."""
        return Client(self.proxy_port)

    def admin(self):
        return self.client().log_in("admin@example.com", self.secret("init_admin_password"))

    def analyst(self):
        return self.client().log_in("analyst@example.com", "AnalystPassword123")

    @staticmethod
    def port_of(container):
        """Where one replica of the server listens, past the proxy."""
        return int(docker("port", container, "8000").split(":")[-1])

    @staticmethod
    def followed(client, answer, within=180):
        """The job behind a 202, when it has ended."""
        url = answer.json["status_url"]

        def look():
            job = client.get(url, expect=200).json
            return job if job["finished_at"] else None
        return eventually(look, within, f"the end of {url}")

    def ended(self, client, answer):
        """The same, which has ended well."""
        job = self.followed(client, answer)
        assert job["state"] == "succeeded", job
        return job

    def _psql(self, statement):
        return ["docker", "exec", *self.containers("postgres"), "sh", "-c",
                'PGPASSWORD=$(cat /run/secrets/postgres_password) exec psql -h 127.0.0.1 -U vanna -d vanna_db -Atc "$0"', statement]

    def sql(self, statement):
        """The first column of what a statement returns from the System DB."""
        return docker(*self._psql(statement)[1:]).split()

    def hold(self, statement):
        """A process that has run the statement in a transaction and keeps that open for a minute."""
        holding = subprocess.Popen(self._psql(f"{statement}; SELECT pg_sleep(60)"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(lambda: self.sql(f"select pid from pg_stat_activity where query like '{statement}%' and wait_event = 'PgSleep'"), 30, "the hold")
        return holding

    def stored(self, mark):
        """The ids of queries that are recorded."""
        return self.sql(f"select id from queries where sql like '%{mark}%'")
