"""What holds for each call of an administrator that changes something: it is confirmed, and on record before it acts."""

import contextlib

from support.backups import HeldPrograms
from support.restores import RESTORE, RestoreStory
from support.story import main

DB = "/api/v1/admin/db"
SETTING = "/api/v1/admin/configurations/QUERY_MAX_ROWS"
CONFIRMED = {"confirm": "true"}
STATE = (
    "select id, state, cancel_requested from jobs order by id", "select * from target_state", "select * from knowledge_state",
    "select * from configurations order by key", "select id, is_active from users order by id",
    "select id, term_name from business_ontologies order by id", "select id, state from knowledge_examples order by id",
)

# Its trigger is there from the beginning: dropping one waits for the backups that read the table.
ATTEMPTS = "create or replace function take_attempt() returns trigger language plpgsql as $$ begin {}; end $$"


class Promises(HeldPrograms, RestoreStory):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.stores.sql(ATTEMPTS.format("return new") + "; create trigger take_attempt before insert on audit_logs for each row "
                       "when (new.status = 'attempt') execute function take_attempt()")

    def state(self):
        return [self.stores.sql(query) for query in STATE], [item["id"] for item in self.listed()], self.stores.collections()

    def kept(self, admin):
        """A user, a term and a pair, by the path of each."""
        user = admin.post("/api/v1/users", {"email": f"{self.id()[-20:]}@example.com", "password": "first password 1", "role": "viewer"}, expect=201)
        term = admin.post("/api/v1/ontology", {"term_name": self.id()[-20:], "description": "about it"}, expect=201)
        pair = admin.post("/api/v1/knowledge/examples", {"question": f"{self.id()}?", "sql": "select 1"}, expect=201)
        return [made.headers["Location"] for made in (user, term, pair)]

    @contextlib.contextmanager
    def no_attempts(self):
        """Meanwhile the audit trail takes no entry of what is about to be done."""
        self.stores.sql(ATTEMPTS.format("raise exception 'no room'"))
        try:
            yield
        finally:
            self.stores.sql(ATTEMPTS.format("return new"))

    def test_what_is_not_confirmed_to_the_letter_changes_nothing(self):
        admin = self.admin()
        taken = self.take(admin)
        admin.put(SETTING, {"value": "900"}, expect=200)
        calls = [("POST", f"{DB}/golden-copy/reset"), ("POST", RESTORE + taken), ("POST", f"{DB}/backup/restore/{taken}"),
                 ("DELETE", f"{DB}/backup/{taken}"), ("DELETE", f"{DB}/chroma/clear"), ("DELETE", SETTING),
                 *(("DELETE", path) for path in self.kept(admin))]
        before = self.state()
        for method, path in calls:
            for query in (None, {"confirm": ""}, {"confirm": "1"}, {"confirm": "TRUE"}, {"confirm": "true "}, {"Confirm": "true"}):
                with self.subTest(f"{method} {path} {query}"):
                    got = admin.request(method, path, query=query)
                    self.assertEqual((got.status, got.type), (400, "confirmation-required"))
        self.assertEqual(self.state(), before)

    def test_what_cannot_be_recorded_is_not_done_and_what_is_done_was_recorded_before(self):
        admin = self.admin()
        taken, spare = self.take(admin), self.take(admin)
        admin.put(SETTING, {"value": "900"}, expect=200)
        calls = (("POST", f"{DB}/vacuum", None, None), ("PUT", SETTING, {"value": "800"}, None), ("DELETE", SETTING, None, CONFIRMED),
                 ("POST", f"{DB}/chroma/train", None, None), ("POST", f"{DB}/chroma/evaluate", None, None),
                 ("POST", f"{DB}/golden-copy/reset", None, CONFIRMED), ("POST", f"{DB}/backup/verify/{spare}", None, None),
                 ("DELETE", f"{DB}/backup/{spare}", None, CONFIRMED), ("DELETE", f"{DB}/chroma/clear", None, CONFIRMED),
                 ("POST", f"{DB}/backup", None, None), ("POST", RESTORE + taken, None, CONFIRMED))
        before = self.state()
        with self.no_attempts():
            for method, path, body, query in calls:
                with self.subTest(f"{method} {path}, no room in the trail"):
                    self.assertIn(admin.request(method, path, body, query).status, (500, 503))
                    self.assertEqual(self.state(), before)
        for method, path, body, query in calls:
            with self.subTest(f"{method} {path}"):
                self.check_recorded(admin, admin.request(method, path, body, query, expect=(200, 202, 204)))

    def test_a_cancellation_that_cannot_be_recorded_is_not_done(self):
        admin = self.admin()
        self.held.hold("pg_dump")
        begun = admin.post(f"{DB}/backup", expect=202)
        self.holding("pg_dump")
        cancel = f"{DB}/jobs/{begun.json['task_id']}/cancel"
        with self.no_attempts():
            self.assertIn(admin.post(cancel).status, (500, 503))
            self.assertEqual(self.stores.sql("select 1 as one from jobs where cancel_requested or state = 'cancelled'"), [])
        admin.post(cancel, expect=202)
        self.ended(admin, begun, "cancelled")

    def check_recorded(self, admin, answer):
        request = answer.headers["X-Request-Id"]
        entries = self.stores.sql(f"select status from audit_logs where request_id = '{request}' order by id")
        self.assertEqual([entry["status"] for entry in entries], ["attempt", "success"])
        if answer.status != 202:
            return
        job = answer.json["task_id"]
        self.assertEqual(self.stores.sql(f"select timestamp <= created_at as before from audit_logs, jobs where request_id = '{request}' "
                                         f"and audit_logs.status = 'attempt' and jobs.id = '{job}'"), [{"before": "t"}])
        self.restore_ended(answer)


if __name__ == "__main__":
    main()
