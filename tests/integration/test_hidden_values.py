"""Values of rows in statements, however they are written there: none goes to a remote model or embedder."""

from support import eventually, main
from support.embeddings import Embeddings
from support.model import says
from test_model import SECRET, Modelled

OF_ANY = [f"'{SECRET}'", f"'{SECRET} 1' || ''", f"/* {SECRET} */ 'x'", f"-- {SECRET}\n 'x'"]
OF_SQLITE = [f'"{SECRET}"', f"CAST(x'{SECRET.encode().hex()}' AS TEXT)"]
OF_POSTGRES = [f"E'{SECRET}'", f"E'it\\'s {SECRET}'", f"$${SECRET}$$", f"$a$ ' {SECRET} $$ $a$", f"U&'{SECRET}'", f"U&'\\005a{SECRET[1:]}'",
               f"N'{SECRET}'", f"ANY (ARRAY['x', '{SECRET}'])", f"/* /* */ ' {SECRET} */ '{SECRET}'"]


class Hiding:
    """What holds for statements of every engine: a subclass lists ways to write a text, and is Modelled."""

    @classmethod
    def prepare(cls):
        cls.embeddings = Embeddings("another key")
        cls._ends.callback(cls.embeddings.close)
        cls.more = {"EMBEDDING_PROVIDER": "http", "EMBEDDING_URL": cls.embeddings.url, "EMBEDDING_MODEL": "toy", "EMBEDDING_API_KEY": "another key"}
        super().prepare()

    def statement(self, spelling):
        return f"SELECT region_id FROM regions WHERE sales_office = {spelling}"

    def assert_hidden(self):
        for sent in (self.model.sent(), *self.embeddings.texts):
            self.assertNotIn(SECRET[1:], sent)
            self.assertNotIn(SECRET.encode().hex(), sent)

    def test_no_turn_of_a_conversation_tells_them(self):
        for number, spelling in enumerate(self.spellings):
            with self.subTest(spelling):
                self.model.answer(says(self.statement(spelling)))
                first = self.ask(f"Which odd regions number {number} are there?", conversation_id="new")
                self.assertEqual((first["generator"], first["sql"]), ("llm", self.statement(spelling)))
                self.ask("And which are even?", conversation_id=first["conversation_id"])
                told = self.model.requests[-1]["messages"][1]["content"].split("<conversation>")[1]
                self.assertIn("SELECT region_id FROM regions WHERE sales_office = ", told)
                self.assert_hidden()

    def test_no_pair_tells_them(self):
        for number, spelling in enumerate(self.spellings):
            with self.subTest(spelling):
                word = f"purple{'abcdefghijklmnopq'[number]}"
                pair = self.client.post("/api/v1/knowledge/examples", {"question": f"Who's in the {word} regions?", "sql": self.statement(spelling)}, expect=201)
                self.client.post(f"{pair.headers['Location']}/approve", expect=200)
                eventually(lambda w=word: any(w in text and "SELECT" in text for text in self.embeddings.texts), 30, "the pair being learnt")
                self.model.answer(says("SELECT 1"))

                def told(w=word):
                    self.ask(f"And who is not in any of the {w} regions?")
                    return f"Who's in the {w} regions?\nSELECT region_id" in self.model.requests[-1]["messages"][1]["content"]
                eventually(told, 20, "the pair being told")
                self.assert_hidden()


class HiddenValues(Hiding, Modelled):
    spellings = OF_ANY + OF_SQLITE


class HiddenValuesOfPostgres(Hiding, Modelled):
    engine_of_target = "postgresql"
    spellings = OF_ANY + OF_POSTGRES


if __name__ == "__main__":
    main()
