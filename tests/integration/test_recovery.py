"""The recovery page, typed word by word: an archive of one installation restored on an empty one with other secrets."""

import os
import subprocess
import sys

from support import account, ports
from support.backups import BackupStory
from support.server import engine
from support.stores import taken
from support.story import ADMIN, ANALYST, main
from support.client import Client

PAGE = os.path.join(os.path.dirname(__file__), "../../jobs/RECOVERY.md")
SESSION = os.path.join(os.path.dirname(__file__), "../support/readme_session.py")


class Recovery(BackupStory):
    settings = {"JWT_SECRET": "the secret of the machine that is gone", "AUTO_TRAIN_CHROMA": "true"}

    def test_an_empty_machine_and_one_archive_become_the_system_that_was(self):
        admin = self.admin()
        admin.post("/api/v1/ontology", {"term_name": "Lifeboat", "description": "orders that were saved"}, expect=201)
        archive = os.path.join(self.backups(), self.take(admin) + ".tar.gz")
        fresh = account.folder("vanna_recovery_")
        self.addCleanup(subprocess.run, ["rm", "-rf", fresh], check=True)
        with taken() as stores:
            port = ports.reserve()
            self.follow_the_page(fresh, stores, port, archive)
            client = Client(port)
            again = client.log_in(*ADMIN)
            self.assertIn("Lifeboat", [term["term_name"] for term in again.get("/api/v1/ontology", expect=200).json["items"]])
            self.assertEqual(client.log_in(*ANALYST).rows("select count(*) from customers"), [[920]])
            self.assertGreater(again.get("/api/v1/admin/db/chroma/status", expect=200).json["documents"], 100)
            with open(os.path.join(fresh, "engine.pid"), encoding="ascii") as file:
                os.kill(int(file.read()), 15)

    @staticmethod
    def follow_the_page(fresh, stores, port, archive):
        settings = {**stores.environment(), "JWT_SECRET": "another secret, of the machine that is new", "ENABLE_TARGET_DB": "true",
                    "TARGET_DB_PATH": "data/vanna_db.db", "BACKUP_DIR": "backups", "HOST": "127.0.0.1", "PORT": str(port)}
        with open(os.path.join(fresh, "engine.env"), "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())
        account.give(os.path.join(fresh, "engine.env"))
        for name in ("data", "bin"):
            os.mkdir(os.path.join(fresh, name))
            account.give(os.path.join(fresh, name))
        page = account.copy(PAGE, os.path.join(fresh, "RECOVERY.md"))
        program = os.path.join(fresh, "bin/vanna-engine")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/bash\n[[ $1 == serve ]] && echo $$ >{fresh}/engine.pid\nexec {engine()} "$@"\n')
        os.chmod(program, 0o755)
        account.give(program)
        environment = {"PATH": f"{fresh}/bin:/usr/bin:/bin", "HOME": fresh, "ARCHIVE": archive, "LC_ALL": "C.UTF-8"}
        report = os.path.join(fresh, "session.log")
        with open(report, "wb") as out:
            done = subprocess.run([sys.executable, "-u", SESSION, page, f"http://127.0.0.1:{port}"], env=environment, stdout=out, stderr=out,
                                  stdin=subprocess.DEVNULL, check=False, timeout=120, **account.become())
        with open(report, encoding="utf-8") as out:
            assert done.returncode == 0, out.read()


if __name__ == "__main__":
    main()
