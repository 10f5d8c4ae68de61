#!/usr/bin/python3
"""The Dockerfiles, as far as they can be judged without building: what they copy exists, what the engine links is in them.

    test_image.py VANNA_ENGINE
"""

import os
import re
import shlex
import subprocess
import sys
import unittest

from composed import CERTIFICATES
from dockerfile import environment, instructions
from pod_settings import settings
from promql import CONTAINERS, TOP

ENGINE = None
NEXT = TOP / "tests/containers/next/Dockerfile"
# In every Debian: libc6, libgcc-s1.
ESSENTIAL = {"libc6", "libgcc-s1"}


def listed(name):
    text = (CONTAINERS / f"packages/{name}.txt").read_text(encoding="utf-8")
    return {line.split("#")[0].strip() for line in text.splitlines()} - {""}


class Files(unittest.TestCase):
    def test_what_is_copied_is_there_and_not_ignored(self):
        ignored = {line for line in (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and line[0] not in "#!"}
        for path, context in ((CONTAINERS / "Dockerfile", TOP), (TOP / "tests/containers/images/Dockerfile", TOP), (NEXT, NEXT.parent)):
            for stage, lines in instructions(path).items():
                copied = [source for word, rest in lines if word == "COPY" and "--from" not in rest for source in shlex.split(rest)[:-1]]
                for source in set(copied) - {CERTIFICATES}:
                    with self.subTest(path=path.name, stage=stage, source=source):
                        self.assertTrue((context / source).exists() or list(context.glob(source)))
                        self.assertNotIn(source.rstrip("/"), ignored)

    def test_nothing_secret_nor_built_is_sent_to_the_builder(self):
        ignored = (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines()
        for name in (".git", ".env", "containers/.env", "build", ".stores", "containers/secrets", "assets/databases/*", "backups/*", "data/*", "**/node_modules"):
            self.assertIn(name, ignored)


class Runtime(unittest.TestCase):
    stages = property(lambda self: instructions(CONTAINERS / "Dockerfile"))
    runtime = property(lambda self: self.stages["runtime"])

    def test_there_are_a_builder_a_test_and_a_runtime_stage_and_the_last_is_what_is_built(self):
        self.assertLessEqual({"builder", "test", "runtime"}, set(self.stages))
        self.assertEqual(list(self.stages)[-1], "runtime")

    def test_it_runs_the_engine_itself_as_process_1_and_not_as_root(self):
        said = dict(self.runtime)
        self.assertEqual(said["ENTRYPOINT"], '["vanna-engine"]')
        self.assertEqual(said["CMD"], '["serve"]')
        self.assertEqual(said["USER"], "10001:0")
        self.assertEqual(said["STOPSIGNAL"], "SIGTERM")
        self.assertIn('["vanna-engine", "healthcheck"]', said["HEALTHCHECK"])

    def test_its_settings_are_the_engines(self):
        self.assertLessEqual(set(environment()), set(settings()))
        promised = re.search(r'SHUTDOWN_DRAIN_SECONDS"[^}]*\((\d+) in containers\)', (TOP / "config/definitions.cpp").read_text(encoding="utf-8"))
        self.assertEqual(environment()["SHUTDOWN_DRAIN_SECONDS"], promised[1])

    def test_it_has_the_libraries_of_the_engine_and_no_compiler(self):
        needed = re.findall(r"NEEDED\).*\[(.+)\]", subprocess.run(["llvm-readelf-19", "-d", ENGINE], capture_output=True, text=True, check=True).stdout)
        self.assertGreater(len(needed), 10)
        for library in needed:
            with self.subTest(library):
                owners = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=True).stdout
                self.assertTrue({line.split(":")[0] for line in owners.splitlines()} & (listed("runtime") | ESSENTIAL), owners)
        self.assertEqual({name for name in listed("runtime") if "dev" in name.split("-") or "clang" in name}, set())

    def test_its_version_is_the_engines(self):
        version = re.search(r"VERSION (\d+\.\d+\.\d+)", (TOP / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
        self.assertIn(("ARG", f"VERSION={version}"), self.runtime)
        self.assertIn(f"vanna-engine:{version}", (CONTAINERS / "compose.yml").read_text(encoding="utf-8"))

    def test_what_changes_often_comes_last(self):
        words = [word for word, _ in self.runtime]
        self.assertGreater(words.index("LABEL"), words.index("ENTRYPOINT"))
        engine = max(number for number, (_, rest) in enumerate(self.runtime) if "--from=builder" in rest)
        self.assertGreater(engine, min(number for number, (_, rest) in enumerate(self.runtime) if "packages runtime" in rest))


if __name__ == "__main__":
    ENGINE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
