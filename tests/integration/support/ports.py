"""Ports of this machine that no other test takes while this process lives."""

import fcntl
import os
import random
import socket

_folder = "/tmp/vanna_test_ports"
_held = []


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def reserve():
    """A free port below those of outgoing connections, locked by a file: two servers could share one by SO_REUSEPORT."""
    if not os.path.isdir(_folder):
        os.makedirs(_folder, exist_ok=True)
        os.chmod(_folder, 0o777)
    for port in random.sample(range(10000, 15000), 500):
        try:
            lock = open(os.open(f"{_folder}/{port}", os.O_RDWR | os.O_CREAT, 0o666), "w")
        except PermissionError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        if _is_free(port):
            _held.append(lock)
            return port
        lock.close()
    raise RuntimeError("no free port between 10000 and 15000")
