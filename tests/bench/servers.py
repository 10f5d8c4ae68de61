"""Starts what the bench measures: private stores, the engine on one worker, the floor and FastAPI; stops them by id."""
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import types
import urllib.request

SERVER_CORE = "0"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, path, process, log, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            with open(log, encoding="utf-8", errors="replace") as text:
                raise SystemExit(f"the server on port {port} ended with {process.returncode} before it answered:\n{text.read()[-2000:]}")
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as reply:
                if reply.status == 200:
                    return
        time.sleep(0.05)
    raise SystemExit(f"the server on port {port} did not answer within {seconds} s")


def post(port, path, body, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.loads(reply.read() or b"null")


class Server:
    def __init__(self, name, process, port):
        self.name, self.process, self.port = name, process, port
        self.pid = process.pid

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


@contextlib.contextmanager
def backup_stage(top, make_target, **settings):
    """One engine with two workers on all cores, and `make_target(path)` as its target database; settings of the engine that differ."""
    folder = tempfile.mkdtemp(prefix="vanna_bench_")
    os.chmod(folder, 0o755)
    stores, store_dir = os.path.join(top, "tests/support/stores.sh"), os.path.join(folder, "stores")
    as_account = [stores, "exec", store_dir]
    process = None
    try:
        subprocess.run([stores, "start", store_dir], check=True, stdout=subprocess.DEVNULL)
        work, port = os.path.join(store_dir, "bench"), free_port()
        subprocess.run([*as_account, "mkdir", "-p", work], check=True)
        for name in ("build/release/vanna-engine", "config/ontology.yaml"):
            shutil.copy(f"{top}/{name}", folder)
        make_target(f"{folder}/target.db")
        for name, mode in (("vanna-engine", 0o755), ("target.db", 0o644), ("ontology.yaml", 0o644)):
            os.chmod(f"{folder}/{name}", mode)
        environment = os.environ | stores_environment(stores, store_dir) | {
            "WORKERS": "2", "HOST": "127.0.0.1", "PORT": str(port), "ENABLE_TARGET_DB": "true", "SEED_DEMO_DATA": "true",
            "TARGET_DATABASE_URL": f"sqlite:///{folder}/target.db", "TARGET_DB_PATH": f"{work}/copy.db", "AUTO_TRAIN_CHROMA": "true",
            "QUERY_RATE_PER_MINUTE": "0", "QUERY_CONCURRENCY_PER_USER": "0", "LOG_LEVEL": "warn", "RESULT_CACHE_TTL_SECONDS": "0",
            "BACKUP_RETENTION_COUNT": "1", "HOME": work, "JWT_SECRET": secrets.token_hex(32), "BACKUP_DIR": f"{work}/backups", **settings}
        subprocess.run([*as_account, f"{folder}/vanna-engine", "init"], env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with open(f"{folder}/engine.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen([*as_account, f"{folder}/vanna-engine", "serve"], env=environment | {"REAL_TIME": "yes"}, stdout=log, stderr=log, cwd=folder)
        wait_for(port, "/health/ready", process, log.name, 120)
        yield types.SimpleNamespace(engine=Server("engine", process, port), environment=environment, as_account=as_account, work=work, stores=store_dir,
                                    target=f"{folder}/target.db", token=log_in(port, "analyst@example.com", "AnalystPassword123"),
                                    admin=log_in(port, "admin@example.com", "AdminPassword123"))
    finally:
        if process:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
        subprocess.run([stores, "remove", store_dir], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


def log_in(port, email, password):
    return post(port, "/api/v1/auth/login", {"email": email, "password": password})["access_token"]


def stores_environment(stores, store_dir):
    text = subprocess.run([stores, "env", store_dir], check=True, capture_output=True, text=True).stdout
    found = dict(line.removeprefix("export ").split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: value.strip("'\"") for name, value in found.items()}


@contextlib.contextmanager
def stage(top):
    folder = tempfile.mkdtemp(prefix="vanna_bench_")
    os.chmod(folder, 0o755)
    stores = os.path.join(top, "tests/support/stores.sh")
    store_dir = os.path.join(folder, "stores")
    started = []
    try:
        subprocess.run([stores, "start", "--fast", store_dir], check=True, stdout=subprocess.DEVNULL)
        stores_env = stores_environment(stores, store_dir)
        work = os.path.join(store_dir, "bench")
        subprocess.run([stores, "exec", store_dir, "mkdir", "-p", work], check=True)
        for name in ("vanna-engine", "bench_floor"):
            source = next(p for p in (f"{top}/build/release/{name}", f"{top}/build/release/tests/{name}",
                                      f"{top}/build/release/tests/bench/{name}") if os.path.exists(p))
            shutil.copy(source, f"{folder}/{name}")
            os.chmod(f"{folder}/{name}", 0o755)
        shutil.copy(f"{top}/assets/databases/sample.db", f"{folder}/sample.db")
        shutil.copy(f"{top}/config/ontology.yaml", f"{folder}/ontology.yaml")
        for name in ("sample.db", "ontology.yaml"):
            os.chmod(f"{folder}/{name}", 0o644)
        for name in ("fastapi_app.py",):
            shutil.copy(f"{top}/tests/bench/{name}", f"{folder}/{name}")
        environment = os.environ | stores_env | {
            "WORKERS": "1", "HOST": "127.0.0.1", "ENABLE_TARGET_DB": "true", "SEED_DEMO_DATA": "true",
            "TARGET_DATABASE_URL": f"sqlite:///{folder}/sample.db", "TARGET_DB_PATH": f"{work}/copy.db",
            "QUERY_RATE_PER_MINUTE": "0", "QUERY_CONCURRENCY_PER_USER": "0", "LOG_LEVEL": "warn",
            "HOME": work, "JWT_SECRET": secrets.token_hex(32), "BACKUP_DIR": f"{work}/backups", "PYTHONPATH": folder}

        def start(name, command, port, path):
            log = open(f"{folder}/{name}.log", "w", encoding="utf-8")
            process = subprocess.Popen(command, env=environment | {"PORT": str(port)}, stdout=log, stderr=log, cwd=folder)
            started.append(process)
            wait_for(port, path, process, log.name)
            return Server(name, process, port)

        def as_account(*command):
            return [stores, "exec", store_dir, "taskset", "-c", SERVER_CORE, *command]

        subprocess.run(as_account(f"{folder}/vanna-engine", "init"), env=environment, cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        engine = start("engine", as_account(f"{folder}/vanna-engine", "serve"), free_port(), "/health/ready")
        floor_port = free_port()
        floor = start("floor", as_account(f"{folder}/bench_floor", str(floor_port)), floor_port, "/")
        fastapi_port = free_port()
        fastapi = start("fastapi", as_account("/usr/bin/python3", "-m", "uvicorn", "fastapi_app:app", "--loop", "uvloop",
                                              "--http", "httptools", "--no-access-log", "--log-level", "warning",
                                              "--port", str(fastapi_port)), fastapi_port, "/health/live")
        token = log_in(engine.port, "analyst@example.com", "AnalystPassword123")

        def serve(port):
            """One more engine on the same stores and copy, not waited for."""
            with open(f"{folder}/another.log", "a", encoding="utf-8") as log:
                started.append(subprocess.Popen(as_account(f"{folder}/vanna-engine", "serve"), env=environment | {"PORT": str(port)},
                                                stdout=log, stderr=log, cwd=folder))
            return started[-1]

        yield types.SimpleNamespace(engine=engine, floor=floor, fastapi=fastapi, token=token, folder=folder, top=top, serve=serve)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
        subprocess.run([stores, "remove", store_dir], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
