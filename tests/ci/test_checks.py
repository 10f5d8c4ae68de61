"""The checks of the sources themselves: each violation is found, what is allowed is left alone."""
import pathlib
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).resolve().parents[2] / ".ci"


def run_check(name, files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return subprocess.run([CI / name, folder], capture_output=True, text=True, check=False)


class Layers(unittest.TestCase):
    def refused(self, path, line, reason):
        result = run_check("check_layers", {path: f"#pragma once\n{line}\n"})
        self.assertEqual(result.returncode, 1, f"{path} with {line} went through")
        self.assertIn(f"{path}:2: ", result.stdout)
        self.assertIn(reason, result.stdout)

    def allowed(self, path, line):
        result = run_check("check_layers", {path: f"#pragma once\n{line}\n"})
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_lower_layers_never_include_higher_ones(self):
        for own, other in [("config", "core"), ("core", "db"), ("core", "server"), ("db", "jobs"), ("jobs", "server")]:
            self.refused(f"{own}/a.cpp", f'#include "{other}/b.hpp"', "lies above it")
            self.allowed(f"{other}/b.cpp" if other != "server" else "server/app/serve.cpp", f'#include "{own}/a.hpp"')

    def test_only_app_sees_the_adapters(self):
        self.refused("server/api/users.cpp", '#include "db/postgres/pool.hpp"', "only app")
        self.refused("server/http/session.hpp", '#include "db/redis/client.hpp"', "only app")
        for place in ("server/app/serve.cpp", "server/app/stores.hpp", "server/cli/init.cpp", "server/main.cpp"):
            self.allowed(place, '#include "db/postgres/pool.hpp"')

    def test_adapters_do_not_include_each_other(self):
        self.refused("db/sqlite/golden_copy.cpp", '#include "db/postgres/pool.hpp"', "another one")
        self.allowed("db/sqlite/golden_copy.cpp", '#include "db/sqlite/connection.hpp"')

    def test_c_headers_are_fenced(self):
        for header, place in [
            ("libpq-fe.h", "db/postgres/pool.cpp"),
            ("sqlite3.h", "db/sqlite/target.cpp"),
            ("hiredis/hiredis.h", "db/redis/resp.cpp"),
            ("archive.h", "jobs/archive/reader.cpp"),
            ("boost/beast/core.hpp", "core/net/http_client.cpp"),
            ("boost/beast/http.hpp", "server/http/session.cpp"),
        ]:
            self.allowed(place, f"#include <{header}>")
            self.allowed("tests/unit/a_test.cpp", f"#include <{header}>")
            self.refused("core/ids.hpp", f"#include <{header}>", "belongs in")
        self.refused("db/redis/client.cpp", "#include <hiredis/hiredis.h>", "resp.cpp")

    def test_yaml_stays_in_one_file(self):
        line = "#include <yaml-cpp/yaml.h>\n"
        self.assertEqual(run_check("check_layers", {"core/a.cpp": line}).returncode, 0)
        self.assertIn("core/b.cpp:1:", run_check("check_layers", {"core/a.cpp": line, "core/b.cpp": line}).stdout)

    def test_banned_words(self):
        for word in ["asio::deta" + "ched", "// TO" + "DO", "// NO" + "LINT", "std::this_thread::sleep" + "_for(1s);"]:
            self.refused("core/a.cpp", word, "")
        self.refused("tests/integration/test_a.py", "@unittest." + "skip", "skipped")
        self.allowed("core/a.cpp", "co_spawn(executor, work, group.adopt(name));")

    def test_names_that_say_nothing(self):
        result = run_check("check_layers", {"core/string_utils.hpp": "#pragma once\n"})
        self.assertIn("core/string_utils.hpp:1:", result.stdout)


class Format(unittest.TestCase):
    def test_an_unformatted_source_is_found(self):
        self.assertNotEqual(run_check("check_format", {"core/a.cpp": "int  a ;\n"}).returncode, 0)
        self.assertEqual(run_check("check_format", {"core/a.cpp": "int a;\n"}).returncode, 0)

    def test_a_broken_script_is_found(self):
        self.assertNotEqual(run_check("check_format", {"a.sh": "#!/bin/bash\nif true; then\n"}).returncode, 0)
        self.assertNotEqual(run_check("check_format", {"tests/run": "#!/bin/bash\nrm -r $1\n"}).returncode, 0)
        self.assertEqual(run_check("check_format", {"a.sh": '#!/bin/bash\necho "$1"\n'}).returncode, 0)


class Packages(unittest.TestCase):
    def test_every_list_names_packages_once(self):
        for file in (CI.parent / "containers/packages").glob("*.txt"):
            names = [line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
            names = [name for name in names if name]
            self.assertEqual(sorted(set(names)), sorted(names), file)
            for name in names:
                self.assertRegex(name, r"^[a-z0-9][a-z0-9.+-]+$", file)

    def test_what_is_installed_is_not_missing(self):
        result = subprocess.run([CI / "packages", "--missing", "test"], capture_output=True, text=True, check=True)
        self.assertNotIn("clang-format-19", result.stdout)


if __name__ == "__main__":
    unittest.main()
