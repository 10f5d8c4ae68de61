"""A little of everything that a server counts, so that each of its metrics has something to tell."""


def everything(client, admin, ended):
    """`ended` waits for the job behind a 202 and returns it; the first question goes to the model, if there is one."""
    pair = {"question": "how many orders are there?", "sql": "SELECT COUNT(*) FROM orders"}
    proposed = admin.post("/api/v1/knowledge/examples", pair, expect=201).json["id"]
    admin.post(f"/api/v1/knowledge/examples/{proposed}/approve", expect=200)
    ended(admin.post("/api/v1/admin/db/chroma/evaluate", expect=202))
    taken = ended(admin.post("/api/v1/admin/db/backup", expect=202))["result"]["backup_id"]
    ended(admin.post(f"/api/v1/admin/db/backup/verify/{taken}", {"drill": True}, expect=202))
    a_little(client)


def a_little(client):
    for _ in range(2):
        client.rows("SELECT COUNT(*) FROM customers")
    client.post("/api/v1/queries/ask", {"question": "how many customers are there?"}, expect=200)
    client.get("/no/such/route")
