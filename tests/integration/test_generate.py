"""`vanna-engine generate`: SQL for questions about a target alone, with no store; either kind of target, and clear refusals."""

import json
import os
import urllib.parse

from support import Story, main, ports
from support.server import command

USAGE, UNAVAILABLE, CONFIG = 64, 69, 78


class Generated:
    """On either engine."""

    replicas = 0
    initialised = False

    def target(self):
        raise NotImplementedError

    def generate(self, *questions, url=None, **environment):
        """The process, run with nothing but the target."""
        lines = "".join(question + "\n" for question in questions)
        return command(self.folder, {**self.secret(), **environment}, "generate", "--target", url or self.target(), input=lines)

    def secret(self):
        return {}

    def test_each_line_in_is_an_object_out_and_what_no_table_answers_has_none(self):
        done = self.generate("How many customers are there?", "", "Will it rain in Ulaanbaatar tomorrow?", "'; DROP TABLE customers; --")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        counted, *others = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(counted["sql"], "SELECT COUNT(*) FROM customers")
        self.assertGreater(counted["confidence"], 0.5)
        self.assertEqual(counted["links"], ["customers -> table customers"])
        self.assertEqual([other["sql"] for other in others[:2]], [None, None])
        self.assertTrue(others[1]["clarification"])
        self.assertEqual(len(others), 3)

    def test_the_same_again_is_the_same(self):
        questions = ("How many orders per month in 2024?", "top 5 customers by number of orders", "suppliers in Germany")
        first, second = (self.generate(*questions) for _ in range(2))
        self.assertEqual((first.returncode, first.stdout), (0, second.stdout))
        self.assertTrue(all(json.loads(line)["sql"] for line in first.stdout.splitlines()), first.stdout)

    def refused(self, done, status, *words):
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_a_target_of_no_known_kind_is_refused(self):
        for url in ("mysql://host/shop", "shop.db", ""):
            with self.subTest(url):
                done = command(self.folder, {}, "generate", "--target", url, input="")
                self.refused(done, USAGE, "--target")


class OfFile(Generated, Story):
    def target(self):
        return f"sqlite:///{self.source_path}"

    def test_a_file_that_is_not_there_or_no_database(self):
        nowhere, text = os.path.join(self.folder, "nowhere.db"), self.file("ontology.yaml")
        for path in (nowhere, text):
            with self.subTest(path):
                done = self.generate("x", url=f"sqlite:///{path}")
                self.assertEqual(done.stdout, "")
                self.assertIn(path, done.stderr)
                self.assertIn(done.returncode, (USAGE, UNAVAILABLE))


class OfPostgres(Generated, Story):
    engine_of_target = "postgresql"

    def address(self, url=None, **parts):
        """Without its password."""
        split = urllib.parse.urlsplit(url or self.business.url())
        return f"postgresql://{split.username}@{parts.get('host', split.hostname)}:{parts.get('port', split.port)}/{parts.get('database', split.path[1:])}"

    def target(self):
        return self.address()

    def secret(self):
        return {"PGPASSWORD": self.business.password}

    def test_a_wrong_password_is_told_as_such(self):
        self.refused(self.generate("x", PGPASSWORD="wrong"), UNAVAILABLE, "password authentication failed", self.business.role)

    def test_no_password_is_told_as_such(self):
        self.refused(self.generate("x", PGPASSWORD=""), UNAVAILABLE, "no password")

    def test_a_password_in_the_address_is_not_taken(self):
        done = self.generate("x", url=self.business.url())
        self.refused(done, USAGE, "PGPASSWORD")
        self.assertNotIn(self.business.password, done.stderr)

    def test_what_is_not_there_is_told_by_name(self):
        port = ports.reserve()
        self.refused(self.generate("x", url=self.address(port=port)), UNAVAILABLE, "not reachable", str(port))
        self.refused(self.generate("x", url=self.address(database="nowhere")), UNAVAILABLE, '"nowhere" does not exist')
        self.refused(self.generate("x", url=self.address(host="no-such-host.invalid")), UNAVAILABLE, "no-such-host.invalid")

    def test_a_role_that_may_write_is_refused(self):
        owner = urllib.parse.urlsplit(self.business.owner_url())
        done = self.generate("x", url=self.address(self.business.owner_url()), PGPASSWORD=owner.password)
        self.refused(done, CONFIG, f"the role {owner.username} may write the table", "grant select")

    def test_a_superuser_is_refused(self):
        admin = os.environ["STORES_ADMIN_URL"]
        split = urllib.parse.urlsplit(admin)
        done = self.generate("x", url=self.address(admin, database=self.business.database), PGPASSWORD=split.password)
        self.refused(done, CONFIG, f"the role {split.username} is a superuser")


if __name__ == "__main__":
    main()
