"""Each recorded question about the sample business, asked over HTTP: the rows are the recorded ones, or it asks back."""

import hashlib
import importlib.util
import pathlib

from support import Story, eventually, main

_path = pathlib.Path(__file__).resolve().parents[1] / "sample/sample_questions.py"
_spec = importlib.util.spec_from_file_location("sample_questions", _path)
recorded = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recorded)

# Answerable, and yet it is right to ask back.
AMBIGUOUS = {
    "What different job titles are there?": "employees and the contacts at customers have a job_title, and none of them is named",
}


class Asked:
    """On either engine."""

    def setUp(self):
        self.user = self.viewer()

    def pairs(self):
        return self.questions(verified=True)

    def ask(self, question):
        return self.user.post("/api/v1/queries/ask", {"question": question, "limit": 1000}, expect=200).json

    def questions(self, **wanted):
        found = [r for r in recorded.load() if all(r[key] == value for key, value in wanted.items())]
        self.assertTrue(found)
        return found

    def assert_recorded_rows(self, answer, record):
        self.assertTrue(answer["sql"], answer.get("clarification"))
        self.assertFalse(answer["truncated"])
        self.assertEqual(answer["row_count"], record["row_count"], answer["sql"])
        rows = recorded.canonical(answer["rows"], record["ordered"])
        self.assertEqual(hashlib.sha256(rows.encode()).hexdigest(), record["sha256"], answer["sql"])

    def assert_asked_back(self, answer):
        self.assertIsNone(answer["sql"])
        self.assertNotIn("rows", answer)
        self.assertTrue(answer["clarification"])

    def test_every_question_that_the_tables_answer_gets_the_recorded_rows(self):
        for record in self.questions(answerable=True, verified=False):
            if record["question"] in AMBIGUOUS:
                continue
            with self.subTest(question=record["question"], kind=record["kind"]):
                answer = self.ask(record["question"])
                self.assertEqual(answer["generator"], "built-in")
                self.assert_recorded_rows(answer, record)

    def test_a_question_that_no_table_answers_is_declined(self):
        for record in self.questions(answerable=False):
            with self.subTest(question=record["question"]):
                self.assert_asked_back(self.ask(record["question"]))

    def test_a_question_that_two_columns_answer_is_asked_back(self):
        for question, why in AMBIGUOUS.items():
            with self.subTest(question=question, why=why):
                self.assert_asked_back(self.ask(question))

    def test_what_the_business_asks_in_its_own_terms_is_answered_by_their_definition(self):
        analyst = self.analyst()
        for question, sql in {
            "top 5 customers by revenue":
                "SELECT c.customer_name, sum(i.line_total) FROM customers AS c JOIN orders AS o USING (customer_id) JOIN order_items AS i "
                "USING (order_id) WHERE o.status <> 'cancelled' GROUP BY c.customer_id ORDER BY 2 DESC LIMIT 5",
            "total of all orders per warehouse":
                "SELECT w.warehouse_name, sum(o.total_amount) FROM orders AS o JOIN warehouses AS w USING (warehouse_id) GROUP BY w.warehouse_id",
            "What was the gross margin in 2024?":
                "SELECT sum(i.line_total - i.quantity * p.unit_cost) FROM order_items AS i JOIN products AS p USING (product_id) JOIN orders AS o "
                "USING (order_id) WHERE o.status <> 'cancelled' AND o.order_date BETWEEN '2024-01-01' AND '2024-12-31'",
            "headcount per department":
                "SELECT d.department_name, count(*) FROM employees AS e JOIN departments AS d ON d.department_id = e.department_id "
                "WHERE e.termination_date IS NULL GROUP BY d.department_id",
        }.items():
            with self.subTest(question=question):
                answer = self.ask(question)
                ordered = "ORDER BY" in sql
                self.assertEqual(recorded.canonical(answer["rows"], ordered), recorded.canonical(analyst.rows(sql), ordered), answer["sql"])

    def test_a_region_reached_in_two_ways_is_asked_about(self):
        self.assert_asked_back(self.ask("total of all orders per region"))

    def test_a_question_with_a_verified_pair_is_answered_by_it_and_says_so(self):
        analyst = self.analyst()
        for record in self.pairs():
            with self.subTest(question=record["question"]):
                pair = {"question": record["question"], "sql": record["sql"]}
                made = analyst.post("/api/v1/knowledge/examples", pair, expect=201).json
                analyst.post(f"/api/v1/knowledge/examples/{made['id']}/approve", expect=200)
                answer = eventually(lambda q=record["question"]: (a := self.ask(q))["generator"] == "verified-pairs" and a)
                self.assert_recorded_rows(answer, record)
                self.assertTrue(any(record["question"] in note and "analyst@example.com" in note for note in answer["notes"]), answer["notes"])


class SampleQuestions(Asked, Story):
    pass


class OfPostgres(Asked, Story):
    engine_of_target = "postgresql"

    def pairs(self):
        """Those are written for SQLite: one of the other questions, its statement in words of PostgreSQL."""
        (record,) = self.questions(question="How many orders were placed in 2024?")
        return [{**record, "question": "In 2024, what came in?", "sql": "SELECT count(*) FROM orders WHERE extract(year FROM order_date) = 2024"}]


if __name__ == "__main__":
    main()
