"""Backups that something still needs: retention keeps them whatever their age, and nobody deletes them."""

import os
import sqlite3

from support.backups import HeldPrograms
from support.polling import eventually
from support.restores import RestoreStory
from support.story import main

BACKUP = "/api/v1/admin/db/backup"


class InUse(HeldPrograms, RestoreStory):
    settings = {**HeldPrograms.settings, "BACKUP_RETENTION_COUNT": "1"}

    def plan(self, admin):
        """What retention says of each set: kept or not, and why."""
        return {item["id"]: (item["keep"], item["rule"]) for item in admin.get(f"{BACKUP}/retention", expect=200).json["items"]}

    def check_not_deleted(self, admin, taken):
        refused = admin.delete(f"{BACKUP}/{taken}", {"confirm": "true"}, expect=409)
        self.assertIn(f"{taken} is in use", refused.json["detail"])
        self.assertIn(taken, [item["id"] for item in self.listed(admin)])

    def another_target(self, admin):
        """The target as the source makes it, which has changed."""
        with sqlite3.connect(self.source_path) as source:
            source.execute(f"create table later_{os.urandom(4).hex()} as select 1 as n")
        source.close()
        self.source_replaced()
        self.ended(admin, admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202))

    def test_the_one_that_the_target_comes_from_stays(self):
        admin = self.admin()
        origin = self.take(admin)
        self.another_target(admin)
        self.restored(origin, admin)
        admin = eventually(self.admin, 30, "logging in after the restore")
        newer = [self.take(admin) for _ in range(2)]
        plan = self.plan(admin)
        self.assertEqual(plan[origin], (True, "in use by a job, or the target database comes from it"))
        self.assertNotIn(newer[0], plan)
        self.assertTrue(plan[newer[1]][0])
        self.check_not_deleted(admin, origin)
        # Nothing newer is known to be whole: then it stays for that too.
        os.unlink(os.path.join(self.backups(), newer[1] + ".tar.gz.json"))
        self.assertEqual(self.plan(admin)[origin], (True, "the last one that was verified"))
        self.another_target(admin)
        self.assertEqual(self.plan(admin)[origin], (True, "the last one that was verified"))
        admin.delete(f"{BACKUP}/{origin}", {"confirm": "true"}, expect=204)

    def test_the_one_that_a_drill_restores_stays_meanwhile(self):
        admin = self.admin()
        taken = self.take(admin)
        self.held.hold("pg_restore")
        drill = admin.post(f"{BACKUP}/verify/{taken}", {"drill": True}, expect=202)
        self.held.started("pg_restore")
        self.check_not_deleted(admin, taken)
        self.held.let_go("pg_restore")
        self.ended(admin, drill)
        admin.delete(f"{BACKUP}/{taken}", {"confirm": "true"}, expect=204)


if __name__ == "__main__":
    main()
