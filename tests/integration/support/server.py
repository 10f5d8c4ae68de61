"""One replica of the engine as a process, and its command line."""

import contextlib
import os
import signal
import subprocess
import sys

from support import account, ports
from support.client import Client
from support.polling import eventually


def engine():
    """The program under test."""
    named = os.environ.get("VANNA_ENGINE")
    return named or os.path.join(os.environ["VANNA_FILES"], "vanna-engine")


def command(folder, environment, *words, timeout=120, **options):
    """Runs `vanna-engine words…` to its end."""
    return subprocess.run([engine(), *words], cwd=folder, env=_whole(folder, environment), text=True, capture_output=True,
                          check=False, timeout=timeout, **account.become(), **options)


def start(folder, environment, *words, **streams):
    """Starts `vanna-engine words…` on the given standard streams."""
    return subprocess.Popen([engine(), *words], cwd=folder, env=_whole(folder, environment), stdout=subprocess.DEVNULL,
                            **streams, **account.become())


def _whole(folder, environment):
    base = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": folder, "LC_ALL": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH"):
        if name in os.environ:
            base[name] = os.environ[name]
    return {**base, **environment}


class Server:
    """Each has its own log; the folder it runs in may be shared by replicas."""

    def __init__(self, folder, environment, name="server", most_file_bytes=None):
        """`most_file_bytes`: what it writes to a file beyond this fails."""
        self.folder, self.name, self.most_file_bytes = folder, name, most_file_bytes
        self.port = ports.reserve()
        self.environment = {"HOST": "127.0.0.1", "PORT": str(self.port), "LOG_FORMAT": "json", **environment}
        self.log_path = os.path.join(folder, f"{name}.log")
        self.process = None
        self._shown_from = 0
        self.client = Client(self.port)

    def start(self, until="ready"):
        """Starts it and waits until /health/<until> answers 200; until=None: only started."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self._words(), cwd=self.folder, env=_whole(self.folder, self.environment),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            **account.become())
        if until:
            self.wait(until)
        return self

    def _words(self):
        words = [engine(), "serve"]
        if self.most_file_bytes is not None:
            words = ["/bin/bash", "-c", f"trap '' XFSZ; ulimit -f {self.most_file_bytes // 1024}; exec \"$@\"", "limited", *words]
        return words

    def wait(self, until="ready", within=60.0):
        def answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}\n{self.tail()}")
            return self.status(f"/health/{until}") == 200
        try:
            eventually(answers, within, f"{self.name} {until}")
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.tail()}") from None

    def wait_for_store(self, name, state="connected"):
        """Until /health says so of "database", "target_database", "redis" or "chroma"."""
        eventually(lambda: self.client.get("/health", expect=200).json[name] == state, 30, f"{name} {state}")

    def status(self, path):
        """The status of a GET, or None when nobody answers; not held to the document."""
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, which):
        os.kill(self.process.pid, which)

    def stop(self, timeout=60):
        """SIGTERM; its exit status."""
        if self.running():
            self.signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self):
        """kill -9."""
        if self.running():
            self.signal(signal.SIGKILL)
        return self.process.wait(30)

    def restart(self, until="ready"):
        self.stop()
        return self.start(until)

    def log(self):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def mark_log(self):
        """show_log() shows what comes after this."""
        self._shown_from = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0

    def tail(self, lines=40):
        with open(self.log_path, "rb") as file:
            file.seek(self._shown_from)
            text = file.read().decode("utf-8", "replace")
        return "\n".join(f"    {self.name}| {line[:400]}" for line in text.splitlines()[-lines:])

    def show_log(self):
        if os.path.exists(self.log_path):
            print(f"---- the end of the log of {self.name}, port {self.port}:\n{self.tail()}", file=sys.stderr)

    def descriptors(self, kind=""):
        """How many are open; of a kind: "socket:", or the beginning of a path."""
        count, folder = 0, f"/proc/{self.process.pid}/fd"
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                count += os.readlink(os.path.join(folder, name)).startswith(kind)
        return count

    def metric(self, name, **labels):
        """The value of a metric of Prometheus, or None."""
        wanted = name + ("{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else "")
        for line in self.client.get("/metrics", expect=200).text.splitlines():
            if line.startswith(wanted + " "):
                return float(line.rsplit(" ", 1)[1])
        return None

    def cpu_seconds(self):
        """CPU time of all its threads so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """Bytes of memory."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
