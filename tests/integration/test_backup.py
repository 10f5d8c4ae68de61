"""Backups as an administrator takes them: over HTTP and on the command line, on real stores."""

import json
import os
import subprocess
import tarfile
import urllib.parse

from support import account
from support.backups import BackupStory, HeldPrograms
from support.polling import eventually
from support.story import ADMIN, ANALYST, VIEWER, main

ROUTES = (
    ("POST", "/api/v1/admin/db/backup"), ("GET", "/api/v1/admin/db/backup/status"), ("GET", "/api/v1/admin/db/backup/list"),
    ("GET", "/api/v1/admin/db/backup/retention"), ("GET", "/api/v1/admin/db/backup/backup_2026-01-01_00:00:00"),
    ("DELETE", "/api/v1/admin/db/backup/backup_2026-01-01_00:00:00"),
    ("POST", "/api/v1/admin/db/backup/verify/backup_2026-01-01_00:00:00"),
)


def flip_bit(path, at):
    """The lowest one of that byte."""
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


class TakingBackups(BackupStory):
    settings = {"BACKUP_RETENTION_COUNT": "2", "AUTO_TRAIN_CHROMA": "true"}

    def test_a_backup_is_whole_listed_and_verified(self):
        admin = self.admin()
        taken = self.take(admin)
        self.assertRegex(taken, r"^backup_\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d$")
        found = next(item for item in self.listed(admin) if item["id"] == taken)
        self.assertIsNotNone(found["verified_at"])
        self.assertEqual(found["file"], taken + ".tar.gz")
        path = os.path.join(self.backups(), found["file"])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(os.path.getsize(path), found["size"])
        self.assertEqual(self.left_over(), [])
        with tarfile.open(path, "r:gz") as archive:
            names = archive.getnames()
            self.assertEqual(names, ["manifest.json", "postgres.dump", "chroma/collection.json", "chroma/records.ndjson", "target/vanna_db.db"])
            manifest = json.load(archive.extractfile("manifest.json"))
        self.assertEqual(manifest["rows"]["users"], int(self.stores.sql("select count(*) as n from users")[0]["n"]))
        self.assertIn("hmac", manifest)

    def test_a_drill_restores_into_scratch_and_leaves_nothing(self):
        admin = self.admin()
        taken = self.take(admin)
        answer = admin.post(f"/api/v1/admin/db/backup/verify/{taken}", {"drill": True}, expect=202)
        done = self.ended(admin, answer)["result"]
        self.assertTrue(done["drilled"])
        self.assertEqual(done["signature"], "valid")
        found = next(item for item in self.listed(admin) if item["id"] == taken)
        self.assertIsNotNone(found["drilled_at"])
        scratch = answer.json["task_id"].replace("-", "")  # other tests have scratches on the same server
        self.assertEqual(self.stores.sql(f"select datname as n from pg_database where datname like '%{scratch}%' union all "
                                         f"select rolname from pg_roles where rolname like '%{scratch}%'"), [])
        self.assertEqual(self.left_over(), [])
        eventually(lambda: self.server.metric("vanna_backup_last_restore_verified_timestamp_seconds"), 10, "the metric")
        self.assertGreater(self.server.metric("vanna_backup_last_success_timestamp_seconds"), 1.7e9)
        self.assertEqual(self.server.metric("vanna_backup_last_size_bytes"), float(self.listed(admin)[0]["size"]))

    def test_retention_keeps_the_newest_and_says_why(self):
        admin = self.admin()
        taken = [self.take(admin) for _ in range(3)]
        kept = [item["id"] for item in self.listed(admin)]
        self.assertEqual(kept, [taken[2], taken[1]])
        plan = admin.get("/api/v1/admin/db/backup/retention", expect=200).json["items"]
        self.assertEqual([item["keep"] for item in plan], [True, True])
        self.assertIn("number 1 of the newest 2", plan[0]["rule"])

    def test_two_at_once_get_one_job(self):
        admin = self.admin()
        first = admin.post("/api/v1/admin/db/backup", expect=202)
        second = admin.post("/api/v1/admin/db/backup", expect=409)
        self.assertIn(first.json["task_id"], second.headers["Location"])
        self.ended(admin, first)

    def test_an_archive_is_downloaded_whole_and_in_parts(self):
        admin = self.admin()
        taken = self.take(admin)
        with open(os.path.join(self.backups(), taken + ".tar.gz"), "rb") as file:
            whole = file.read()
        url = f"/api/v1/admin/db/backup/{taken}"
        got = admin.get(url, expect=200)
        self.assertEqual(got.body, whole)
        self.assertEqual(got.headers["Content-Length"], str(len(whole)))
        tag = got.headers["ETag"]
        part = admin.get(url, headers={"Range": "bytes=10-29"}, expect=206)
        self.assertEqual(part.body, whole[10:30])
        self.assertEqual(part.headers["Content-Range"], f"bytes 10-29/{len(whole)}")
        self.assertEqual(admin.get(url, headers={"Range": "bytes=-7", "If-Range": tag}, expect=206).body, whole[-7:])
        self.assertEqual(admin.get(url, headers={"Range": "bytes=-7", "If-Range": '"other"'}, expect=200).body, whole)
        past = admin.get(url, headers={"Range": f"bytes={len(whole)}-"}, expect=416)
        self.assertEqual(past.headers["Content-Range"], f"bytes */{len(whole)}")
        self.assertEqual(admin.get(url + ".tar.gz", expect=200).body, whole)
        entry = self.stores.sql("select email from audit_logs where action = 'backup.download' limit 1")
        self.assertEqual(entry[0]["email"], "admin@example.com")

    def test_an_id_that_is_no_plain_name_is_not_found(self):
        admin = self.admin()
        for odd in ("..", "%2e%2e%2fetc%2fpasswd", "backup_2026-01-01_00:00:00%2f..", ".vanna-backups",
                    "backup_9999-01-01_00:00:00"):
            self.assertEqual(admin.get(f"/api/v1/admin/db/backup/{odd}").status, 404, odd)
            self.assertEqual(admin.post(f"/api/v1/admin/db/backup/verify/{odd}").status, 404, odd)

    def test_a_backup_is_deleted_when_that_is_confirmed(self):
        admin = self.admin()
        taken = self.take(admin)
        url = f"/api/v1/admin/db/backup/{taken}"
        admin.delete(url, expect=400)
        self.assertIn(taken, [item["id"] for item in self.listed(admin)])
        admin.delete(url, {"confirm": "true"}, expect=204)
        self.assertNotIn(taken, [item["id"] for item in self.listed(admin)])
        self.assertEqual(admin.delete(url, {"confirm": "true"}).status, 404)

    def test_only_administrators_may(self):
        for who in (ANALYST, VIEWER):
            client = self.server.client.log_in(*who)
            for method, path in ROUTES:
                self.assertEqual(client.request(method, path).status, 403, f"{who[0]} {method} {path}")
        for method, path in ROUTES:
            self.assertEqual(self.anyone.request(method, path).status, 401, path)

    def test_what_is_done_is_audited_before_it_acts_and_counted(self):
        admin = self.admin()
        counted = self.server.metric("vanna_admin_operations_total", action="backup.create", outcome="success") or 0
        self.take(admin)
        self.assertEqual(self.server.metric("vanna_admin_operations_total", action="backup.create", outcome="success"), counted + 1)
        entries = self.stores.sql("select status from audit_logs where action = 'backup.create' order by id desc limit 2")
        self.assertEqual([entry["status"] for entry in entries], ["success", "attempt"])

    def test_the_command_line_does_the_same(self):
        made = self.engine("backup", "create", "--json")
        self.assertEqual(made.returncode, 0, made.stderr)
        taken = json.loads(made.stdout)["backup_id"]
        listed = self.engine("backup", "list")
        self.assertIn(taken, listed.stdout)
        checked = self.engine("backup", "verify", taken, "--drill", "--json")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertTrue(json.loads(checked.stdout)["drilled"])
        self.assertEqual(self.engine("backup", "delete", taken).returncode, 64)
        self.assertIn(taken, [item["id"] for item in self.listed()])
        self.assertEqual(self.engine("backup", "delete", taken, "--confirm").returncode, 0)
        self.assertNotIn(taken, [item["id"] for item in self.listed()])
        self.assertEqual(self.engine("backup", "verify", "backup_2026-01-01_00:00:00").returncode, 65)
        jobs = self.admin().get("/api/v1/admin/db/jobs", {"type": "verify"}, expect=200).json["items"]
        self.assertTrue(any(job["requested_by"].startswith("cli:") for job in jobs))

    def test_a_damaged_archive_is_found_out(self):
        admin = self.admin()
        taken = self.take(admin)
        path = os.path.join(self.backups(), taken + ".tar.gz")
        flip_bit(path, os.path.getsize(path) // 2)
        self.assertIsNone(next(item for item in self.listed(admin) if item["id"] == taken)["verified_at"])
        job = self.ended(admin, admin.post(f"/api/v1/admin/db/backup/verify/{taken}", expect=202), "failed")
        self.assertTrue(job["error"])
        self.assertEqual(next(item for item in self.listed(admin) if item["id"] == taken)["problem"], job["error"])
        self.assertEqual(self.left_over(), [])
        self.assertEqual(self.engine("backup", "verify", taken).returncode, 65)
        self.assertEqual(self.engine("backup", "delete", taken, "--confirm").returncode, 0)


class Secrets(HeldPrograms, BackupStory):
    settings = {**HeldPrograms.settings, "JWT_SECRET": "what signs the tokens of this very test", "JWT_PREVIOUS_SECRET": "what has signed the tokens before",
                "ENCRYPTION_KEY": "what would encrypt the backups of this test", "BACKUP_SIGNING_KEY": "what signs the backups of this test",
                "LLM_API_KEY": "sk-of-the-language-model", "EMBEDDING_API_KEY": "sk-of-the-embeddings"}

    def secrets(self, admin):
        """Everything that a reader of a backup must not learn: name and bytes."""
        reset = admin.post("/api/v1/auth/password-reset", {"email": ANALYST[0]}, expect=201).json["reset_token"]
        found = {"access token": admin.token, "its signature": admin.token.rpartition(".")[2], "refresh token": admin.refresh_token,
                 "reset token": reset, **{who[0]: who[1] for who in (ADMIN, ANALYST, VIEWER)},
                 "role's password": urllib.parse.urlsplit(self.stores.url()).password,
                 **{name: value for name, value in self.settings.items() if name.endswith(("_KEY", "_SECRET"))}}
        for table in ("refresh_tokens", "password_resets"):
            hashes = self.stores.sql(f"select encode(hash, 'hex') as hash from {table}")
            self.assertTrue(hashes, table)
            found |= {f"hash {n} of {table}": row["hash"] for n, row in enumerate(hashes)}
        return {name: value.encode() for name, value in found.items()}

    def check_tells_none(self, secrets, where, content):
        for name, secret in secrets.items():
            self.assertNotIn(secret, content, f"{name} in {where}")
            if name.startswith("hash"):
                self.assertNotIn(bytes.fromhex(secret.decode()), content, f"{name} in {where}")

    def test_neither_an_archive_nor_what_it_is_made_of_tells_a_password_or_token_or_key(self):
        admin = self.admin()
        secrets = self.secrets(admin)
        self.held.hold("pigz")
        begun = admin.post("/api/v1/admin/db/backup", expect=202)
        self.held.started("pigz")
        found = 0
        for folder, _, files in os.walk(self.backups()):
            self.assertEqual(os.stat(folder).st_mode & 0o077, 0, folder)
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                self.check_tells_none(secrets, os.path.join(folder, name), content)
                found += b"CREATE TABLE public.users" in content
        self.assertGreater(found, 0, "the dump has not been looked at")
        self.held.let_go("pigz")
        path = os.path.join(self.backups(), self.ended(admin, begun)["result"]["backup_id"] + ".tar.gz")
        self.check_tells_none(secrets, path, subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout)


class TheFolder(BackupStory):
    """A replica that does not see the folder of backups takes none, and restores none."""

    def test_another_folder_is_refused_until_it_is_adopted(self):
        taken = self.take()
        other = self.serve("other", settings={"BACKUP_DIR": self.backups("other")})
        admin = self.admin(other)
        refused = admin.post("/api/v1/admin/db/backup", expect=409)
        self.assertIn("--adopt-folder", refused.json["detail"])
        self.assertTrue(refused.json["type"].endswith("backup-folder"))
        self.assertIsNotNone(admin.get("/api/v1/admin/db/backup/status", expect=200).json["problem"])
        os.mkdir(self.backups("other"), 0o700)
        account.give(self.backups("other"))
        account.copy(os.path.join(self.backups(), taken + ".tar.gz"), os.path.join(self.backups("other"), taken + ".tar.gz"))
        self.assertIn(taken, [item["id"] for item in self.listed(admin)])
        jobs = self.stores.sql("select id from jobs")
        refused = admin.post(f"/api/v1/admin/db/restore/{taken}", query={"confirm": "true"}, expect=409)
        self.assertEqual(refused.type, "backup-folder")
        self.assertEqual(self.stores.sql("select id from jobs"), jobs)
        self.assertEqual(self.left_over("other"), [])
        moved = self.engine("backup", "create", "--adopt-folder", settings={"BACKUP_DIR": self.backups("other")})
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.take(admin)
        self.assertEqual(self.admin().post("/api/v1/admin/db/backup").status, 409)


class EncryptedBackups(BackupStory):
    settings = {"BACKUP_ENCRYPT": "true", "ENCRYPTION_KEY": "an encryption key of enough length, truly"}

    def test_an_encrypted_archive_opens_with_its_key_only(self):
        admin = self.admin()
        taken = self.take(admin)
        found = self.listed(admin)[0]
        self.assertTrue(found["encrypted"])
        path = os.path.join(self.backups(), taken + ".tar.gz.enc")
        with open(path, "rb") as file:
            self.assertNotIn(b"manifest.json", file.read())
        self.assertEqual(self.engine("backup", "verify", taken).returncode, 0)
        other = self.engine("backup", "verify", taken, settings={"ENCRYPTION_KEY": "some other key of enough length, really"})
        self.assertEqual(other.returncode, 65)
        self.assertIn("ENCRYPTION_KEY", other.stderr)
        # That says nothing of the archive.
        again = self.listed(admin)[0]
        self.assertGreaterEqual(again["verified_at"], found["verified_at"])
        self.assertIsNone(again["problem"])
        rotated = {"ENCRYPTION_KEY": "some other key of enough length, really", "ENCRYPTION_PREVIOUS_KEY": self.settings["ENCRYPTION_KEY"]}
        self.assertEqual(self.engine("backup", "verify", taken, settings=rotated).returncode, 0)

    def test_a_flipped_bit_is_found_out_wherever_it_is(self):
        admin = self.admin()
        taken = self.take(admin)
        path = os.path.join(self.backups(), taken + ".tar.gz.enc")
        size = os.path.getsize(path)
        for at in (0, 12, 40, size // 2, size - 1):
            with self.subTest(f"byte {at} of {size}"):
                flip_bit(path, at)
                done = self.engine("backup", "verify", taken)
                self.assertEqual((done.returncode, done.stdout), (65, ""), done.stderr)
                self.assertTrue(done.stderr)
                self.assertEqual(self.left_over(), [])
                if at == size // 2:
                    before = self.stores.sql("select md5(string_agg(users::text, '')) as users from users")
                    restored = self.engine("backup", "restore", taken, "--trust", "--confirm")
                    self.assertEqual(restored.returncode, 65, restored.stderr)
                    self.assertEqual(self.stores.sql("select md5(string_agg(users::text, '')) as users from users"), before)
                    self.assertEqual(self.left_over(), [])
                flip_bit(path, at)
        self.assertEqual(self.engine("backup", "verify", taken).returncode, 0)


class WithoutTarget(BackupStory):
    """Neither a target nor vectors: the System DB alone is a backup too."""

    settings = {"ENABLE_TARGET_DB": "false"}

    def test_a_backup_without_target_and_vectors_verifies(self):
        admin = self.admin()
        taken = self.take(admin)
        with tarfile.open(os.path.join(self.backups(), taken + ".tar.gz"), "r:gz") as archive:
            self.assertEqual(archive.getnames(), ["manifest.json", "postgres.dump"])
        self.ended(admin, admin.post(f"/api/v1/admin/db/backup/verify/{taken}", {"drill": True}, expect=202))


if __name__ == "__main__":
    main()
