"""The settings of the engine, and what becomes of them in a pod."""

import base64
import functools
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import dockerfile
from promql import TOP
from rendered import one, render, template


def settings():
    """Every setting's name, and whether it may come as NAME_FILE and is a secret."""
    text = (TOP / "config/definitions.cpp").read_text(encoding="utf-8")
    entries = re.findall(r'\{"([A-Z_]+)",\s*(\w+),(.*?)\},?\n(?=    \{"|\};)', text, re.S)
    return {name: {"secret": bool(re.search(r"(UINT64_MAX|\b\d+),\s*true(,\s*true)?$", rest)), "url": kind == "url"} for name, kind, rest in entries}


def secrets_of(overlay):
    """The Secret of an overlay, as an operator would have filled in the template of production."""
    if overlay == "production":
        names = ("JWT_SECRET", "INIT_ADMIN_PASSWORD", "ENCRYPTION_KEY", "BACKUP_SIGNING_KEY", "METRICS_TOKEN")
        return {**template()["stringData"], **dict.fromkeys(names, "a long secret of the test, for any of them")}
    return {key: base64.b64decode(value).decode() for key, value in one(render(f"overlays/{overlay}"), "Secret")["data"].items()}


def asked(engine, overlay, secrets, *words):
    """What the engine says in a pod of this overlay, which may also be a folder elsewhere; files where they are in this checkout."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder}
        for key, value in {**dockerfile.environment(), **one(render(os.path.join("overlays", overlay)), "ConfigMap")["data"]}.items():
            environment[key] = value.replace("/run/secrets/vanna", folder).replace("/app", str(TOP))
        for key, value in secrets.items():
            Path(folder, key).write_text(value + "\n", encoding="utf-8")
        return subprocess.run([engine, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


@functools.cache
def effective(engine, overlay):
    """The settings that the engine runs with in a pod: those of the image, the ConfigMap, the scenario's file, and its defaults."""
    done = asked(engine, overlay, secrets_of(overlay), "config", "show", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: told["value"].replace(str(TOP), "/app") for name, told in json.loads(done.stdout).items()}
