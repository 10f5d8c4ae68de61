"""A TCP proxy between a server and a store, that a test can cut, stall and throttle."""

import contextlib
import select
import socket
import threading
import time

from support import ports


class Gate:
    """Listens on 127.0.0.1:port and forwards to the address given. Open at first."""

    def __init__(self, host, port):
        self._target = (host, port)
        self.port = ports.reserve()
        self._changed = threading.Condition()
        self._state = "open"
        self._rate = 0
        self._pairs = set()
        self._listener = None
        self._listen()

    def open(self):
        """Forwards again, at full speed; connections that were stalled go on."""
        self._set("open", 0)
        self._listen()

    def cut(self):
        """Ends every connection and refuses new ones, as a store that was killed does, until open()."""
        self._set("cut", 0)
        if self._listener:
            _end(self._listener)
            self._listener.close()
            self._listener = None
        with self._changed:
            for pair in self._pairs:
                for end in pair:
                    _end(end)

    def stall(self):
        """Holds back all bytes in both directions; connections stay and new ones are accepted."""
        self._set("stalled", 0)

    def throttle(self, bytes_per_second):
        """Forwards no more than this on each connection and direction."""
        self._set("open", bytes_per_second)

    def connections(self):
        with self._changed:
            return len(self._pairs)

    def close(self):
        self.cut()

    def _listen(self):
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _set(self, state, rate):
        with self._changed:
            self._state, self._rate = state, rate
            self._changed.notify_all()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError), client:
            self._wait_while_stalled()
            with socket.create_connection(self._target, timeout=10) as store:
                store.settimeout(None)
                self._join(client, store)

    def _join(self, client, store):
        pair = (client, store)
        for end in pair:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._changed:
            if self._state == "cut":
                return
            self._pairs.add(pair)
        back = threading.Thread(target=self._pump, args=(store, client), daemon=True)
        back.start()
        self._pump(client, store)
        back.join()
        with self._changed:
            self._pairs.discard(pair)

    def _wait_while_stalled(self):
        with self._changed:
            self._changed.wait_for(lambda: self._state != "stalled")

    def _pump(self, source, sink):
        try:
            while True:
                select.select([source], [], [])
                self._wait_while_stalled()
                rate = self._rate
                data = source.recv(min(65536, max(1, rate // 20)) if rate else 65536)
                if not data:
                    break
                sink.sendall(data)
                if rate:
                    time.sleep(len(data) / rate)
            sink.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):
            for end in (source, sink):
                _end(end)


def _end(end):
    """Ends a connection and wakes the threads that wait for it."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
