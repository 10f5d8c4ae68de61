"""Conversations: questions that build on those before them, owned by who asks, kept in PostgreSQL."""

import secrets
import time
import uuid

from support import Story, eventually, main
from support.story import ADMIN, ANALYST

CONVERSATIONS = "/api/v1/conversations"
ASK = "/api/v1/queries/ask"


def id7(seconds_ago=0):
    """A UUIDv7 as a client makes one."""
    ms = int((time.time() - seconds_ago) * 1000)
    return str(uuid.UUID(int=ms << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)))


class Talking(Story):
    def ask(self, client, question, conversation, expect=200, **more):
        return client.post(ASK, {"question": question, "conversation_id": conversation, **more}, expect=expect).json

    def turns(self, client, conversation, count):
        """Its turns, once so many of them are committed."""
        def seen():
            found = client.get(f"{CONVERSATIONS}/{conversation}", expect=200).json["turns"]
            return found if len(found) == count else None
        return eventually(seen, 10, f"{count} turns")


class Conversations(Talking):
    def test_questions_build_on_those_before(self):
        viewer = self.viewer()
        first = self.ask(viewer, "How many orders are there?", "new")
        talk = first["conversation_id"]
        self.assertEqual(uuid.UUID(talk).version, 7)
        # At once: the record of the first is hardly in PostgreSQL yet.
        grouped = self.ask(viewer, "and by status?", talk)
        self.assertIn("GROUP BY status", grouped["sql"])
        self.assertIn("understood as: How many orders are there by status", grouped["notes"])
        self.assertEqual(sum(row[-1] for row in grouped["rows"]), first["rows"][0][0])
        narrowed = self.ask(viewer, "only 2023", talk)
        self.assertIn("GROUP BY status", narrowed["sql"])
        self.assertLess(sum(row[-1] for row in narrowed["rows"]), first["rows"][0][0])
        turns = self.turns(viewer, talk, 3)
        self.assertEqual([t["question"] for t in turns], ["only 2023", "and by status?", "How many orders are there?"])
        self.assertEqual({t["conversation_id"] for t in turns}, {talk})

    def test_what_cannot_be_continued_is_asked_back(self):
        viewer = self.viewer()
        talk = self.ask(viewer, "How many customers are there?", "new")["conversation_id"]
        # By itself it would be answered with the list of regions.
        self.assertIn("SELECT", viewer.post(ASK, {"question": "and by region?"}, expect=200).json["sql"])
        answer = self.ask(viewer, "and how many in 2023?", talk)
        self.assertIsNone(answer["sql"])
        self.assertIn("in full", answer["clarification"])
        self.assertEqual(answer["conversation_id"], talk)

    def test_what_only_a_model_would_be_told_of_earlier_answers_is_not_looked_up(self):
        viewer = self.viewer()
        question = "How many regions are there?"
        talk = self.ask(viewer, "How many orders are there?", "new")["conversation_id"]
        for earlier in ("How many customers are there?", "How many suppliers are there?"):
            self.ask(viewer, earlier, talk)

        is_kept = self.engine_of_target == "sqlite"  # results of a PostgreSQL target are not

        def work(conversation):
            """Of the target's threads, for the question once its result is in the cache."""
            def started():
                return self.server.metric("vanna_pool_started_total", pool=self.engine_of_target)

            def asked():
                before = started()
                return self.ask(viewer, question, conversation)["cached"] == is_kept and (started() - before,)
            return eventually(asked, what="caching")[0]
        alone = min(work("new") for _ in range(3))
        self.assertEqual(min(work(talk) for _ in range(3)), alone)

    def test_another_server_knows_what_was_asked_of_the_first(self):
        viewer = self.viewer()
        talk = self.ask(viewer, "How many orders are there?", "new")["conversation_id"]
        self.turns(viewer, talk, 1)
        other = self.serve("other")
        self.addCleanup(other.stop)
        answer = self.ask(self.viewer(other), "by status", talk)
        self.assertIn("GROUP BY status", answer["sql"])

    def test_only_its_user_sees_it_and_nobody_else_writes_it(self):
        viewer = self.viewer()
        talk = id7()
        self.ask(viewer, "How many orders are there?", talk)
        self.turns(viewer, talk, 1)
        for other in (self.analyst(), self.admin()):
            self.assertEqual(other.post(ASK, {"question": "by status", "conversation_id": talk}).status, 404)
            self.assertEqual(other.get(f"{CONVERSATIONS}/{talk}").status, 404)
            self.assertEqual(other.delete(f"{CONVERSATIONS}/{talk}", {"confirm": "true"}).status, 404)
            self.assertNotIn(talk, [c["id"] for c in other.get(CONVERSATIONS, expect=200).json["items"]])
        self.assertEqual(len(self.turns(viewer, talk, 1)), 1)
        self.assertEqual(self.anyone.get(CONVERSATIONS).status, 401)
        self.assertEqual(len(self.stores.sql(f"SELECT id FROM queries WHERE conversation_id = '{talk}'")), 1)

    def test_an_id_begins_a_conversation_only_when_it_is_new(self):
        viewer = self.viewer()
        for wrong, status in ((id7(3600), 404), (str(uuid.uuid4()), 404), ("newer", 422), ("", 422), (7, 422), ("x" * 36, 422)):
            with self.subTest(wrong):
                got = viewer.post(ASK, {"question": "How many orders are there?", "conversation_id": wrong})
                self.assertEqual(got.status, status, got)
                if status == 422:
                    self.assertEqual([e["field"] for e in got.json["errors"]], ["conversation_id"])
        self.assertIsNone(self.ask(viewer, "How many orders are there?", None)["conversation_id"])
        talk = id7(120)
        for _ in range(2):
            self.assertEqual(self.ask(viewer, "How many orders are there?", talk)["conversation_id"], talk)

    def test_they_are_listed_by_pages_with_the_first_question_as_title(self):
        admin = self.admin()
        made = [self.ask(admin, f"How  many\norders are there ({n})?", "new", execute=False)["conversation_id"] for n in range(3)]
        page = admin.get(CONVERSATIONS, {"limit": 2}, expect=200).json
        self.assertEqual([c["id"] for c in page["items"]], made[:0:-1])
        self.assertEqual(page["items"][0]["title"], "How many orders are there (2)?")
        rest = admin.get(CONVERSATIONS, {"limit": 2, "cursor": page["next_cursor"]}, expect=200).json
        self.assertEqual(rest["items"][0]["id"], made[0])
        before = page["items"][1]["updated_at"]
        self.ask(admin, "How many customers are there?", made[1])
        seen = admin.get(f"{CONVERSATIONS}/{made[1]}", expect=200).json
        self.assertGreater(seen["updated_at"], before)
        self.assertEqual(seen["title"], "How many orders are there (1)?")

    def test_one_that_is_deleted_leaves_its_queries_and_is_gone_for_good(self):
        viewer = self.viewer()
        answer = self.ask(viewer, "How many orders are there?", id7(240))
        talk = answer["conversation_id"]
        self.turns(viewer, talk, 1)
        self.assertEqual(viewer.delete(f"{CONVERSATIONS}/{talk}").status, 400)
        viewer.delete(f"{CONVERSATIONS}/{talk}", {"confirm": "true"}, expect=204)
        self.assertEqual(viewer.get(f"{CONVERSATIONS}/{talk}").status, 404)
        self.assertIsNone(viewer.get(f"/api/v1/queries/{answer['query_id']}", expect=200).json["conversation_id"])
        eventually(lambda: self.stores.sql(f"SELECT id FROM audit_logs WHERE action = 'conversations.delete' AND resource = 'conversations/{talk}'"))
        # The id can begin another one while it is new; nothing of the old one is in it.
        again = self.ask(viewer, "by status", talk)
        self.assertNotIn("GROUP BY", again["sql"] or "")

    def test_a_later_question_of_a_conversation_is_not_proposed_as_a_pair(self):
        viewer = self.viewer()
        first = self.ask(viewer, "How many warehouses are there?", "new")
        later = self.ask(viewer, "How many employees are there?", first["conversation_id"])
        self.turns(viewer, first["conversation_id"], 2)
        for answer in (later, first):
            viewer.post(f"/api/v1/queries/{answer['query_id']}/feedback", {"rating": 5}, expect=201)
        proposed = [e["question"] for e in self.analyst().get("/api/v1/knowledge/examples", {"state": "proposed"}, expect=200).json["items"]]
        self.assertEqual(proposed, ["How many warehouses are there?"])

    def test_a_question_that_leans_on_a_deleted_conversation_is_not_proposed_as_a_pair(self):
        viewer = self.viewer()
        talk = self.ask(viewer, "How many orders are there?", "new")["conversation_id"]
        later = self.ask(viewer, "and by status?", talk)
        self.turns(viewer, talk, 2)
        viewer.delete(f"{CONVERSATIONS}/{talk}", {"confirm": "true"}, expect=204)
        viewer.post(f"/api/v1/queries/{later['query_id']}/feedback", {"rating": 5}, expect=201)
        proposed = [e["question"] for e in self.analyst().get("/api/v1/knowledge/examples", {"state": "proposed"}, expect=200).json["items"]]
        self.assertNotIn("and by status?", proposed)

    def test_the_events_of_a_question_carry_it_too(self):
        viewer = self.viewer()
        talk = self.ask(viewer, "How many orders are there?", "new")["conversation_id"]
        got = viewer.post(ASK, {"question": "by status", "conversation_id": talk}, headers={"Accept": "text/event-stream"}, expect=200)
        self.assertIn(talk, got.text)
        self.assertIn("GROUP BY status", got.text)


