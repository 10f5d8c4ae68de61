"""The traps of a PostgreSQL target: what runs even in a read-only transaction, and roles that could do harm with it."""

import secrets

from support import Story, main
from support.business import Business
from test_sql_traps import EITHER, INNOCENT, REFUSED, TRAPS, Refusing

INVALID = ("query-invalid",)
FUNCTIONS = """pg_terminate_backend(1)  pg_cancel_backend(1)  pg_sleep(60)  pg_advisory_lock(1)  pg_try_advisory_lock(1)
    lo_create(0)  lo_creat(-1)  lo_import('/etc/passwd')  lo_export(1,'/tmp/x')  lo_unlink(1)  lo_from_bytea(0,'x')
    set_config('default_transaction_read_only','off',false)  current_setting('data_directory')  pg_read_file('/etc/passwd')
    pg_ls_dir('/')  pg_stat_file('/etc/passwd')  dblink('','select+1')  nextval('s')  setval('s',1)  pg_notify('a','b')
    pg_reload_conf()  pg_rotate_logfile()  pg_promote()  pg_switch_wal()  pg_export_snapshot()  txid_current()
    query_to_xml('delete+from+customers',true,true,'')  table_to_xml('customers',true,true,'')  database_to_xml(true,true,'')
    ts_stat('select+1')  pg_stat_reset()  pg_logical_emit_message(false,'a','b')  setseed(0.5)  own_write()
    pg_create_restore_point('x')  pg_replication_origin_create('x')  pg_read_binary_file('/etc/passwd')""".split()
TRAPS = [trap for trap in TRAPS if not trap[0].startswith(("PRAGMA", "ATTACH", "DETACH", "REPLACE", "REINDEX", "SELECT file", "SELECT * FROM pragma",
                                                           "CREATE VIRTUAL", "EXPLAIN QUERY", "VACUUM INTO", "BEGIN IMMEDIATE"))]
TRAPS = [(sql, EITHER + ("invalid-input",)) for sql, _ in TRAPS] + [(f"SELECT {call.replace('+', ' ')}", REFUSED) for call in FUNCTIONS] + [
    (f"SELECT * FROM pg_catalog.{call.replace('+', ' ')} AS x", REFUSED) for call in FUNCTIONS] + [
    ("WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x", REFUSED),
    ("WITH x AS (INSERT INTO customers SELECT * FROM customers RETURNING 1) SELECT count(*) FROM x", REFUSED),
    ("SELECT * INTO TEMP copied FROM customers", REFUSED),
    ("SELECT * FROM customers FOR UPDATE", REFUSED),
    ("SELECT * FROM customers FOR KEY SHARE", REFUSED),
    ("CREATE TEMP TABLE kept(x int)", REFUSED),
    ("CREATE TABLE t AS SELECT 1", REFUSED),
    ("EXPLAIN ANALYZE SELECT 1", REFUSED),
    ("COPY customers TO PROGRAM 'sh'", REFUSED),
    ("COPY (SELECT 1) TO STDOUT", REFUSED),
    ("SET default_transaction_read_only = off", REFUSED),
    ("SET SESSION AUTHORIZATION postgres", REFUSED),
    ("SET ROLE postgres", REFUSED),
    ("RESET ALL", REFUSED),
    ("DO $$ BEGIN DELETE FROM customers; END $$", REFUSED),
    ("CALL own_procedure()", REFUSED),
    ("LISTEN x", REFUSED),
    ("NOTIFY x", REFUSED),
    ("PREPARE x AS DELETE FROM customers", REFUSED),
    ("DECLARE c CURSOR FOR SELECT 1", REFUSED),
    ("FETCH ALL FROM vanna", REFUSED),
    ("CLOSE ALL", REFUSED),
    ("TRUNCATE customers", REFUSED),
    ("LOCK TABLE customers", REFUSED),
    ("GRANT ALL ON customers TO public", REFUSED),
    ("SELECT 1); DELETE FROM customers; SELECT (1", INVALID),
    ("SELECT 1) AS q(c1); DELETE FROM customers --", INVALID),
    ("SELECT * FROM pg_stat_activity", REFUSED),
    ("SELECT * FROM pg_catalog.pg_shadow", REFUSED),
    ("SELECT * FROM pg_largeobject", REFUSED),
    ("SELECT option_value FROM information_schema.user_mapping_options", REFUSED),
    ("SELECT umoptions FROM information_schema._pg_user_mappings", REFUSED),
    ("SELECT customers.own_row_function FROM customers", REFUSED),
    ("SELECT (c).own_row_function FROM customers c", REFUSED),
    ("SELECT abs('x'::text)", REFUSED),
    ("SELECT pg_catalog.abs(-1) <<<>>> 2", REFUSED),
    ("SELECT own.own_write()", REFUSED),
    ("SELECT r::own.price FROM own.raw r", REFUSED),
    ("SELECT CAST(r AS own.price[]) FROM (SELECT array_agg(r) AS r FROM own.raw r) x", REFUSED),
    ("SELECT (d).own_domain_function FROM own.kept", REFUSED),
    ("SELECT '\\' || pg_sleep(9) || ''", REFUSED),
]

