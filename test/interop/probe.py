"""Calls every method of the Probe contract with `client.py`, and prints what came of it as one JSON object.

Usage: probe.py PORT CA CERT KEY
It says `drain` on a line of its own when it wants the server to drain; the last line is the report.
"""

import datetime
import json
import sys

from client import Connection, Failure

port, ca, cert, key = sys.argv[1:]
tautline = Connection("localhost", int(port), ca=ca, cert=cert, key=key)
report = {"agent": tautline.settings["agent"]}

# The server tells fingerprints (§16). We have none, and so set no flag: everything is named.
report["services"] = {name: fingerprint.hex() for name, fingerprint in tautline.settings["services"].items()}
methods = tautline.call("tautline/methods", "Probe")
report["methods"] = {name: len(fingerprint) for name, fingerprint in methods.items()}

# Unary, with every kind of value, metadata both ways, and trailers.
sent = datetime.datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=datetime.timezone.utc)
parcel = {"id": 7, "label": "Zürich ✓", "weight": 1.5, "tags": ["a", "b"], "sent": sent, "content": b"\0\1\2"}
call = tautline.open("Probe/forward", parcel, metadata={"trace": "t-1", "token": b"\xff"})
report["same parcel"] = call.result() == parcel
report["metadata"] = {name: str(value) for name, value in call.metadata.items()}
report["trailers"] = {name: str(value) for name, value in call.trailers.items()}

# The same with 300 KB of content: more than a stream's window, in both directions, in fragments.
large = {**parcel, "content": bytes(range(256)) * 1200}
report["same large parcel"] = tautline.call("Probe/forward", large) == large

# A deadline: the server sees what is left of it, and without one sees none.
report["time left"] = tautline.call("Probe/timeLeft", timeout_ms=5000)
report["time left without a deadline"] = tautline.call("Probe/timeLeft")
try:
    tautline.call("Probe/wait", timeout_ms=1)
except Failure as failure:
    report["deadline"] = failure.code

# Errors: one of the contract, with its fields, and one for a method that is not there.
report["left"] = tautline.call("Probe/withdraw", "savings", 30)
try:
    tautline.call("Probe/withdraw", "savings", 130)
except Failure as failure:
    names = ("error", "fields", "executed")
    report["declared error"] = {"code": failure.code, **{name: failure.outcome[name] for name in names}}
try:
    tautline.call("Probe/unheard")
except Failure as failure:
    report["unknown method"] = {"code": failure.code, "executed": failure.outcome["executed"]}

# A server stream of ten times our connection's window: it goes on only because credit returns.
blocks = [len(block) for block in tautline.open("Probe/blocks", 64, 20_000).items()]
report["blocks"] = {"count": len(blocks), "bytes": sum(blocks)}

# A client stream, one of its items in fragments.
tally = tautline.open("Probe/tally", "parts", items=True)
for size in (1, 300_000, 50_000, 2):
    tally.send(bytes(size))
tally.end()
report["tally"] = tally.result()

# Both at once: each line is answered before the next is said. The last carries the end.
shout = tautline.open("Probe/shout", items=True)
answers = shout.items()
shout.send("one")
report["shouted"] = [next(answers)]
shout.send("two", last=True)
report["shouted"] += list(answers)

# One way: nobody answers, and what it did shows elsewhere.
tautline.open("Probe/note", "remember me", one_way=True)
report["noted"] = tautline.call("Probe/noted")

# Cancelled: END comes when the handler has stopped.
wait = tautline.open("Probe/wait")
wait.cancel(reason="changed my mind")
try:
    wait.result()
except Failure as failure:
    report["cancelled"] = {"code": failure.code, "message": str(failure)}

report["pong"] = tautline.ping(b"12345678").decode()

# Nothing is owed to the server any more.
report["credit returned"] = tautline.received == tautline.returned

# Drain: a call that is open goes on, a new one is for another connection, and at the end the server says GOAWAY.
shout = tautline.open("Probe/shout", items=True)
answers = shout.items()
shout.send("before")
next(answers)
print("drain", flush=True)
while not tautline.draining:
    tautline.read()
try:
    tautline.open("Probe/timeLeft")
except ConnectionError:
    report["no new calls"] = True
shout.send("during", last=True)
report["while draining"] = list(answers)
while tautline.goaway is None:
    tautline.read()
report["goaway"] = tautline.goaway[0]
tautline.close()
print(json.dumps(report, ensure_ascii=True))
