"""The comparison: the engine's measured routes as a careful FastAPI application (asyncpg pool, one SQLite connection,
HS256 token check). It does less: no record, no audit, no guard."""
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import time

import asyncpg
from fastapi import FastAPI, Header, HTTPException, Request, Response

app = FastAPI()
KEY = os.environ["JWT_SECRET"].encode()
SOURCE = os.environ["TARGET_DATABASE_URL"].removeprefix("sqlite:///")
target = sqlite3.connect(f"file:{SOURCE}?mode=ro&immutable=1", uri=True, check_same_thread=False)


@app.on_event("startup")
async def start():
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=8, max_size=8)


def principal(authorization: str) -> dict:
    head, _, signature = authorization.removeprefix("Bearer ").rpartition(".")
    wanted = base64.urlsafe_b64encode(hmac.new(KEY, head.encode(), hashlib.sha256).digest()).rstrip(b"=")
    if not hmac.compare_digest(wanted, signature.encode()):
        raise HTTPException(401)
    claims = head.split(".")[1]
    values = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    if values["exp"] < time.time():
        raise HTTPException(401)
    return values


@app.get("/health/live")
async def live():
    return {"status": "alive"}


@app.get("/api/v1/auth/me")
async def me(authorization: str = Header()):
    user = principal(authorization)["sub"]
    row = await app.state.pool.fetchrow("select id, email, full_name, role, is_active, created_at from users where id = $1", user)
    return dict(row)


@app.post("/api/v1/queries/run")
async def run(request: Request, authorization: str = Header()):
    principal(authorization)
    body = json.loads(await request.body())
    cursor = target.execute(body["sql"], body.get("params", []))
    rows = cursor.fetchmany(1000)
    answer = {"columns": [{"name": c[0]} for c in cursor.description], "rows": rows, "row_count": len(rows)}
    return Response(json.dumps(answer), media_type="application/json")
