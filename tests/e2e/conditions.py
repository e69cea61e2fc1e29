#!/usr/bin/python3
"""Asks what conditions.table says, and compares with what it expects.

	conditions.py TABLE PORT BLOBS SITE ANSWERS

Every byte of every answer is compared with the blob in the store.  What is
left of the answers, without dates and boundaries, goes into ANSWERS, so that
front servers can be compared with each other.
"""
import gzip
import hashlib
import http.client
import os
import re
import sys

table, port, blobs, site, answers = sys.argv[1:]
AT = {
    'at': 'Tue, 14 Nov 2023 22:13:20 GMT',
    'before': 'Tue, 14 Nov 2023 22:13:19 GMT',
    'after': 'Tue, 14 Nov 2023 22:13:21 GMT',
    'at-850': 'Tuesday, 14-Nov-23 22:13:20 GMT',
    'at-asctime': 'Tue Nov 14 22:13:20 2023',
}
# name: path, coding that is asked for, suffix of the blob, another suffix
FILES = {
    'small': ('/index.html', '', '', 'br'),
    'large': ('/large.bin', '', '', 'gz'),
    'br': ('/index.html', 'br', 'br', ''),
    'gzip': ('/index.html', 'gzip', 'gz', 'br'),
    'big-gzip': ('/large.txt', 'gzip', 'gz', ''),
    'empty': ('/empty.txt', '', '', 'br'),
}
KEEP = ('accept-ranges', 'allow', 'cache-control', 'content-encoding',
        'content-range', 'content-type', 'etag', 'last-modified', 'vary',
        'x-content-type-options', 'content-length')


class File:
    def __init__(self, name):
        self.path, self.coding, suffix, other = FILES[name]
        with open(site + self.path, 'rb') as f:
            plain = f.read()
        self.hash = hashlib.sha256(plain).hexdigest()
        blob = '%s/%s/%s' % (blobs, self.hash[:2], self.hash[2:])
        with open(blob + ('.' + suffix if suffix else ''), 'rb') as f:
            self.body = f.read()
        if suffix == 'gz':
            assert gzip.decompress(self.body) == plain
        self.etag, self.other = self.tag(blob, suffix), self.tag(blob, other)

    def tag(self, blob, suffix):
        if not suffix:
            return '"%s"' % self.hash[:32]
        full = blob + '.' + suffix
        size = os.path.getsize(full) if os.path.exists(full) else 1
        return '"%s-%s-%x"' % (self.hash[:32], suffix, size)

    def fill(self, text):
        """The words in braces."""
        def word(m):
            w = m.group(1)
            if w in AT:
                return AT[w]
            if w in 'EO':
                return self.etag if w == 'E' else self.other
            return str(len(self.body) + int(w[1:] or 0))
        return re.sub(r'\{([^}]+)\}', word, text)


conn = None


def ask(method, path, headers):
    global conn
    for again in (False, True):
        if conn is None:
            conn = http.client.HTTPConnection('127.0.0.1', int(port), timeout=20)
        try:
            conn.putrequest(method, path, skip_host=True,
                            skip_accept_encoding=True)
            for h in headers:
                conn.putheader(*h)
            conn.endheaders()
            r = conn.getresponse()
            body = r.read()
            break
        except (http.client.HTTPException, OSError):
            # Either side may close an idle connection.
            conn = None
            if again:
                raise
    if r.will_close:
        conn = None
    return r.status, [(k.lower(), v) for k, v in r.getheaders()], body


def parts_of(body, boundary):
    """Content-Range and bytes of each part of multipart/byteranges."""
    mark = b'\r\n--' + boundary.encode()
    pieces = (b'\r\n' + body if body.startswith(b'--') else body).split(mark)
    assert pieces[0] == b'', 'a preamble'
    assert pieces[-1] in (b'--', b'--\r\n'), 'no end: %r' % pieces[-1]
    out = []
    for p in pieces[1:-1]:
        assert p.startswith(b'\r\n')
        head, data = p[2:].split(b'\r\n\r\n', 1)
        fields = dict(h.lower().split(': ', 1) for h in head.decode().split('\r\n'))
        out.append((fields, data))
    return out


