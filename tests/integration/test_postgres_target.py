"""PostgreSQL as the target: read in place, through a role that may only read."""

from support import Story, main


class Reading(Story):
    engine_of_target = "postgresql"
    settings = {"QUERY_TIMEOUT_MS": "1000", "QUERY_RATE_PER_MINUTE": "0"}

    def test_a_statement_answers_rows_types_and_version(self):
        self.server.wait_for_store("target_database")
        got = self.analyst().run("SELECT customer_id, customer_name, credit_limit, signup_date FROM customers ORDER BY 1 LIMIT 2")
        self.assertEqual(got.status, 200, got)
        print(got.json)


if __name__ == "__main__":
    main()
