"""Settings that are secret and live: sealed in the System DB with ENCRYPTION_KEY, never shown, in force on every replica."""

from support import Story, eventually, main
from support.model import Model, says

KEY = "/api/v1/admin/configurations/LLM_API_KEY"
OLD, NEW = "the encryption key of last year", "the encryption key of this year"
QUESTION = {"question": "how many customers are there?"}


class Secret(Story):
    replicas = 2

    @classmethod
    def prepare(cls):
        cls.model = Model("sk-the-key-of-today")
        cls._ends.callback(cls.model.close)
        cls.model.answer(says("SELECT 4711"))
        cls.settings = {"LLM_BASE_URL": cls.model.url, "LLM_MODEL": "toy", "ENCRYPTION_KEY": OLD, "RESULT_CACHE_TTL_SECONDS": "0"}
        super().prepare()

    def generator(self, server):
        return self.analyst(server).post("/api/v1/queries/ask", QUESTION, expect=200).json["generator"]

    def uses_the_model(self, server):
        eventually(lambda: self.generator(server) == "llm", 30, f"the key in force on {server.name}")

    def test_a_key_is_sealed_never_shown_applied_everywhere_and_survives_a_rotation(self):
        admin = self.admin()
        self.assertNotEqual(self.generator(self.server), "llm")
        row = admin.put(KEY, {"value": self.model.key}, expect=200)
        self.assertEqual((row.json["value"], row.json["is_secret"]), (None, True))
        for server in self.servers:
            self.uses_the_model(server)
        (stored,) = self.stores.sql("SELECT value, is_secret FROM configurations WHERE key = 'LLM_API_KEY'")
        self.assertTrue(stored["value"].startswith("sealed1:"), stored)
        self.assertEqual(stored["is_secret"], "t")
        self.assertEqual(admin.get(KEY, expect=200).json["value"], "***")
        everything = self.stores.sql("SELECT string_agg(t::text, ' ') AS text FROM audit_logs t")[0]["text"]
        for text in (row.text, everything, self.server.log(), stored["value"]):
            self.assertNotIn(self.model.key, text)

        rotated = self.serve("rotated", {"ENCRYPTION_KEY": NEW, "ENCRYPTION_PREVIOUS_KEY": OLD})
        self.uses_the_model(rotated)
        bereft = self.serve("bereft", {"ENCRYPTION_KEY": NEW})
        eventually(lambda: "ENCRYPTION_PREVIOUS_KEY" in bereft.log(), 20, "a server without the key of that time saying so")
        self.assertNotEqual(self.generator(bereft), "llm")
        self.assertEqual(bereft.log().count("secret settings are left"), 1)
        self.admin(rotated).put(KEY, {"value": self.model.key}, expect=200)
        self.uses_the_model(bereft)

        admin.delete(KEY, {"confirm": "true"}, expect=204)
        eventually(lambda: self.generator(self.server) != "llm", 30, "the key being gone")

    def test_without_an_encryption_key_none_is_stored(self):
        open_one = self.serve("open", {"ENCRYPTION_KEY": ""})
        refused = self.admin(open_one).put(KEY, {"value": "sk-other"}, expect=409)
        self.assertIn("ENCRYPTION_KEY", refused.json["detail"])
        self.assertEqual(self.stores.sql("SELECT key FROM configurations WHERE value LIKE '%sk-other%'"), [])


if __name__ == "__main__":
    main()
