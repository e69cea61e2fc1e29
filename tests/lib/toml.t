#!/usr/bin/env python3
"""TOML: the reader against Python's, over generated and hostile documents.

Prints its seed; SEED=n repeats a run, CASES=n makes it longer.  Differences
that are wanted are in known().
"""
import base64
import json
import math
import os
import random
import subprocess
import sys
import tomllib

cat = subprocess.Popen(os.environ["builddir"] + "/tests/lib/toml-cat",
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
cases = int(os.environ.get("CASES", 4000))
rnd = random.Random(seed)


def pick(*of):
    return rnd.choice(of)


def bare():
    return "".join(rnd.choice("abcxyz019-_") for _ in range(rnd.randint(1, 3)))


def quoted():
    return pick('""', '"a b"', "'c.d'", '"\\u00e9"', "''", '"\\"q"', '"a"')


def key(parts=3):
    sep = pick(".", " . ", ".\t")
    return sep.join(bare() if rnd.random() < 0.85 else quoted()
                    for _ in range(rnd.randint(1, parts)))


def string():
    body = "".join(pick("a", "é", "😀", " ", "\t", "#", "\\\\", "\\n", "\\t", "\\u0041",
                        "\\U0001F600", "'") for _ in range(rnd.randint(0, 6)))
    lines = body.replace(" ", pick(" ", "\n", "\\\n  ", "\\  \r\n\n ", "\r\n"))
    lit = body.replace("'", "").replace("\\", pick("\\", "/"))
    return pick('"%s"' % body, '"""%s"""' % lines, '"""\n%s"""' % lines,
                '"""%s%s"""' % (lines, pick('\\"', ' "', ' ""', 'x""')),
                "'%s'" % lit, "'''%s'''" % lit, "'''\n%s'a''b'''" % lit, '"""%s"""""' % lines)


def scalar():
    return pick(
        "0", "-0", "+7", "1_000", "0xDEAD_beef", "0o17", "0b1_0", "9223372036854775807",
        "-9223372036854775808", "3.14", "-0.0", "1e5", "1E+2", "6.02_1e-2_3", "inf", "-inf",
        "+nan", "true", "false", "1979-05-27T07:32:00Z", "1979-05-27 07:32:00.999999-07:00",
        "1979-05-27t00:32:00.5", "1979-05-27", "07:32:00", "00:00:00.123456", "2000-02-29",
        string(), string(), string())


def value(depth=0):
    r = rnd.random()
    if depth > 3 or r < 0.7:
        return scalar()
    if r < 0.87:
        gap = lambda: pick("", " ", "\n", " # c\n", "\r\n")
        items = [gap() + value(depth + 1) + gap() for _ in range(rnd.randint(0, 3))]
        return "[" + ",".join(items) + (pick("", ",", ", # x\n") if items else gap()) + "]"
    items = ["%s = %s" % (key(2), value(depth + 1)) for _ in range(rnd.randint(0, 3))]
    return "{" + pick("", " ") + ", ".join(items) + pick("", " ") + "}"


def document():
    out = []
    for _ in range(rnd.randint(0, 9)):
        r = rnd.random()
        if r < 0.55:
            out.append(pick("", " ", "\t") + key() + pick("=", " = ") + value())
        elif r < 0.75:
            out.append("[" + pick("", " ") + key() + "]")
        elif r < 0.9:
            out.append("[[" + key() + pick("", " ") + "]]")
        else:
            out.append(pick("", "# a comment é", "  \t"))
        out[-1] += pick("", "", " # tail", "\t")
    return pick("\n", "\n", "\r\n").join(out) + pick("", "\n")


def spoil(text):
    """One to three small wounds, of which many are deadly."""
    data = bytearray(text.encode())
    for _ in range(rnd.randint(1, 3)):
        at = rnd.randrange(len(data) + 1)
        r = rnd.random()
        if r < 0.4:
            data[at:at] = rnd.choice([b"[", b"]", b"{", b"}", b"=", b".", b",", b'"', b"'", b"_",
                                      b"\n", b"\r", b"\t", b"#", b"-", b"+", b"0", b"e", b"\\",
                                      b"\x00", b"\x7f", b"\xff", b"\xc3", b" ", b":", b'"""',
                                      b"'''", b"T", b"\xef\xbb\xbf", b"\x1f", b"\xc2\x85"])
        elif r < 0.7 and data:
            del data[min(at, len(data) - 1)]
        elif data:
            a, b = sorted((rnd.randrange(len(data)), rnd.randrange(len(data))))
            data[at:at] = data[a:min(b, a + 12)]
    return bytes(data)


fixed = [b"a=1\na=2", b"[a]\n[a]", b"a.b=1\n[a]", b"[a.b]\n[a]\nb.c=1", b"[a]\nb.c=1\n[a.b]",
         b"[a]\nb.c=1\n[a.b.d]", b"a={}\na.b=1", b"a={}\n[a.b]", b"a=[{}]\n[[a]]", b"[[a]]\n[a]",
         b"[a]\n[[a]]", b"[[a]]\n[a.b]\n[[a]]\n[a.b]", b"[[a.b]]\n[a]\nb.c=1", b"a=[]\n[[a]]",
         b"[a.b.c]\n[a]\nb.d=1", b"[a.b.c]\n[a]\nb.d=1\n[a.b]", b"a={b.c=1,b.d=2}",
         b"a={b={c=1},b.d=2}", b"a={b=1,}", b"a={b=1\n}", b"a=01", b"a=1__0", b"a=_1", b"a=1_",
         b"a=1.", b"a=.1", b"a=1.e2", b"a=0x", b"a=-0x1", b"a=0X1", b"a=2021-02-29",
         b"a=0000-01-01", b"a=24:00:00", b"a=23:59:60", b"a=1979-05-27T07:32Z", b'a="\\x41"',
         b'a="\\ud800"', b'a="\\U00110000"', b"a='\\'", b'a="""""""', b'a=""""""""', b"a=''''''''",
         b'a="""\\ x"""', b"=1", b"a b=1", b"a=1 b=2", b"[a", b"[[a]", b"[ [a]]", b"a", b"a=",
         b"a=\n1", b"\xef\xbb\xbfx", b"a=True", b"a=+inf", b"a=in", b'"a"=1\na=2', b"'' = 1",
         b"a=[1,,2]", b"a=[,1]", b"a=[1 2]", b"#\x01", b"a=1#\r", b"a=1\r", b"a=1\r\n\r\n",
         b"1.2=3", b"a=1979-05-27 ", b"a=1979-05-27 x", b"a=1979-05-27 07:32:00+25:00",
         b"a=07:32", b'a=""" "" """', b"", b"\n\n", b"[]", b"[a.]", b"[.a]", b"a..b=1"]
fixed += [b"a=" + b"[" * n + b"]" * n for n in (63, 64)]
fixed += [b"a=1\n" + b"\n".join(b"[x%d]\ny.z=[{q=%d}]" % (i, i) for i in range(2000))]
# Python goes as deep as its own stack: too deep is said of these alone.
deep = [b"a=" + b"[" * 65, b"a=" + b"[" * 500000, b"a=" + b"{a=" * 300000,
        b"a" + b".a" * 64 + b"=1"]


def known(doc, ours):
    """Where the two may differ, and why."""
    if "\\u0000" in doc or "\\U00000000" in doc:
        return "a NUL in a string is refused"
    if doc.startswith("\ufeff"):
        return "a mark of byte order is passed over"
    if ours is None and "a number that is too large" in why:
        return "whole numbers have 64 bits, as the standard says"
    return None


def same(theirs, ours):
    if isinstance(theirs, dict):
        return (isinstance(ours, dict) and theirs.keys() == ours.keys() and
                all(same(theirs[k], ours[k]) for k in theirs))
    if isinstance(theirs, list):
        return (isinstance(ours, list) and len(theirs) == len(ours) and
                all(map(same, theirs, ours)))
    if isinstance(theirs, float):
        return isinstance(ours, float) and (theirs == ours or
                                            (math.isnan(theirs) and math.isnan(ours)))
    if isinstance(theirs, (bool, int, str)):
        return type(theirs) is type(ours) and theirs == ours
    return tomllib.loads("x=" + ours)["x"] == theirs


def read(doc):
    """What the reader makes of it; None, and why is set, if it is none."""
    global why
    cat.stdin.write(b"%d\n%s" % (len(doc), doc))
    cat.stdin.flush()
    line = cat.stdout.readline().decode()
    if line[:1] == "-":
        why = line[1:]
        return None
    if line[:1] != "+":
        raise SystemExit("Bail out! %r" % doc[:200])
    return json.loads(line[1:])


def differs(doc):
    ours = read(doc)
    try:
        text = doc.decode()
        theirs = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        theirs = None
    if theirs is None and ours is None:
        return "refused"
    if theirs is not None and ours is not None and same(theirs, ours):
        return "read"
    try:
        if known(doc.decode(), ours):
            return "known"
    except UnicodeDecodeError:
        pass
    print("# %s\n# theirs %r\n# ours %r %s" % (base64.b64encode(doc).decode(), theirs, ours,
                                             why if ours is None else ""))
    return "different"


why = ""
print("# SEED=%d" % seed)
print("1..5")
n = {"read": 0, "refused": 0, "known": 0, "different": 0}
for doc in fixed:
    n[differs(doc)] += 1
print("%sok 1 - %d documents that others stumbled over" % ("not " if n["different"] else "", len(fixed)))
bad = 0
for doc in deep:
    bad += read(doc) is not None or ("deep" not in why and "parts" not in why)
print("%sok 2 - too deep is said, not suffered" % ("not " if bad else ""))
n = dict.fromkeys(n, 0)
for i in range(cases):
    doc = document()
    n[differs(doc.encode() if i % 2 else spoil(doc))] += 1
print("%sok 3 - %d of %d made up agree (%s)" % ("not " if n["different"] else "",
      cases - n["different"], cases, ", ".join("%d %s" % (v, k) for k, v in n.items())))
print("%sok 4 - of them enough were good, and enough bad" %
      ("" if min(n["read"], n["refused"]) > cases / 10 else "not "))
read(b'a = 1\n\n"b" = """\nx\n""" oops')
print("%sok 5 - the fault has its line: %s" % ("" if why.startswith("line 5:") else "not ", why.strip()))
cat.stdin.close()
sys.exit(cat.wait())
