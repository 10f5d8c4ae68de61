"""How long a server takes from its start to the first 200 of /health/ready, with the stores up and the copy in place, and from
SIGTERM to its end."""
import http.client
import statistics
import time

import servers


def measure(stage, rounds):
    ready, ended = [], []
    for _ in range(rounds):
        port, began = servers.free_port(), time.monotonic()
        process = stage.serve(port)
        try:
            _wait(process, port)
            ready.append(time.monotonic() - began)
        finally:
            told = time.monotonic()
            process.terminate()
            if process.wait(30) != 0:
                raise SystemExit(f"the server ended with {process.returncode} after SIGTERM")
        ended.append(time.monotonic() - told)
    return [(f"start to ready, median of {rounds} starts", statistics.median(ready), "s", 1),
            ("start to ready, the slowest of them", max(ready), "s", None),
            ("SIGTERM to exit 0 with nothing to do, median", statistics.median(ended), "s", None)]


def _wait(process, port):
    """A request that comes before the server answers waits in the kernel: polling costs nothing once the port is open."""
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except ConnectionError:
            time.sleep(0.001)
        finally:
            connection.close()
    raise SystemExit(f"the server on port {port} ended with {process.returncode} before it was ready")
