#!/usr/bin/python3
"""Names that files may have, and addresses that name no file.

	odd-names.py make DIR SEED     1,000 files, and some that cannot be served
	odd-names.py ask DIR PORT HOST each of them, by its address
	odd-names.py uris TABLE PORT HOST   a table of addresses, as they stand
"""
import http.client
import os
import random
import re
import socket
import sys
import unicodedata
from urllib.parse import quote

COUNT = 1000
PIECES = [' ', '  ', '%', '%20', '%2f', '%2F', '%00', '%zz', '%%', '+', '#', '?',
          '&', '=', ';', ':', '@', '!', '$', "'", '"', '`', '(', ')', '*', ',',
          '[', ']', '{', '}', '<', '>', '|', '^', '~', '\\', '..', '...', '.', '-',
          '--', '_', 'é', 'e\u0301', 'Å', '\u212b', 'A\u030a', 'ñ', 'ﬁ', 'ß', 'İ',
          'ı', '日本', '한글', '\u1112\u1161\u11ab', 'العربية', 'עברית', '🚢', '👩‍🚀',
          '\u00a0', '\u200b', '\u202e', '\u2028', '\ufeff', '\ufffd', '\ud7ff',
          '\U0010fffd', 'a', 'B', '0', 'index', 'html', 'con', 'aux']
EXTENSIONS = ['', '.html', '.HTML', '.txt', '.css', '.js', '.tar.gz', '.', ' ',
              '.%41', '.日本', '.htm#l', '.php']
# What builderd takes for its own, or git for its.
KEPT = ('.git', '.env', '.npmrc', '.yarnrc', '.nvmrc')
SPECIAL = ['.hidden', '..twodots', '...', '.well-known', '-rf', '--help', '~',
           'CON', 'nul.txt', 'a' * 255, 'é' * 127, '日' * 85, 'x' * 250 + '.html',
           '%2e%2e', '%2e', '%', '%25', '+', '#', '?', '\\', '..\\x', 'C:',
           'a;b=c', 'http:', ' ', '  lead', 'trail ', 'dot.', '404', 'café.txt',
           'cafe\u0301.txt', '{{x}}', '$(id)', '`id`', "'; DROP TABLE x; --",
           '<script>', '&amp;', 'a&b=c', 'null', 'undefined', '__proto__',
           'index.html.', 'INDEX.HTML', 'Index.html', '%E9', 'caf%C3%A9.txt']


def names(seed):
    rnd = random.Random(seed)
    seen, out = {'index.html', '404.html'}, []
    for i in range(COUNT * 10):
        if i < len(SPECIAL):
            name = SPECIAL[i]
        else:
            name = ''.join(rnd.choice(PIECES) for _ in range(rnd.randint(1, 8)))
            name += rnd.choice(EXTENSIONS)
            form = rnd.choice([None, 'NFC', 'NFD', 'NFKC', 'NFKD'])
            if form:
                name = unicodedata.normalize(form, name)
            name = name.replace('/', '')
        if (name in ('', '.', '..') or name in seen or
                len(name.encode()) > 255 or
                name.lower().startswith(KEPT)):
            continue
        seen.add(name)
        # Every third in a folder with such a name.
        path = name
        if i % 3 == 2:
            path = 'dir %d%s/%s' % (i % 7, rnd.choice(['', '#', '%', '?', 'é']), name)
        out.append(path)
        if len(out) == COUNT:
            return out
    raise SystemExit('too few names')


def text(path):
    return ('this is %r\n' % path).encode()


def make(where, seed):
    for path in names(seed):
        full = os.path.join(where, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'wb') as f:
            f.write(text(path))
    for bad in ('new\nline.html', 'tab\t.html', 'esc\x1b[1m.html', 'del\x7f.html',
                'next\u0085line.html', '\r.html'):
        with open(os.path.join(where, bad), 'wb') as f:
            f.write(b'never seen')


def ask(where, port, host):
    """With all encoded that may be, and with as little as browsers do."""
    conn = http.client.HTTPConnection('127.0.0.1', int(port), timeout=20)
    bad = n = 0
    for at, _, files in os.walk(where):
        if '/.git' in at:
            continue
        for f in files:
            path = os.path.relpath(os.path.join(at, f), where)
            with open(os.path.join(at, f), 'rb') as fp:
                want = fp.read()
            if want == b'never seen':
                continue
            for safe in ('/', "/!$&'()*+,;=:@[]|^`{}"):
                n += 1
                conn.request('GET', '/' + quote(path, safe=safe),
                             headers={'Host': host})
                r = conn.getresponse()
                got = r.read()
                if r.status != 200 or got != want:
                    bad += 1
                    print('# %d for %s of %r' % (r.status, quote(path, safe=safe), path))
    print('# %d addresses' % n)
    return bad > 0 or n < 2 * COUNT


def raw(port, line, host):
    s = socket.create_connection(('127.0.0.1', int(port)), timeout=20)
    s.sendall(b'GET ' + line + b' HTTP/1.1\r\nHost: ' + host.encode() +
              b'\r\nConnection: close\r\n\r\n')
    got = b''
    while True:
        try:
            more = s.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        got += more
    s.close()
    head, _, body = got.partition(b'\r\n\r\n')
    return head.split(b' ')[1:2], head, body


def uris(table, port, host):
    bad = n = 0
    with open(table, 'rb') as t:
        for line in t:
            if line.startswith(b'# ') or not line.strip():
                continue
            want, uri = line.rstrip(b'\n').split(b' ', 1)
            uri = uri.replace(b'LONG', b'a' * 5000).replace(b'HOST', host.encode())
            for escape in (b'\\x00', b'\\xff', b'\\x7f', b'\\x01', b'\\xc0\\xae'):
                uri = uri.replace(escape, eval(b"b'" + escape + b"'"))
            n += 1
            status, head, body = raw(port, uri, host)
            status = status[0] if status else b'none'
            ok = status in want.split(b',')
            if status == b'200':
                ok = ok and body == b'<p>home\n'
            if status == b'301':
                ok = ok and re.search(
                    rb'\r\nlocation: (?:http://' + host.encode() + rb')?/[^/\\]',
                    head, re.I)
            if b'root:' in body or b'canary' in body or b'canary' in head:
                ok = False
            if not ok:
                bad += 1
                print('# %r: %s, want %s' % (uri[:60], status.decode(), want.decode()))
    print('# %d addresses' % n)
    return bad > 0 or n < 80


what = sys.argv[1]
if what == 'make':
    make(sys.argv[2], int(sys.argv[3]))
else:
    sys.exit((ask if what == 'ask' else uris)(*sys.argv[2:]))
