#!/usr/bin/env python3
"""The sample business database: made twice the same, whole, large enough, and with books that balance.

    test_sample_db.py MAKE_SAMPLE_DB
"""
import hashlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import sample_questions

MAKE = None
# Over schema and rows, see dump_hash: one value for every machine and compiler. Changes only with the generator.
DUMP_SHA256 = "c2f80eacf309968edcdb16e65f79ad57bfe744aec094c40d3f24febd09fc21de"
FEWEST_ROWS = {"customers": 800, "products": 250, "orders": 8000, "order_items": 24000, "invoices": 8000, "payments": 8000,
               "employees": 100, "expenses": 4000, "accounting_entries": 60000}


def dump_hash(database):
    digest = hashlib.sha256()
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1, 2"):
        digest.update(f"{sql}\n".encode())
        if kind == "table":
            for row in database.execute(f"SELECT * FROM {name} ORDER BY 1, 2"):
                digest.update(f"{row!r}\n".encode())
    return digest.hexdigest()


class SampleDatabase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.paths = [Path(cls.folder.name) / name for name in ("first.db", "second.db")]
        for path in cls.paths:
            subprocess.run([MAKE, path], check=True)
        cls.db = sqlite3.connect(f"file:{cls.paths[0]}?mode=ro", uri=True)
        cls.addClassCleanup(cls.db.close)

    def value(self, sql):
        return self.db.execute(sql).fetchone()[0]

    def assert_none(self, sql):
        self.assertEqual(self.db.execute(f"{sql} LIMIT 5").fetchall(), [], sql)

    def ledger(self, account):
        return self.value("SELECT round(sum(debit) - sum(credit), 2) FROM accounting_entries JOIN accounts USING (account_id) "
                          f"WHERE account_name = '{account}'")

    def test_two_runs_make_the_same_database(self):
        first, second = (subprocess.run(["sqlite3", path, ".dump"], check=True, capture_output=True).stdout
                         for path in self.paths)
        self.assertGreater(len(first), 1_000_000)
        self.assertEqual(hashlib.sha256(first).hexdigest(), hashlib.sha256(second).hexdigest())
        self.assertEqual(*(path.read_bytes() for path in self.paths))

    def test_the_content_is_the_recorded_one(self):
        self.assertEqual(dump_hash(self.db), DUMP_SHA256)

    def test_the_file_is_whole_and_alone(self):
        self.assert_none("SELECT * FROM pragma_foreign_key_check()")
        self.assertEqual(self.value("PRAGMA integrity_check"), "ok")
        self.assertEqual(self.value("PRAGMA journal_mode"), "delete")
        self.assertEqual(self.value("PRAGMA freelist_count"), 0)
        self.assertEqual(sorted(p.name for p in Path(self.folder.name).iterdir()), ["first.db", "second.db"])
        self.assertTrue(8_000_000 < self.paths[0].stat().st_size < 15_000_000, self.paths[0].stat().st_size)

    def test_it_is_large_enough_to_be_a_company(self):
        tables = [name for name, in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        self.assertGreaterEqual(len(tables), 16)
        self.assertGreaterEqual(self.value("SELECT count(*) FROM sqlite_master WHERE type = 'view'"), 4)
        self.assertGreaterEqual(sum(self.value(f"SELECT count(*) FROM {t}") for t in tables), 60000)
        for table, fewest in FEWEST_ROWS.items():
            self.assertGreaterEqual(self.value(f"SELECT count(*) FROM {table}"), fewest, table)
        for view, in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
            self.assertGreater(self.value(f"SELECT count(*) FROM {view}"), 0, view)
        joined = {t for t in tables if self.db.execute(f"PRAGMA foreign_key_list({t})").fetchall()}
        self.assertGreaterEqual(len(joined), 14)

    def test_business_dates_fill_five_years_and_no_more(self):
        for column, table in (("order_date", "orders"), ("invoice_date", "invoices"), ("payment_date", "payments"),
                              ("expense_date", "expenses"), ("order_date", "purchase_orders"), ("entry_date", "accounting_entries")):
            months = self.db.execute(f"SELECT count(DISTINCT substr({column}, 1, 7)), min({column}), max({column}) FROM {table}")
            count, first, last = months.fetchone()
            self.assertEqual(count, 60, table)
            self.assertTrue("2021-01-01" <= first and last <= "2025-12-31", table)
        for table, column in (("orders", "delivered_date"), ("invoices", "paid_date"), ("purchase_orders", "paid_date"),
                              ("employees", "termination_date"), ("stock_levels", "last_counted_date")):
            self.assert_none(f"SELECT {column} FROM {table} WHERE {column} > '2025-12-31' OR {column} IS NOT date({column})")

    def test_dates_follow_each_other(self):
        self.assert_none("SELECT * FROM orders WHERE shipped_date <= order_date OR delivered_date < shipped_date OR required_date <= order_date")
        self.assert_none("SELECT * FROM orders WHERE status = 'cancelled' AND shipped_date IS NOT NULL")
        self.assert_none("SELECT * FROM invoices JOIN orders USING (order_id) WHERE invoice_date <> shipped_date")
        self.assert_none("SELECT * FROM payments JOIN invoices USING (invoice_id) WHERE payment_date <= invoice_date")
        self.assert_none("SELECT * FROM orders JOIN customers USING (customer_id) WHERE order_date < signup_date")
        self.assert_none("SELECT * FROM orders JOIN employees USING (employee_id) "
                         "WHERE order_date < hire_date OR order_date >= termination_date")
        self.assert_none("SELECT * FROM order_items JOIN orders USING (order_id) JOIN products USING (product_id) "
                         "WHERE order_date < launch_date OR order_date >= discontinued_date")

    def test_managers_were_there_before_their_people(self):
        self.assert_none("SELECT * FROM employees AS e JOIN employees AS m ON m.employee_id = e.manager_id "
                         "WHERE m.hire_date >= e.hire_date AND m.manager_id IS NOT NULL OR m.termination_date IS NOT NULL")
        self.assertEqual(self.value("SELECT count(*) FROM employees WHERE manager_id IS NULL"), 1)
        self.assert_none("SELECT * FROM departments AS d JOIN employees AS m ON m.employee_id = d.manager_id "
                         "WHERE m.department_id <> d.department_id")

    def test_orders_and_invoices_add_up(self):
        self.assert_none("SELECT * FROM order_items WHERE abs(line_total - quantity * unit_price * (100 - discount_percent) / 100.0) > 0.00501")
        self.assert_none("SELECT order_id FROM orders JOIN order_items USING (order_id) GROUP BY order_id "
                         "HAVING abs(total_amount - shipping_cost - sum(line_total)) > 0.001")
        self.assert_none("SELECT invoice_id FROM invoices AS i JOIN order_items USING (order_id) GROUP BY invoice_id "
                         "HAVING abs(i.subtotal - sum(line_total)) > 0.001")
        self.assert_none("SELECT * FROM invoices WHERE abs(total_amount - subtotal - shipping_amount - tax_amount) > 0.001 "
                         "OR abs(tax_amount - (subtotal + shipping_amount) * tax_rate / 100.0) > 0.00501")
        self.assert_none("SELECT * FROM orders WHERE (shipped_date IS NULL) <> (order_id NOT IN (SELECT order_id FROM invoices))")

    def test_payments_never_exceed_invoices(self):
        self.assert_none("SELECT invoice_id FROM invoices AS i LEFT JOIN payments AS p USING (invoice_id) GROUP BY invoice_id "
                         "HAVING abs(i.amount_paid - coalesce(sum(p.amount), 0)) > 0.001 OR i.amount_paid > i.total_amount "
                         "OR (i.status = 'paid') <> (i.amount_paid = i.total_amount) OR (i.status = 'paid') <> (i.paid_date IS NOT NULL)")
        self.assert_none("SELECT * FROM payments AS p JOIN invoices AS i USING (invoice_id) WHERE p.customer_id <> i.customer_id")
        for status in ("open", "partially_paid", "paid", "overdue", "written_off"):
            self.assertGreater(self.value(f"SELECT count(*) FROM invoices WHERE status = '{status}'"), 0, status)
        late = self.value("SELECT avg(paid_date > due_date) FROM invoices WHERE paid_date IS NOT NULL")
        self.assertTrue(0.2 < late < 0.6, late)

    def test_money_has_two_places(self):
        for table in FEWEST_ROWS:
            for _, column, declared, *_ in self.db.execute(f"PRAGMA table_info({table})").fetchall():
                if declared == "NUMERIC(12,2)":
                    self.assert_none(f"SELECT {column} FROM {table} WHERE round({column}, 2) <> {column} "
                                     f"OR typeof({column}) NOT IN ('real', 'integer')")

    def test_the_books_balance(self):
        self.assert_none("SELECT journal_id FROM accounting_entries GROUP BY journal_id HAVING abs(sum(debit) - sum(credit)) > 0.001")
        self.assert_none("SELECT * FROM accounting_entries JOIN journals USING (journal_id) WHERE entry_date <> journal_date")
        self.assertAlmostEqual(self.value("SELECT sum(debit) - sum(credit) FROM accounting_entries"), 0, 2)

    def test_the_ledger_agrees_with_the_business(self):
        self.assertAlmostEqual(self.ledger("Accounts Receivable"), self.value("SELECT sum(balance_due) FROM outstanding_invoices"), 2)
        self.assertAlmostEqual(self.ledger("Inventory"), self.value(
            "SELECT sum(quantity_on_hand * unit_cost) FROM stock_levels JOIN products USING (product_id)"), 2)
        self.assertAlmostEqual(-self.ledger("Accounts Payable"), self.value(
            "SELECT sum(total_amount) FROM purchase_orders WHERE status = 'received'"), 2)
        self.assertAlmostEqual(self.ledger("Bad Debts"), self.value(
            "SELECT sum(total_amount - amount_paid) FROM invoices WHERE status = 'written_off'"), 2)
        self.assert_none("SELECT * FROM (SELECT entry_date, sum(sum(debit - credit)) OVER (ORDER BY entry_date) AS cash "
                         "FROM accounting_entries WHERE account_id = 1000 GROUP BY entry_date) WHERE cash < 0")

    def test_it_looks_like_a_business(self):
        top = self.value("SELECT sum(revenue) FROM (SELECT revenue FROM customer_revenue ORDER BY revenue DESC LIMIT 92)")
        share = top / self.value("SELECT sum(revenue) FROM customer_revenue")
        self.assertTrue(0.5 < share < 0.9, f"the top tenth of the customers bring {share:.0%}")
        cancelled = self.value("SELECT avg(status = 'cancelled') FROM orders")
        self.assertTrue(0.02 < cancelled < 0.06, cancelled)
        by_month = dict(self.db.execute("SELECT substr(month, 6), sum(order_count) FROM monthly_sales GROUP BY 1"))
        self.assertGreater(by_month["11"], 1.2 * by_month["08"])

    def test_a_failed_run_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = Path(folder) / "no such folder" / "sample.db"
            made = subprocess.run([MAKE, missing], capture_output=True, text=True, check=False)
            self.assertEqual(made.returncode, 1)
            self.assertIn(str(missing), made.stderr)
            taken = Path(folder) / "taken"
            taken.mkdir()
            self.assertEqual(subprocess.run([MAKE, taken], capture_output=True, check=False).returncode, 1)
            self.assertEqual([p.name for p in Path(folder).iterdir()], ["taken"])

    def test_recorded_answers_to_the_questions_hold(self):
        records = sample_questions.load()
        for record in records:
            with self.subTest(record["question"]):
                if record["answerable"]:
                    found = sample_questions.answer(self.db, record)
                    self.assertEqual({key: record.get(key) for key in found}, found)
                    self.assertGreater(record["row_count"], 0)
                else:
                    self.assertNotIn("sql", record)
        self.assertEqual(len({record["question"] for record in records}), len(records))
        self.assertGreaterEqual(sum(r["answerable"] and not r["verified"] for r in records), 40)
        self.assertEqual(sum(r["verified"] for r in records), 6)
        self.assertGreaterEqual(sum(not r["answerable"] for r in records), 60)


if __name__ == "__main__":
    MAKE = sys.argv.pop()
    unittest.main()