HEAVY = [
    "SELECT repeat('x', 200000000)",
    "SELECT repeat('x', 30000000), repeat('y', 30000000)",
    "SELECT array_agg(repeat('x', 1000)) FROM generate_series(1, 100000)",
    "SELECT string_agg(repeat('x', 100000), '') FROM generate_series(1, 2000)",
    "SELECT convert_to(repeat('x', 60000000), 'UTF8')",
    "SELECT " + ", ".join(["n"] * 1600) + " FROM (SELECT repeat('9', 131000)::numeric AS n) x",
    "SELECT jsonb_agg(i) FROM generate_series(1, 8000000) i",
    "WITH RECURSIVE t(x) AS (SELECT 'xxxxxxxxxx' UNION ALL SELECT x || x FROM t) SELECT x FROM t ORDER BY length(x) DESC",
    "SELECT 1" + "+1" * 40000,
    "SELECT " + "(SELECT " * 8000 + "1" + ")" * 8000,
    "SELECT " + "-" + " -" * 40000 + " 1",
    "SELECT a FROM (VALUES (1)) v(a) WHERE " + "NOT " * 20000 + "true",
]

ENDLESS = [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n",
    "SELECT COUNT(*) FROM orders a, orders b, orders c, orders d WHERE a.order_id + b.order_id + c.order_id + d.order_id = -1",
    "SELECT count(*) FROM generate_series(1, 100000000000) i",
]

OWN = """
    CREATE SCHEMA own;
    CREATE SEQUENCE s;
    CREATE FUNCTION own_write() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM customers RETURNING 1';
    CREATE FUNCTION own.own_write() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.customers RETURNING 1';
    CREATE FUNCTION own_row_function(customers) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE FUNCTION abs(text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE FUNCTION own_compare(int, int) RETURNS bool LANGUAGE sql SECURITY DEFINER AS 'SELECT true';
    CREATE OPERATOR <<<>>> (FUNCTION = own_compare, LEFTARG = int, RIGHTARG = int);
    CREATE TABLE own.raw (amount text); CREATE TYPE own.price AS (amount text); CREATE DOMAIN own.raw_domain AS own.raw;
    CREATE TABLE own.kept (d own.raw_domain);
    CREATE FUNCTION own_domain_function(own.raw_domain) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE FUNCTION own.own_cast(own.raw) RETURNS own.price LANGUAGE sql SECURITY DEFINER AS 'SELECT ROW($1.amount)::own.price';
    CREATE CAST (own.raw AS own.price) WITH FUNCTION own.own_cast(own.raw);
    CREATE PROCEDURE own_procedure() LANGUAGE sql AS 'DELETE FROM customers';
"""


class Traps(Refusing, Story):
    engine_of_target = "postgresql"
    traps, heavy, endless, forbidden = TRAPS, HEAVY, ENDLESS, "pg_sleep"
    innocent = [(sql, rows) for sql, rows in INNOCENT if "json_" not in sql and "(SELECT 1 AS" not in sql] + [
        ("SELECT \"delete\" FROM (SELECT 1 AS \"delete\") AS x", [[1]]),
        ("SELECT E'\\' || pg_sleep(9) --'", [["' || pg_sleep(9) --"]]),
        ("SELECT '{\"a\": [1, 2]}'::json #>> '{a,1}'", [["2"]]),
        ("SELECT $$DELETE FROM customers$$, E'\\'; --', U&'\\0041'", [["DELETE FROM customers", "'; --", "A"]]),
        ("TABLE regions LIMIT 0", []),
        ("SELECT customers.customer_id FROM customers WHERE customer_id = 1", [[1]]),
        ("SELECT pg_catalog.abs(-1)", [[1]]),
    ]

    @classmethod
    def fill_business(cls):
        super().fill_business()
        cls.business.run(OWN)

    def setUp(self):
        self.server.wait_for_store("target_database")

    def digests(self):
        return self.stores._psql(self.business.owner_url(), """
            SELECT (SELECT md5(string_agg(c::text, '' ORDER BY customer_id)) FROM customers c) AS customers,
                   (SELECT count(*) FROM pg_class WHERE relpersistence <> 't') AS relations, (SELECT count(*) FROM pg_largeobject_metadata) AS objects,
                   (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks,
                   (SELECT is_called FROM s) AS sequence""")


