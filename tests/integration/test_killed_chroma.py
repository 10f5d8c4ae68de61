"""ChromaDB itself is killed under a backup, a training and a restore: each fails by its name, the old vectors answer, nothing stays."""

from support.backups import Held
from support.polling import eventually
from support.restores import RESTORE, RestoreStory
from support.story import main

TRAIN = "/api/v1/admin/db/chroma/train"
STATUS = "/api/v1/admin/db/chroma/status"


class KilledChroma(RestoreStory):
    own_stores = True
    replicas = 0

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.held = Held(cls.folder, "pg_dump", "pg_restore")
        cls.chroma = cls.gate("chroma")
        cls.serve(settings={"PATH": cls.held.path}, chroma=cls.chroma)

    def killed_in(self, admin, begun, stage):
        """The error of a job whose ChromaDB dies in that stage, which the gate holds."""
        eventually(lambda: admin.get(begun.json["status_url"], expect=200).json["stage"] == stage, 60, stage)
        self.stores.kill("chroma")
        self.chroma.open()
        job = self.ended(admin, begun, "failed")
        self.stores.start("chroma")
        self.server.wait_for_store("chroma")
        return job["error"]

    def collection(self, admin):
        return admin.get(STATUS, expect=200).json["collection"]

    def test_under_a_backup(self):
        admin = self.admin()
        self.held.hold("pg_dump")
        begun = admin.post("/api/v1/admin/db/backup", expect=202)
        self.held.started("pg_dump")
        self.chroma.stall()
        self.held.let_go("pg_dump")
        self.assertIn("ChromaDB", self.killed_in(admin, begun, "reading the vectors"))
        self.assertEqual(self.left_over(), [])
        self.take(admin)

    def test_under_a_training(self):
        admin = self.admin()
        before = self.collection(admin)
        admin.post("/api/v1/ontology", {"term_name": "Killed", "description": "a term to learn"}, expect=201)
        self.chroma.stall()
        begun = admin.post(TRAIN, expect=202)
        self.assertIn("ChromaDB", self.killed_in(admin, begun, "reading"))
        self.assertEqual(self.collection(admin), before)
        done = self.ended(admin, admin.post(TRAIN, expect=202))["result"]
        self.assertEqual(done["added"], 1)
        self.assertNotEqual(self.collection(admin), before)

    def test_under_a_restore(self):
        admin = self.admin()
        taken = self.take(admin)
        before = self.collection(admin)
        self.held.hold("pg_restore")
        begun = admin.post(RESTORE + taken, query={"confirm": "true"}, expect=202)
        self.held.started("pg_restore")
        self.chroma.stall()
        self.held.let_go("pg_restore")
        self.assertIn("ChromaDB", self.killed_in(admin, begun, "building the vectors"))
        self.assertEqual(self.collection(admin), before)
        self.check_nothing_stays()
        self.restored(taken, admin)


if __name__ == "__main__":
    main()
