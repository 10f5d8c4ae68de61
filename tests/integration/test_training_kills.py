"""Trainings whose server or stores are killed before the new collection is current: the old one answers, the next training tidies up."""

from support import eventually, main
from support.trainings import WAITING, RemotelyTrained


class Killed(RemotelyTrained):
    own_stores = True

    def setUp(self):
        super().setUp()
        self.before = self.row(), self.collections()

    def check_old_one_answers(self, admin):
        """The name of the collection that nobody was sent to."""
        row, collections = self.before
        self.assertEqual(self.row(), row)
        self.assertTrue(self.nearest(admin, "customers", limit=1))
        self.assertEqual(self.notes(), "")
        (unfinished,) = set(self.collections()) - set(collections)
        return unfinished

    def check_next_tidies_up(self, admin, unfinished):
        done = self.train(admin)
        self.assertEqual(done["added"], 1)
        self.assertIn(unfinished, done["dropped"])
        self.assertEqual(self.row()["collection"], done["collection"])
        self.assertLessEqual(set(self.collections()), {*self.before[1], done["collection"]})

    def failed(self, admin, url):
        job = self.ended(admin, url, 90)
        self.assertEqual(job["state"], "failed", job)
        return job["error"]

    def test_the_server_right_before_the_row_is_moved(self):
        admin = self.admin()
        with self.publishing(admin, "before") as url:
            self.server.kill()
            self.stores.sql(f"select pg_terminate_backend(pid) {WAITING}")  # PostgreSQL would do yet what it was asked
        self.server.start()
        self.assertIn("sign of life", self.failed(admin, url))
        self.check_next_tidies_up(admin, self.check_old_one_answers(admin))

    def test_the_server_right_after_the_row_was_moved(self):
        admin = self.admin()
        with self.publishing(admin, "after") as url:
            self.server.kill()
        moved = eventually(lambda: (row := self.row()) != self.before[0] and row, 30, "the row being moved")
        self.server.start()
        self.assertIn("sign of life", self.failed(admin, url))
        self.assertEqual(self.nearest(admin, "after", kind="term", limit=1)[0]["subject"], "after")
        done = self.train(admin)
        self.assertEqual((done["changed"], done["collection"]), (False, moved["collection"]))
        self.assertEqual(self.row(), moved)

    def test_postgresql_while_the_server_publishes(self):
        admin = self.admin()
        with self.publishing(admin, "postgresql") as url:
            self.stores.kill("postgres")
        self.stores.start("postgres")
        self.assertIn("system database", self.failed(admin, url))
        self.check_next_tidies_up(admin, self.check_old_one_answers(admin))

    def test_chromadb_while_the_collection_is_built(self):
        admin = self.admin()
        url = self.held_training(admin, "chromadb")
        self.stores.kill("chroma")
        self.embeddings.go()
        self.assertIn("ChromaDB", self.failed(admin, url))
        self.stores.start("chroma")
        self.server.wait_for_store("chroma")
        self.check_next_tidies_up(admin, self.check_old_one_answers(admin))


if __name__ == "__main__":
    main()