def check(f, method, want, status, headers, body):
    """What is wrong with an answer; nothing is None."""
    names = [k for k, v in headers]
    h = dict(headers)
    size = len(f.body)
    for once in KEEP:
        if names.count(once) > 1:
            return '%s is said twice' % once
    if str(status) != want.split()[0]:
        return 'status %d' % status
    if h.get('x-content-type-options') != 'nosniff':
        return 'no nosniff'
    if status in (200, 206, 304):
        for k, v in (('etag', f.etag), ('last-modified', AT['at']),
                     ('cache-control', 'public, max-age=0, must-revalidate'),
                     ('accept-ranges', 'bytes')):
            if h.get(k) != v:
                return '%s: %s' % (k, h.get(k))
        if ('vary' in h) != (f.path != '/empty.txt'):
            return 'vary: %s' % h.get('vary')
    if status in (200, 206) and h.get('content-encoding', '') != f.coding:
        return 'content-encoding: %s' % h.get('content-encoding')
    if status == 304:
        return 'a body' if body else None
    if method == 'HEAD':
        if body or (status == 200 and h.get('content-length') != str(size)):
            return 'length %s, body %d' % (h.get('content-length'), len(body))
        return None
    if h.get('content-length') != str(len(body)):
        return 'content-length: %s' % h.get('content-length')
    if status == 200:
        return None if body == f.body else 'not the file'
    if status in (412, 416):
        if h.get('cache-control') != 'no-store':
            return 'kept: %s' % h.get('cache-control')
        if (h.get('content-range') != 'bytes */%d' % size) != (status == 412):
            return 'content-range: %s' % h.get('content-range')
        return None
    wanted = [tuple(map(int, p.split('-'))) for p in want.split()[1].split(',')]
    if len(wanted) == 1:
        got = [(h, body)]
    else:
        if 'content-range' in h:
            return 'a Content-Range beside the parts'
        m = re.fullmatch(r'multipart/byteranges; boundary=(\w+)',
                         h.get('content-type', ''))
        if not m:
            return 'content-type: %s' % h.get('content-type')
        got = parts_of(body, m.group(1))
    if len(got) != len(wanted):
        return '%d parts' % len(got)
    for (first, last), (fields, data) in zip(wanted, got):
        if fields.get('content-range') != 'bytes %d-%d/%d' % (first, last, size):
            return 'content-range: %s' % fields.get('content-range')
        if data != f.body[first:last + 1]:
            return 'other bytes at %d' % first
        if not fields.get('content-type', '').startswith(
                ('text/html', 'text/plain', 'application/octet-stream')):
            return 'content-type: %s' % fields.get('content-type')
    return None


def normal(headers):
    out = {}
    for k, v in headers:
        if k in KEEP:
            out[k] = re.sub(r'boundary=\w+', 'boundary=', v)
    return sorted(out.items())


def main():
    files = {name: File(name) for name in FILES}
    rows = bad = 0
    with open(table) as t, open(answers, 'w') as log:
        for line in t:
            if line.startswith('#') or not line.strip():
                continue
            which, request, want = [x.strip() for x in line.split('|')]
            names = FILES if which == 'all' else which.split()
            for name in names:
                f = files[name]
                method, _, rest = request.partition(' ')
                headers = [('Host', 'shop.localhost:' + port)]
                if f.coding:
                    headers.append(('Accept-Encoding', f.coding))
                for h in filter(None, f.fill(rest).split(' & ')):
                    headers.append(h.split(': ', 1))
                wanted = f.fill(want)
                status, got, body = ask(method, f.path, headers)
                wrong = check(f, method, wanted, status, got, body)
                rows += 1
                if wrong:
                    bad += 1
                    print('# %s: %s: want %s: %s' % (name, request[:90], wanted[:40], wrong))
                log.write('%s %s\n%d %s\n' % (name, request, status, normal(got)))
    print('# %d requests' % rows)
    sys.exit(bad > 0 or rows < 500)


main()