class Refused(Story):
    """Roles and databases that no statement is ever run on."""
    initialised = False

    def refusal(self, url):
        self.assertEqual(self.engine("init", settings={"ENABLE_TARGET_DB": "false"}).returncode, 0)
        settings = {"ENABLE_TARGET_DB": "true", "TARGET_DATABASE_URL": url}
        served = self.engine("serve", settings={**settings, "PORT": "0"})
        self.assertEqual(served.returncode, 78, served.stderr)
        asked = self.engine("query", "SELECT 1", settings=settings)
        self.assertEqual(asked.returncode, 78, asked.stderr)
        checked = self.engine("init", settings=settings)
        self.assertEqual(checked.returncode, 78, checked.stdout)
        self.assertIn("the target database is refused", served.stderr)
        return served.stderr

    def business(self):
        made = Business(self.stores)
        self.addCleanup(made.close)
        made.run("CREATE TABLE sales (id int, amount numeric); CREATE VIEW view_of_sales AS SELECT * FROM sales")
        return made

    def superuser(self, business):
        """A new one's name, and where it meets the business data."""
        role = f"great_{secrets.token_hex(4)}"
        self.stores.as_superuser(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'x'")
        self.addCleanup(self.stores.as_superuser, f"DROP ROLE {role}")
        return role, business.url(role, "x")

    def test_a_superuser(self):
        _, url = self.superuser(self.business())
        self.assertIn("is a superuser", self.refusal(url))

    def test_one_whose_log_in_is_a_superusers(self):
        business = self.business()
        role, url = self.superuser(business)
        self.stores.as_superuser(f"ALTER ROLE {role} SET role = '{business.role}'")
        self.assertIn("superuser", self.refusal(url))

    def test_one_that_could_become_a_superuser(self):
        business = self.business()
        self.stores.as_superuser(f"GRANT postgres TO {business.role}")
        self.assertIn("may become the superuser postgres", self.refusal(business.url()))

    def test_a_member_of_a_role_that_reads_the_servers_files(self):
        for granted in ("pg_read_server_files", "pg_execute_server_program", "pg_write_all_data", "pg_signal_backend"):
            with self.subTest(granted):
                business = self.business()
                self.stores.as_superuser(f"GRANT {granted} TO {business.role}")
                self.assertIn(granted, self.refusal(business.url()))

    def test_one_that_may_write_a_table_a_column_or_a_view(self):
        for right in ("INSERT ON sales", "UPDATE (amount) ON sales", "DELETE ON view_of_sales", "TRUNCATE ON sales"):
            with self.subTest(right):
                business = self.business()
                business.run(f"GRANT {right} TO {business.role}")
                self.assertIn("may write the table public.", self.refusal(business.url()))

    def test_one_that_may_write_through_a_role_it_can_become(self):
        business = self.business()
        writer = f"writer_{secrets.token_hex(4)}"
        business.run(f"CREATE ROLE {writer}; GRANT INSERT ON sales TO {writer}; GRANT {writer} TO {business.role}; ALTER ROLE {business.role} NOINHERIT")
        try:
            self.assertIn("may write the table public.sales", self.refusal(business.url()))
        finally:
            business.run(f"REVOKE ALL ON sales FROM {writer}; DROP ROLE {writer}")

    def test_the_owner(self):
        self.assertIn("may write the table", self.refusal(self.business().owner_url()))

    def test_the_system_database_itself(self):
        self.assertIn("it is a System DB", self.refusal(self.stores.url()))

    def test_the_system_database_by_another_name_of_its_host(self):
        host = self.stores.postgres_address()[0]
        other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}[host]
        self.assertIn("it is a System DB", self.refusal(self.stores.url().replace(f"@{host}:", f"@{other}:")))

    def test_the_system_database_by_a_role_that_may_only_read(self):
        business = self.business()
        url = business.url().replace(f"/{business.database}", f"/{self.stores.database}")
        self.assertIn("it is a System DB", self.refusal(url))


if __name__ == "__main__":
    main()