class ConversationsOfPostgres(Conversations):
    engine_of_target = "postgresql"


class Away(Talking):
    replicas = 0

    def test_postgresql_away_a_question_goes_on_and_says_so(self):
        gate = self.gate("postgres")
        self.addCleanup(gate.open)
        server = self.serve("gated", postgres=gate)
        analyst = server.client.log_in(*ANALYST)
        known = self.ask(analyst, "How many orders are there?", "new")["conversation_id"]
        self.turns(analyst, known, 1)
        server.restart()  # it remembers nothing itself now
        analyst = server.client.log_in(*ANALYST)
        gate.cut()
        server.wait_for_store("database", "down")
        answer = self.ask(analyst, "by status", known)
        self.assertTrue(any("cannot be read at the moment" in note for note in answer["notes"]), answer["notes"])
        self.assertNotIn("GROUP BY", answer["sql"] or "")
        begun = self.ask(analyst, "How many customers are there?", "new")
        follow = self.ask(analyst, "by segment", begun["conversation_id"])
        self.assertIn("GROUP BY segment", follow["sql"], "asked of this server a moment ago")
        self.assertEqual(analyst.get(CONVERSATIONS).status, 503)
        gate.open()
        server.wait_for_store("database")
        self.turns(analyst, begun["conversation_id"], 2)
        titles = [c["title"] for c in analyst.get(CONVERSATIONS, expect=200).json["items"]]
        self.assertEqual(titles[0], "How many customers are there?")
        stranger = server.client.log_in(*ADMIN)
        self.assertEqual(stranger.get(f"{CONVERSATIONS}/{known}").status, 404)


class AwayOfPostgres(Away):
    engine_of_target = "postgresql"


if __name__ == "__main__":
    main()
