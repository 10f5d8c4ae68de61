"""Waiting for a condition, never for a time."""

import time


def eventually(condition, within=20.0, what="the condition"):
    """The first true value that condition() returns; fails with its last error once `within` seconds have passed."""
    until = time.monotonic() + within
    while True:
        problem = None
        try:
            value = condition()
            if value:
                return value
        except (AssertionError, OSError, ValueError) as failure:
            problem = failure
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come about within {within} s: {problem or 'false to the end'}")
        time.sleep(0.02)
