"""Asks nginx and POST /api/explain the same, and compares the answers.

usage: explain.py PORT TOKEN CASES: a case is {"host", "target", "headers"}.
Prints what differs, and how many cases there were.
"""
import hashlib, http.client, json, sys

port, token = int(sys.argv[1]), sys.argv[2]
cases = [{"method": "GET", **json.loads(line)} for line in open(sys.argv[3])]
# The front server's own, and what it cannot know beforehand.
SKIP = {"server", "date", "connection", "transfer-encoding"}


def served(case):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.putrequest(case["method"], case["target"], skip_host=True, skip_accept_encoding=True)
    c.putheader("Host", "%s.localhost:%d" % (case["host"], port))
    for h in case["headers"]:
        name, value = h.split(": ", 1)
        c.putheader(name, value)
    c.endheaders()
    r = c.getresponse()
    body = r.read()
    heads = sorted((k.lower(), v) for k, v in r.getheaders() if k.lower() not in SKIP)
    return r.status, heads, hashlib.sha256(body).hexdigest()


def explained(case):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"url": "http://%s.localhost:%d%s" % (case["host"], port, case["target"]),
                       "method": case["method"], "headers": case["headers"]})
    c.request("POST", "/api/explain", body, {"Host": "localhost:%d" % port,
              "Authorization": "Bearer " + token, "Content-Type": "application/json"})
    r = c.getresponse()
    a = json.loads(r.read())
    if r.status != 200:
        return r.status, [("detail", str(a))], a
    return a["status"], sorted((k.lower(), v) for k, v in a["headers"]), a


bad = 0
seen = {}
for case in cases:
    want, got = served(case), explained(case)
    wrong = []
    if want[0] != got[0]:
        wrong.append("status %s, explained as %s" % (want[0], got[0]))
    if want[0] == got[0] == 400:
        want[1][:] = got[1]  # nginx refuses some of these by itself
    for h in sorted(set(want[1]) ^ set(got[1])):
        wrong.append("%s: %s" % ("only served" if h in want[1] else "only explained", h))
    etag = dict(want[1]).get("etag")
    f = got[2].get("file") or {"sha256": ""}
    if etag is not None and not etag.startswith('"%.32s' % (f["sha256"] or "?")):
        wrong.append("the file is %s, and not that of %s" % (f, etag))
    whole = case["method"] == "GET" and want[0] == 200 and f.get("encoding") is None
    if whole and f["sha256"] != want[2]:
        wrong.append("the file is %s, and its bytes are another's" % f)
    if len(got[2].get("steps", [])) < 3:
        wrong.append("no reasons: %s" % got[2].get("steps"))
    seen[want[0]] = seen.get(want[0], 0) + 1
    if wrong:
        bad += 1
        print("%s%s %s: %s" % (case["host"], case["target"], case["headers"], "; ".join(wrong)))
print("%d cases, %d wrong, statuses %s" % (len(cases), bad, sorted(seen)))
