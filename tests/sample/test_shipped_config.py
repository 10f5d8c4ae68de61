#!/usr/bin/env python3
"""The scenario files and the ontology in config/: known settings only, and terms that fit the sample database.

    test_shipped_config.py MAKE_SAMPLE_DB
"""
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / "config"
MAKE = None
KEYS = ["term_name", "description", "synonyms", "data_source", "owner"]
STAGES = {  # APP_ENV, SEED_DEMO_DATA, ENABLE_TARGET_DB, AUTO_TRAIN_CHROMA
    "development": ("development", "true", "false", "false"),
    "staging": ("staging", "true", "true", "true"),
    "production": ("production", "false", "true", "true"),
    "hybrid": ("development", "true", "true", "false"),
    "demo": ("development", "true", "true", "true"),
}


def settings_in(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def terms():
    """Reads the plain form that config/ontology.yaml describes; anything else in the file is an error."""
    text = re.sub(r"(?m)^#.*\n", "", (CONFIG / "ontology.yaml").read_text(encoding="utf-8"))
    text = re.sub(r": >-\n((?:    .*\n)+)", lambda m: ": " + " ".join(m[1].split()) + "\n", text)
    found = []
    for block in re.split(r"\n(?=- )", text.strip()):
        pairs = [re.fullmatch(r"(?:- |  )([a-z_]+): (.+)", line).groups() for line in block.strip().splitlines()]
        found.append(dict(pairs))
        assert [key for key, _ in pairs] == KEYS, block
    return found


class ScenarioFiles(unittest.TestCase):
    def test_each_scenario_is_there_and_states_what_it_is(self):
        self.assertEqual({p.stem for p in CONFIG.glob("*.env") if p.stem != ".env"}, set(STAGES))
        names = ("APP_ENV", "SEED_DEMO_DATA", "ENABLE_TARGET_DB", "AUTO_TRAIN_CHROMA")
        for stage, expected in STAGES.items():
            found = settings_in(CONFIG / f"{stage}.env")
            self.assertEqual(tuple(found[name] for name in names), expected, stage)

    def test_every_name_is_a_setting(self):
        known = set(re.findall(r"(?m)^#?([A-Z_]+)=", (CONFIG / ".env.example").read_text(encoding="utf-8")))
        self.assertGreater(len(known), 40)
        for stage in STAGES:
            self.assertLessEqual(set(settings_in(CONFIG / f"{stage}.env")), known, stage)

    def test_no_secret_is_in_a_file(self):
        for stage in STAGES:
            for name in settings_in(CONFIG / f"{stage}.env"):
                self.assertNotRegex(name, "SECRET|PASSWORD|_KEY|TOKEN|URL", stage)

    def test_production_keeps_backups_for_a_month(self):
        found = settings_in(CONFIG / "production.env")
        self.assertEqual((found["BACKUP_DIR"], found["BACKUP_RETENTION_COUNT"]), ("/backups/vanna", "30"))

    def test_only_the_demo_uses_the_sample(self):
        for stage in STAGES:
            source = settings_in(CONFIG / f"{stage}.env").get("TARGET_DB_SOURCE", "")
            self.assertEqual(source.endswith("sample.db"), stage == "demo", stage)


class Ontology(unittest.TestCase):
    def test_there_are_enough_distinct_terms(self):
        found = terms()
        self.assertGreaterEqual(len(found), 25)
        names = [term["term_name"] for term in found]
        self.assertEqual(len(set(names)), len(names))
        words = names + [s.strip() for term in found for s in term["synonyms"].strip("[]").split(",")]
        self.assertEqual(sorted(w for w in set(words) if words.count(w) > 1), [])

    def test_every_data_source_fits_the_sample_database(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sample.db"
            subprocess.run([MAKE, path], check=True)
            db = sqlite3.connect(path)
            self.addCleanup(db.close)
            for term in terms():
                with self.subTest(term["term_name"]):
                    expression, _, condition = term["data_source"].partition(" where ")
                    tables = sorted(set(re.findall(r"\b([a-z_]+)\.[a-z_]+", term["data_source"])))
                    sql = f"SELECT {expression} FROM {', '.join(tables)} WHERE {condition or 1}"
                    db.execute(f"EXPLAIN {sql}")
                    if len(tables) == 1:
                        self.assertTrue(db.execute(sql).fetchone()[0])


if __name__ == "__main__":
    MAKE = sys.argv.pop()
    unittest.main()
