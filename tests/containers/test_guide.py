#!/usr/bin/python3
"""What containers/README.md tells an operator to type, held to the engine, to the files and to bash.

    test_guide.py VANNA_ENGINE
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

from promql import CONTAINERS, TOP

ENGINE = None
GUIDE = (CONTAINERS / "README.md").read_text(encoding="utf-8")
USAGE, AS_ROOT = 64, 77
NOBODY = 65534


def consoles():
    """The commands of each console block, as they are typed."""
    for block in re.findall(r"```console\n(.*?)```", GUIDE, re.S):
        yield "\n".join(line[2:] for line in block.splitlines() if line.startswith(("$ ", "> ")))


def engine_commands():
    """The words after each vanna-engine that stands in a command."""
    typed = "\n".join([*consoles(), *re.findall(r"`([^`\n]+)`", GUIDE), *re.findall(r"^    (.+)$", GUIDE, re.M)])
    word = r"(?:backup_[\d_:-]+|ID|--[a-z-]+|\"[^\"]*\"|[a-z][a-z-]*)(?!\w)"
    return set(re.findall(rf"vanna-engine ({word}(?: {word})*)", typed))


class Guide(unittest.TestCase):
    def test_the_engine_takes_each_command_as_it_is_written(self):
        commands = engine_commands()
        self.assertLessEqual({"init --check", "backup create", "backup restore ID --confirm", "golden-copy status", "train"}, commands)
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            engine = os.path.join(folder, "vanna-engine")
            shutil.copyfile(ENGINE, engine)
            os.chmod(engine, 0o755)
            as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
            environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1",
                           "CHROMA_HOST": "127.0.0.1", "CHROMA_PORT": "1"}
            for words in sorted(commands):
                with self.subTest(words):
                    try:
                        status = subprocess.run([engine, *shlex.split(words)], cwd=folder, env=environment, capture_output=True, check=False,
                                                timeout=2, **as_nobody).returncode
                    except subprocess.TimeoutExpired:
                        continue  # it has been understood, and waits for stores
                    self.assertNotIn(status, (USAGE, AS_ROOT))

    def test_bash_understands_each_block(self):
        blocks = list(consoles())
        self.assertGreater(len(blocks), 10)
        for block in blocks:
            with self.subTest(block[:60]):
                done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False, timeout=10)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_files_it_names_are_there(self):
        named = set(re.findall(r"(?<![\w./-])((?:containers|config|jobs|tests|prometheus|haproxy|kubernetes|overlays)/[\w./-]*\w)", GUIDE))
        made_by_the_operator = {"containers/secrets", "containers/secrets/init_admin_password", "containers/.env"}
        for name in sorted(named - made_by_the_operator):
            self.assertTrue(any((top / name).exists() for top in (TOP, CONTAINERS, CONTAINERS / "kubernetes")), name)

    def test_secrets_are_rotated_as_written_without_one_being_lost(self):
        steps = next(block for block in consoles() if "jwt_previous_secret" in block).splitlines()
        self.assertEqual(len(steps), 3)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([CONTAINERS / "make_secrets", os.path.join(folder, "containers/secrets")], check=True, stdout=subprocess.DEVNULL, timeout=60)

            def secrets():
                def read(name):
                    path = os.path.join(folder, "containers/secrets", name)
                    self.assertEqual(os.stat(path).st_mode & 0o777, 0o444, name)
                    with open(path, encoding="ascii") as file:
                        return file.read().strip()
                return read("jwt_secret"), read("jwt_previous_secret")
            old = secrets()[0]
            subprocess.run(["bash", "-ec", steps[0]], cwd=folder, check=True, timeout=60)
            kept, new = secrets()
            self.assertEqual(kept, old)
            self.assertGreaterEqual(len(new), 64)
            subprocess.run(["bash", "-ec", steps[1]], cwd=folder, check=True, timeout=60)
            self.assertEqual(secrets(), (new, old))
            subprocess.run(["bash", "-ec", steps[2]], cwd=folder, check=True, timeout=60)
            self.assertEqual(secrets(), (new, ""))


if __name__ == "__main__":
    ENGINE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
