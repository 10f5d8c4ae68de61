"""Sessions: logging in, tokens and their forgeries, refreshing, revocation on every replica, cookies, passwords, resets."""

import http.cookies
import threading
import time
import urllib.parse

from support import Client, Story, eventually, main, tokens
from support.story import ADMIN, ANALYST, VIEWER

SECRET = "an integration test's own secret, 32 bytes and more"
REVOKED_WITHIN = 10.0  # the promise is a second; SPEC section 15 allows tests ten times that


def status_of(client):
    return client.get("/api/v1/auth/me").status


class Tokens(Story):
    settings = {"JWT_SECRET": SECRET}

    def test_log_in_answers_tokens_and_me_says_who(self):
        tokens_ = self.anyone.post("/api/v1/auth/login", {"email": ANALYST[0].upper(), "password": ANALYST[1]}, expect=200).json
        self.assertEqual((tokens_["token_type"], tokens_["expires_in"]), ("bearer", 3600))
        me = Client(self.server.port, tokens_["access_token"]).get("/api/v1/auth/me", expect=200).json
        self.assertEqual((me["email"], me["role"]), (ANALYST[0], "analyst"))
        self.assertIsNotNone(me["last_login"])

    def test_the_oauth2_password_form_logs_in_too(self):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urllib.parse.urlencode({"grant_type": "password", "username": VIEWER[0], "password": VIEWER[1]}).encode()
        self.anyone.post("/api/v1/auth/login", body, headers=form, expect=200)
        other = urllib.parse.urlencode({"grant_type": "client_credentials", "username": "x", "password": "y"}).encode()
        self.assertEqual(self.anyone.post("/api/v1/auth/login", other, headers=form).status, 422)
        self.assertEqual(self.anyone.post("/api/v1/auth/login", b"username=x", headers=form).status, 422)

    def test_a_wrong_password_and_an_unknown_account_are_told_apart_by_nothing(self):
        def attempt(email):
            began = time.monotonic()
            got = self.anyone.post("/api/v1/auth/login", {"email": email, "password": "not the password"}, expect=401)
            return time.monotonic() - began, {**got.json, "request_id": None}
        known, unknown = (min(attempt(email)[0] for _ in range(3)) for email in (VIEWER[0], "nobody@example.com"))
        self.assertLess(max(known, unknown) / min(known, unknown), 2.0, f"{known:.3f} s against {unknown:.3f} s")
        self.assertEqual(attempt(VIEWER[0])[1], attempt("nobody@example.com")[1])

    def test_a_token_put_together_as_the_server_does_is_accepted(self):
        genuine = self.analyst().token
        again = tokens.signed(tokens.claims(genuine), SECRET)
        self.assertEqual(status_of(Client(self.server.port, again)), 200)

    def test_forged_tokens_are_refused(self):
        genuine = self.analyst().token
        header, payload, signature = genuine.split(".")
        claims = tokens.claims(genuine)
        none = ".".join((tokens.encode(b'{"alg":"none","typ":"JWT"}'), payload))
        forged = {
            "alg none without a signature": none + ".",
            "alg none with the signature": f"{none}.{signature}",
            "alg none, no third part": none,
            "another key": tokens.signed(claims, SECRET + "x"),
            "an empty key": tokens.signed(claims, ""),
            "another algorithm named": tokens.signed(claims, SECRET, {"alg": "HS512", "typ": "JWT"}),
            "a role of one's own": ".".join((header, tokens.encode(b'{"role":"admin"}'), signature)),
            "a character appended": genuine + "A",
            "a padding character appended": genuine + "=",
            "the last character missing": genuine[:-1],
            "a payload character changed": f"{header}.{payload[:-1]}{'A' if payload[-1] != 'A' else 'B'}.{signature}",
            "expired": tokens.signed({**claims, "exp": int(time.time()) - 5}, SECRET),
            "expired long ago": tokens.signed({**claims, "exp": 0}, SECRET),
            "without expiry": tokens.signed({k: v for k, v in claims.items() if k != "exp"}, SECRET),
            "no claims": tokens.signed({}, SECRET),
            "not a token": "abc",
            "empty": "",
        }
        for number, last in enumerate("ABCDEFGHIJKLMNOP"):
            if signature[-1] != last:
                forged[f"the last character changed {number}"] = genuine[:-1] + last
        for what, token in forged.items():
            with self.subTest(what):
                got = self.anyone.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
                self.assertEqual(got.status, 401, got)
                self.assertIn("WWW-Authenticate", got.headers)

    def test_other_schemes_are_refused(self):
        for value in ("Basic YWRtaW46YWRtaW4=", "bearer", f"Token {self.analyst().token}"):
            self.assertEqual(self.anyone.get("/api/v1/auth/me", headers={"Authorization": value}).status, 401)

    def test_a_refresh_token_works_once_and_its_second_use_ends_the_session(self):
        analyst, bystander = self.analyst(), self.analyst()
        first = analyst.refresh_token
        second = self.anyone.post("/api/v1/auth/refresh", {"refresh_token": first}, expect=200).json
        renewed = Client(self.server.port, second["access_token"])
        self.assertEqual(status_of(renewed), 200)
        self.assertEqual(self.anyone.post("/api/v1/auth/refresh", {"refresh_token": first}).status, 401)
        self.assertEqual(self.anyone.post("/api/v1/auth/refresh", {"refresh_token": second["refresh_token"]}).status, 401)
        for client in (analyst, renewed):
            eventually(lambda c=client: status_of(c) == 401, REVOKED_WITHIN, "revocation of the stolen session")
        self.assertEqual(status_of(bystander), 200)
        self.assertEqual(self.anyone.post("/api/v1/auth/refresh", {"refresh_token": "unknown"}).status, 401)

    def test_log_out_ends_this_session_alone(self):
        leaving, staying = self.analyst(), self.analyst()
        leaving.post("/api/v1/auth/logout", expect=204)
        self.assertEqual(status_of(leaving), 401)
        self.assertEqual(self.anyone.post("/api/v1/auth/refresh", {"refresh_token": leaving.refresh_token}).status, 401)
        self.assertEqual(status_of(staying), 200)

    def test_tokens_and_passwords_are_never_logged_nor_stored(self):
        analyst = self.analyst()
        log = self.server.log()
        for secret in (analyst.token, analyst.token.split(".")[2], analyst.refresh_token, ANALYST[1], SECRET):
            self.assertNotIn(secret, log)
        stored = str(self.stores.sql("SELECT row_to_json(r)::text AS r FROM refresh_tokens r")) \
            + str(self.stores.sql("SELECT row_to_json(a)::text AS a FROM audit_logs a"))
        self.assertNotIn(analyst.refresh_token, stored)
        self.assertNotIn(ANALYST[1], stored)

    def test_registration_is_closed(self):
        self.anyone.post("/api/v1/auth/register", {"email": "new@example.com", "password": "long enough 123"}, expect=403)


class Cookies(Story):
    def session(self):
        got = self.anyone.post("/api/v1/auth/login", {"email": ANALYST[0], "password": ANALYST[1], "session": True}, expect=200)
        return http.cookies.SimpleCookie(got.headers["Set-Cookie"])["vanna_session"]

    def own_origin(self):
        return f"http://127.0.0.1:{self.server.port}"

    def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(self):
        cookie = self.session()
        self.assertTrue(cookie["httponly"])
        self.assertEqual((cookie["samesite"].lower(), cookie["path"]), ("strict", "/"))
        plain = self.anyone.post("/api/v1/auth/login", {"email": ANALYST[0], "password": ANALYST[1]}, expect=200)
        self.assertNotIn("Set-Cookie", plain.headers)

    def test_it_reads_from_anywhere_and_writes_from_this_origin_alone(self):
        cookie = {"Cookie": f"vanna_session={self.session().value}"}
        self.anyone.get("/api/v1/auth/me", headers=cookie, expect=200)
        run = {"sql": "SELECT 1"}
        for origin in (None, "http://evil.example", "null", "https://127.0.0.1", f"{self.own_origin()}.evil.example"):
            with self.subTest(origin=origin):
                headers = {**cookie, **({"Origin": origin} if origin else {})}
                self.assertEqual(self.anyone.post("/api/v1/queries/run", run, headers=headers).status, 403)
        self.anyone.post("/api/v1/queries/run", run, headers={**cookie, "Origin": self.own_origin()}, expect=200)

    def test_another_site_cannot_put_its_visitor_into_a_session(self):
        body = {"email": ANALYST[0], "password": ANALYST[1], "session": True}
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            with self.subTest(headers=headers):
                got = self.anyone.post("/api/v1/auth/login", body, headers={"Content-Type": "text/plain", **headers})
                self.assertEqual((got.status, got.type), (403, "cross-origin"))
                self.assertNotIn("Set-Cookie", got.headers)
        self.anyone.post("/api/v1/auth/login", body, headers={"Origin": self.own_origin()}, expect=200)

    def test_log_out_clears_it(self):
        cookie = {"Cookie": f"vanna_session={self.session().value}", "Origin": self.own_origin()}
        gone = self.anyone.post("/api/v1/auth/logout", headers=cookie, expect=204)
        self.assertEqual(http.cookies.SimpleCookie(gone.headers["Set-Cookie"])["vanna_session"]["max-age"], "0")
        self.assertEqual(self.anyone.get("/api/v1/auth/me", headers=cookie).status, 401)

    def test_no_other_site_may_call_unless_configured(self):
        got = self.anyone.request("OPTIONS", "/api/v1/auth/me", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"})
        self.assertNotIn("Access-Control-Allow-Origin", got.headers)


class Passwords(Story):
    def new_user(self, name, role="viewer"):
        credentials = (f"{name}@example.com", "first password 1")
        self.admin().post("/api/v1/users", {"email": credentials[0], "password": credentials[1], "role": role}, expect=201)
        return credentials

    def test_changing_it_ends_the_other_sessions(self):
        email, old = self.new_user("changer")
        here, elsewhere = self.anyone.log_in(email, old), self.anyone.log_in(email, old)
        wrong = here.post("/api/v1/auth/password", {"current_password": "not this one", "new_password": "second password 2"})
        self.assertIn(wrong.status, (401, 403, 422))
        fresh = here.post("/api/v1/auth/password", {"current_password": old, "new_password": "second password 2"}, expect=200).json
        eventually(lambda: status_of(elsewhere) == 401, REVOKED_WITHIN, "revocation")
        eventually(lambda: status_of(Client(self.server.port, fresh["access_token"])) == 200, REVOKED_WITHIN, "the new session")
        self.assertEqual(self.anyone.post("/api/v1/auth/login", {"email": email, "password": old}).status, 401)
        self.anyone.log_in(email, "second password 2")

    def test_a_log_in_under_way_does_not_survive_an_administrators_change(self):
        email, old = self.new_user("raced")
        admin = self.admin()
        (user,) = [u for u in admin.get("/api/v1/users", {"limit": 200}).json["items"] if u["email"] == email]
        pairs = []
        for round in range(3):
            before, after = (old if round == 0 else f"password of round {round}"), f"password of round {round + 1}"
            threads = [threading.Thread(target=lambda: pairs.append(self.anyone.post("/api/v1/auth/login", {"email": email, "password": before})))
                       for _ in range(3)]
            for thread in threads:
                thread.start()
            admin.patch(f"/api/v1/users/{user['id']}", {"password": after}, expect=200)
            for thread in threads:
                thread.join()
        for pair in pairs:
            if pair.status == 200:  # it was there before the change, which then ended it
                self.assertEqual(self.anyone.post("/api/v1/auth/refresh", {"refresh_token": pair.json["refresh_token"]}).status, 401)
                eventually(lambda p=pair: status_of(Client(self.server.port, p.json["access_token"])) == 401, REVOKED_WITHIN, "revocation")
        self.anyone.log_in(email, "password of round 3")

    def test_too_short_or_too_long_ones_are_refused(self):
        admin = self.admin()
        for password, status in (("elevenchars", 422), ("x" * 73, 422), ("ü" * 37, 422), ("twelve chars", 201), ("x" * 72, 201)):
            with self.subTest(length=len(password.encode())):
                body = {"email": f"p{len(password)}{status}{len(password.encode())}@example.com", "password": password, "role": "viewer"}
                got = admin.post("/api/v1/users", body, expect=status)
                if status == 422:
                    self.assertEqual([e["field"] for e in got.json["errors"]], ["password"])
                else:
                    self.anyone.log_in(body["email"], password)

    def test_a_reset_token_sets_a_password_once(self):
        email, old = self.new_user("forgetful")
        session = self.anyone.log_in(email, old)
        issued = self.admin().post("/api/v1/auth/password-reset", {"email": email}, expect=201).json
        confirm = {"token": issued["reset_token"], "new_password": "third password 3"}
        self.assertEqual(self.anyone.post("/api/v1/auth/password-reset/confirm", {**confirm, "token": "wrong"}).status, 401)
        self.assertEqual(self.anyone.post("/api/v1/auth/password-reset/confirm", {**confirm, "new_password": "short"}).status, 422)
        self.anyone.post("/api/v1/auth/password-reset/confirm", confirm, expect=204)
        self.assertEqual(self.anyone.post("/api/v1/auth/password-reset/confirm", confirm).status, 401)
        eventually(lambda: status_of(session) == 401, REVOKED_WITHIN, "revocation")
        self.anyone.log_in(email, "third password 3")

    def test_a_second_reset_replaces_the_first(self):
        email, _ = self.new_user("twice")
        admin = self.admin()
        first, second = (admin.post("/api/v1/auth/password-reset", {"email": email}, expect=201).json["reset_token"] for _ in range(2))
        self.assertEqual(self.anyone.post("/api/v1/auth/password-reset/confirm", {"token": first, "new_password": "third password 3"}).status, 401)
        self.anyone.post("/api/v1/auth/password-reset/confirm", {"token": second, "new_password": "third password 3"}, expect=204)

    def test_a_reset_for_nobody_is_not_found(self):
        self.assertEqual(self.admin().post("/api/v1/auth/password-reset", {"email": "nobody@example.com"}).status, 404)


class Registration(Story):
    settings = {"OPEN_REGISTRATION": "true"}

    def test_anybody_becomes_a_viewer_once(self):
        body = {"email": "New.One@example.com", "password": "long enough 123", "full_name": "New One"}
        made = self.anyone.post("/api/v1/auth/register", body, expect=201).json
        self.assertEqual((made["role"], made["full_name"], made["is_active"]), ("viewer", "New One", True))
        self.assertEqual(self.anyone.post("/api/v1/auth/register", {**body, "email": "new.one@EXAMPLE.com"}).status, 409)
        self.assertEqual(self.anyone.post("/api/v1/auth/register", {**body, "role": "admin"}).status, 422)
        self.assertEqual(status_of(self.anyone.log_in(body["email"], body["password"])), 200)


class FailedLogins(Story):
    def attempt(self, email, password="not the password"):
        return self.anyone.post("/api/v1/auth/login", {"email": email, "password": password})

    def test_ten_failures_of_an_account_close_it_for_this_address(self):
        self.server.wait_for_store("redis")
        self.assertEqual([self.attempt(VIEWER[0]).status for _ in range(10)], [401] * 10)
        refused = self.attempt(*VIEWER)
        self.assertEqual(refused.status, 429)
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        self.anyone.log_in(*ANALYST)
        entries = eventually(lambda: self.admin().get("/api/v1/admin/audit-logs", {"action": "auth.login", "status": "failure"}).json["items"])
        self.assertLess(len(entries), 11, "failures are counted, not listed one by one" if len(entries) > 10 else "")


class Replicas(Story):
    replicas = 2
    settings = {"JWT_SECRET": SECRET}

    def both(self, credentials):
        client = self.servers[0].client.log_in(*credentials)
        return client, Client(self.servers[1].port, client.token)

    def test_a_log_out_is_seen_by_the_other_replica(self):
        here, there = self.both(ANALYST)
        self.assertEqual(status_of(there), 200)
        here.post("/api/v1/auth/logout", expect=204)
        eventually(lambda: status_of(there) == 401, REVOKED_WITHIN, "revocation on the second replica")

    def test_deactivation_role_and_password_changes_are_seen_by_the_other_replica(self):
        admin = self.admin()
        for number, change in enumerate(({"is_active": False}, {"role": "analyst"}, {"password": "another password 2"})):
            with self.subTest(change=list(change)):
                credentials = (f"changed{number}@example.com", "first password 1")
                user = admin.post("/api/v1/users", {"email": credentials[0], "password": credentials[1], "role": "viewer"}, expect=201).json
                here, there = self.both(credentials)
                self.assertEqual(status_of(there), 200)
                admin.patch(f"/api/v1/users/{user['id']}", change, expect=200)
                for client in (here, there):
                    eventually(lambda c=client: status_of(c) == 401, REVOKED_WITHIN, "revocation")

    def test_a_session_revoked_stays_revoked_after_a_restart_and_others_go_on(self):
        gone, stays = self.analyst(), self.analyst()
        gone.post("/api/v1/auth/logout", expect=204)
        self.servers[1].restart()
        self.assertEqual(status_of(Client(self.servers[1].port, gone.token)), 401)
        self.assertEqual(status_of(Client(self.servers[1].port, stays.token)), 200)

    def test_a_previous_secret_still_verifies(self):
        analyst = self.analyst()
        rotated = self.serve("rotated", {"JWT_SECRET": "the next secret, 32 bytes or longer!", "JWT_PREVIOUS_SECRET": SECRET})
        self.assertEqual(status_of(Client(rotated.port, analyst.token)), 200)
        self.assertEqual(status_of(Client(self.server.port, rotated.client.log_in(*ANALYST).token)), 401)

    def test_an_ordinary_request_needs_no_postgresql_for_its_token(self):
        gate = self.gate("postgres")
        behind = self.serve("gated", postgres=gate)
        analyst = behind.client.log_in(*ANALYST)
        gate.cut()
        self.assertEqual(analyst.run("SELECT 1").status, 200)
        self.assertEqual(analyst.post("/api/v1/auth/logout").status, 503)
        self.assertEqual(behind.client.post("/api/v1/auth/login", {"email": ADMIN[0], "password": ADMIN[1]}).status, 503)
        gate.open()
        eventually(lambda: analyst.post("/api/v1/auth/logout").status == 204, what="log-out after recovery")
        eventually(lambda: status_of(analyst) == 401, REVOKED_WITHIN, "revocation")


if __name__ == "__main__":
    main()
