#!/usr/bin/python3
"""A stranger at the socket: requests as no client would send them.

	attack.py requests PORT     each of them, and that nothing comes of it
	attack.py poison PORT       nothing that one sends changes what another gets
	attack.py guess PORT        passwords of Basic-Auth, one after another
	attack.py spool PORT        files, more at once than nginx takes of one address

The hosts are open, other and shut.localhost; what is on the last says "secret",
and each page says whose it is.
"""
import base64
import re
import select
import socket
import sys

CLOSE = b'Connection: close\r\n\r\n'
what, port = sys.argv[1], int(sys.argv[2])
bad = n = 0


def fault(name, why):
    global bad
    bad += 1
    print('# %s: %s' % (name, why))


def talk(data, source='127.0.0.1'):
    """All that comes back; the server has a minute, and never needs it."""
    s = socket.create_connection(('127.0.0.1', port), 60, (source, 0))
    got = b''
    try:
        s.sendall(data)
        while b' 101 ' not in got[:20]:
            more = s.recv(65536)
            if not more:
                break
            got += more
    except (BrokenPipeError, ConnectionResetError):
        pass
    s.close()
    return got


def request(path=b'/', host=b'open.localhost', more=b'', method=b'GET',
            version=b'HTTP/1.1', body=b''):
    line = b'' if host is None else b'Host: ' + host + b'\r\n'
    return method + b' ' + path + b' ' + version + b'\r\n' + line + more + CLOSE + body


def answers(got):
    return [int(m) for m in re.findall(rb'(?:^|(?<=\n))HTTP/1\.[01] (\d\d\d)', got)]


def body_of(got):
    return got.partition(b'\r\n\r\n')[2]


def post(more, body, path=b'/', host=b'open.localhost', **rest):
    return request(path, host, more, b'POST', body=body, **rest)


SECOND = b'GET /second HTTP/1.1\r\nHost: other.localhost\r\n\r\n'
CHUNKED = b'Transfer-Encoding: chunked\r\n'
# A name; which answers there may be, of which a 200 is the page of "open"; and
# what is sent.  No page is a right answer, too, but never one of another host.
REQUESTS = [
    ('two hosts', (400,), request(more=b'Host: shut.localhost\r\n')),
    ('the same host twice', (200, 400), request(more=b'Host: open.localhost\r\n')),
    ('no host', (400,), request(host=None)),
    ('no host, in 1.0', (400,), request(host=None, version=b'HTTP/1.0')),
    ('an empty host', (400,), request(host=b'')),
    ('a host of two words', (400,), request(host=b'open.localhost shut.localhost')),
    ('a list of hosts', (400,), request(host=b'open.localhost,shut.localhost')),
    ('a host with a bar', (400,), request(host=b'open.localhost|/|other.localhost')),
    ('a host with a tab', (400,), request(host=b'open.localhost\tx')),
    ('a host with a user', (400,), request(host=b'x@open.localhost')),
    ('a host with a path', (400,), request(host=b'open.localhost/x')),
    ('a host with a query', (400,), request(host=b'open.localhost?x')),
    ('a host with a fragment', (400,), request(host=b'open.localhost#x')),
    ('a host, escaped', (400,), request(host=b'%6fpen.localhost')),
    ('a host with a NUL', (400,), request(host=b'open.localhost\0')),
    ('a host in UTF-8', (400,), request(host='öpen.localhost'.encode())),
    ('a host of 255 bytes', (400,), request(host=b'a' * 245 + b'.localhost')),
    ('a host of 150 labels', (400,), request(host=b'a.' * 150 + b'localhost')),
    ('a host with two dots', (400,), request(host=b'open.localhost..')),
    ('a port that is none', (200, 400), request(host=b'open.localhost:x')),
    ('no port after a colon', (200, 400), request(host=b'open.localhost:')),
    ('an address', (400, 404), request(host=b'[::1]')),
    ('a folded host', (400,), b'GET / HTTP/1.1\r\nHost: open.localhost\r\n shut.localhost\r\n' + CLOSE),
    ('a space before the colon', (400,), b'GET / HTTP/1.1\r\nHost : open.localhost\r\n' + CLOSE),
    ('a header before the first', (400,),
     b'GET / HTTP/1.1\r\n Host: shut.localhost\r\nHost: open.localhost\r\n' + CLOSE),
    ('another host in the target', (400, 401), request(b'http://shut.localhost/')),
    ('the API in the target', (400, 404), request(b'http://localhost/')),
    ('a user in the target', (400,), request(b'http://x@open.localhost/')),
    ('a target without a path', (200, 400), request(b'http://open.localhost')),
    ('a target with a query alone', (200, 400), request(b'http://open.localhost?x')),
    ('no version', (None, 400), b'GET /\r\n\r\n'),
    ('HTTP/2.0 as text', (400, 505), request(version=b'HTTP/2.0')),
    ('HTTP/9.9', (400, 505), request(version=b'HTTP/9.9')),
    ('tabs for spaces', (400,), b'GET\t/\tHTTP/1.1\r\nHost: open.localhost\r\n' + CLOSE),
    ('TRACE', (405,), request(method=b'TRACE', more=b'X-Mine: secret\r\n')),
    ('CONNECT', (400, 405), request(b'open.localhost:80', method=b'CONNECT')),
    ('CONNECT of a path', (400, 405), request(method=b'CONNECT')),
    ('PURGE', (405, 501), request(method=b'PURGE')),
    ('a method in small letters', (400, 501), request(method=b'get')),
    ('a method of 200 letters', (400, 405, 501), request(method=b'A' * 200)),
    ('a method with a bar', (400, 501), request(method=b'GET|http')),
    ('two lengths', (400,), post(b'Content-Length: 0\r\nContent-Length: 49\r\n', SECOND)),
    ('a list of lengths', (400,), post(b'Content-Length: 0, 49\r\n', SECOND)),
    ('a length with a sign', (400,), post(b'Content-Length: +49\r\n', SECOND)),
    ('a negative length', (400,), post(b'Content-Length: -1\r\n', SECOND)),
    ('a length in hex', (400,), post(b'Content-Length: 0x0\r\n', SECOND)),
    ('a length of 2^63', (400, 413), post(b'Content-Length: 9223372036854775808\r\n', SECOND)),
    ('a length and chunks', (400,),
     post(b'Content-Length: 5\r\n' + CHUNKED, b'0\r\n\r\n' + SECOND)),
    ('chunks and something', (400, 501), post(b'Transfer-Encoding: chunked, x\r\n', b'0\r\n\r\n' + SECOND)),
    ('chunks, twice', (400, 405, 501), post(CHUNKED + CHUNKED, b'0\r\n\r\n' + SECOND)),
    ('chunks behind a control', (400, 501),
     post(b'Transfer-Encoding: \x0bchunked\r\n', b'0\r\n\r\n' + SECOND)),
    ('chunks that are none', (400, 501), post(b'Transfer-Encoding: xchunked\r\n', b'0\r\n\r\n' + SECOND)),
    ('chunks in 1.0', (400,), post(CHUNKED, b'0\r\n\r\n' + SECOND, version=b'HTTP/1.0')),
    ('a chunk of no size', (400,), post(CHUNKED, b'zz\r\nabc\r\n0\r\n\r\n')),
    ('a chunk of less than nothing', (400,), post(CHUNKED, b'-1\r\nabc\r\n0\r\n\r\n')),
    ('a chunk of 2^72', (400, 413), post(CHUNKED, b'ffffffffffffffffff\r\nabc\r\n0\r\n\r\n')),
    ('trailers', (400, 405, 401),
     post(CHUNKED, b'3\r\nabc\r\n0\r\nHost: open.localhost\r\nX-Slipway-Token: x\r\n\r\n',
          host=b'shut.localhost')),
    ('a login in chunks', (401,),
     post(CHUNKED, b'a\r\npassword=x\r\n0\r\n\r\n', b'/.slipway/login', b'shut.localhost')),
    ('a login elsewhere', (401, 404, 413), post(b'Content-Length: 10\r\n', b'password=x',
                                           b'//.slipway/login', b'shut.localhost')),
    ('a header of 9,000 bytes', (400, 431), request(more=b'X: ' + b'a' * 9000 + b'\r\n')),
    ('2,000 headers', (400, 431), request(more=b'A: b\r\n' * 2000)),
    ('a header with a NUL', (400,), request(more=b'X: a\0b\r\n')),
    ('a header with half a line end', (200, 400), request(more=b'X: a\rHost: shut.localhost\r\n')),
    ('a cookie of 7,500 bytes', (401,),
     request(host=b'shut.localhost', more=b'Cookie: ' + b'a=b; ' * 1500 + b'\r\n')),
    ('cookies in twenty lines', (401,),
     request(host=b'shut.localhost', more=b'Cookie: slipway=x\r\n' * 20)),
    ('a token with another dash', (401,),
     request(host=b'shut.localhost', more=b'X_Slipway_Token: x\r\n')),
    ('what is for FastCGI', (401,),
     request(host=b'shut.localhost', more=b'Remote-Addr: 127.0.0.1\r\nScript-Name: /\r\n'
             b'Slipway-Country: de\r\nSlipway-Cache: /tmp\r\n')),
    ('a target of 7,900 bytes', (414,), request(b'/' + b'a' * 7900)),
    ('a target of 70,000 bytes', (400, 414, 431), request(b'/' + b'a' * 70000)),
    ('a query of 7,900 bytes', (200,), request(b'/?' + b'a' * 7900)),
    ('300 ranges', (200,), request(more=b'Range: bytes=' + b','.join(
        b'%d-%d' % (i, i) for i in range(300)) + b'\r\n')),
    ('ranges one over the other', (200,), request(more=b'Range: bytes=' + b'0-,' * 1000 + b'0-\r\n')),
    ('800 encodings', (200,), request(more=b'Accept-Encoding: ' + b'gzip;q=0,' * 800 + b'\r\n')),
    ('1,800 tags', (200,), request(more=b'If-None-Match: ' + b'"x",' * 1800 + b'\r\n')),
    ('7,000 bytes of no tag', (200,), request(more=b'If-None-Match: ' + b'W/' * 3500 + b'\r\n')),
    ('what leads in here', (200,), request(more=b'X-Accel-Redirect: /.slipway-blobs/x\r\n'
                                           b'X-Sendfile: /etc/passwd\r\n'
                                           b'X-Slipway-Upstream: http://127.0.0.1:1/\r\n')),
    ('a name in here', (404,), request(b'/@slipway_proxy')),
    ('what was lost', (200, 404), request(b'/.slipway-blobs/lost/200')),
    ('the same, escaped', (200, 404), request(b'/%2eslipway-blobs/lost/200')),
    ('the same, after a dot', (400, 404), request(b'/./.slipway-blobs/lost/200')),
    ('the same, after two', (400, 404), request(b'/a/../.slipway-blobs/lost/200')),
    ('the login in capitals', (401,), request(b'/.SLIPWAY/login', b'shut.localhost')),
    ('the login, with a slash escaped', (401,), request(b'/.slipway%2flogin', b'shut.localhost')),
    ('the login of nobody', (404,), request(b'/.slipway/login')),
    ('the login behind two slashes', (404,), request(b'//.slipway/login')),
    ('h2c', (101, 200), request(more=b'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n')),
    ('two at once', (200, 401), request().replace(b'Connection: close\r\n', b'') +
     request(host=b'shut.localhost')),
]


def check(name, want, got):
    said = answers(got)
    said = said[1:] if said[:1] == [100] else said
    one = name != 'two at once'
    if one and len(said) > 1:
        fault(name, 'answered %s' % said)
    if not one and (len(said) > 2 or b'HTTP/1.1 401' not in got):
        fault(name, 'answered %s' % said)
    if (said[0] if said else None) not in (want or (None,)):
        fault(name, 'got %s, want %s' % (said, want))
    if b'secret' in got or b'root:' in got or b'other' in body_of(got):
        fault(name, got[-200:])
    if said[:1] == [200] and b'open' not in got:
        fault(name, got[:300])


def requests():
    global n
    for name, want, data in REQUESTS:
        n += 1
        check(name, want, talk(data))
        for host, says in ((b'open', b'open'), (b'other', b'other')):
            got = talk(request(host=host + b'.localhost'))
            if answers(got) != [200] or says not in body_of(got):
                fault(name, 'and then of %s: %r' % (host, got[-100:]))


# What no other visitor may feel.
HEADERS = [
    b'X-Forwarded-Host: evil.example', b'X-Forwarded-Proto: https', b'X-Forwarded-Scheme: http',
    b'X-Forwarded-For: 6.6.6.6', b'X-Forwarded-Port: 1', b'X-Forwarded-Prefix: /evil',
    b'Forwarded: host=evil.example;proto=https', b'X-Host: evil.example', b'X-Real-IP: 6.6.6.6',
    b'X-Original-URL: /docs/', b'X-Rewrite-URL: /docs/', b'X-HTTP-Method-Override: POST',
    b'Front-End-Https: on', b'X-Vercel-IP-Country: de', b'CF-IPCountry: de', b'X-Country: de',
    b'Cookie: slipway=9999999999.x', b'Cookie: a=b', b'Authorization: Basic eDp5',
    b'X-Slipway-Token: x', b'Accept-Language: de', b'Accept: text/html;evil', b'Accept: ',
    b'Accept-Encoding: br', b'Accept-Encoding: gzip', b'Accept-Encoding: identity;q=0',
    b'Accept-Encoding: evil, ' + b'x, ' * 200, b'Range: bytes=0-1', b'If-Range: "x"',
    b'If-None-Match: *', b'If-Match: "x"', b'If-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT',
    b'If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT', b'Origin: https://evil.example',
    b'Referer: https://evil.example', b'User-Agent: evil', b'Via: 1.1 slipway',
    b'Service-Worker: script', b'Sec-Fetch-Dest: script', b'Pragma: no-cache', b'X-Foo: evil',
    b'Cache-Control: no-cache', b'Connection: X-Foo', b'Content-Length: 0', b'Expect: evil',
    b'Upgrade: evil', b'TE: trailers', b'Proxy: http://evil.example', b'X-Accel-Expires: 60',
    b'Save-Data: on', b'Prefer: evil',
]
PATHS = [b'/', b'/docs/', b'/docs', b'//docs/', b'/none', b'/none.js', b'/lang', b'/country',
         b'/has', b'/cookie', b'/basic/', b'/app.0a1b2c3d.js', b'/old/x', b'/large.txt']


def settled(got):
    """Without what differs from one answer to the next."""
    head, _, body = got.partition(b'\r\n\r\n')
    head = re.sub(rb'\r\n(Date|Connection):[^\r]*', b'', head)
    return re.sub(rb'x=\d+', b'x=', head), body


def poison():
    global n
    ask = request
    for path in PATHS:
        n += 1
        clean = settled(talk(ask(path + b'?x=0')))
        for i, header in enumerate(HEADERS, 1):
            target = path + b'?x=%d' % i
            talk(ask(target, more=header + b'\r\n'))
            if settled(talk(ask(target))) != clean:
                fault('%r %r' % (path, header), settled(talk(ask(target)))[0])
        for i, (method, version) in enumerate(((b'HEAD', b'HTTP/1.1'), (b'POST', b'HTTP/1.1'),
                                               (b'OPTIONS', b'HTTP/1.1'), (b'GET', b'HTTP/1.0')),
                                              1000):
            target = path + b'?x=%d' % i
            talk(ask(target, method=method, version=version, more=b'Content-Length: 0\r\n'))
            if settled(talk(ask(target))) != clean:
                fault('%r %r' % (path, method), settled(talk(ask(target)))[0])
        # What shut.localhost gives those who may is for nobody else.
        for host in (b'shut', b'other', b'open'):
            talk(ask(path + b'?x=2000', host + b'.localhost', b'X-Slipway-Token: ' + token + b'\r\n'))
        for host, says in ((b'shut', b'Protected'), (b'open', None)):
            got = talk(ask(path + b'?x=2000', host + b'.localhost'))
            if b'secret' in got or (says and says not in got) or b'other' in body_of(got):
                fault('%r of %r' % (path, host), got[-200:])
            if says is None and settled(got) != clean:
                fault('%r of %r' % (path, host), got[:300])


def basic(pair, source='127.0.0.1', path=b'/basic/'):
    return talk(request(path, more=b'Authorization: Basic ' + base64.b64encode(pair) + b'\r\n'),
                source)


def guess():
    global n
    for n in range(1, 400):
        got = basic(b'ann:wrong %d' % n)
        if answers(got) != [401]:
            break
    if answers(got) != [429] or not re.search(rb'\r\nRetry-After: \d+\r\n', got, re.I):
        fault('guess %d' % n, got[:300])
    # The minute may end just now.
    for _ in range(3):
        got = basic(b'ann:wonder')
        if answers(got) == [429]:
            break
        for i in range(400):
            if answers(basic(b'ann:wrong again %d' % i)) == [429]:
                break
    if answers(got) != [429] or b'open' in body_of(got):
        fault('the right one, when it was tried too often', got[:300])
    for name, got, want in (('without one', talk(request(b'/basic/')), 401),
                            ('from elsewhere', basic(b'ann:wonder', '127.0.0.2'), 200),
                            ('what needs none', basic(b'ann:wrong', path=b'/docs/'), 200)):
        if answers(got) != [want]:
            fault(name, got[:300])
    for _ in range(200):
        if answers(basic(b'ann:wonder', '127.0.0.2')) != [200]:
            fault('the right one, many times', got[:300])


def spool():
    """Bodies that never end, which are kept until they do."""
    global n
    line = b'PUT /api/uploads/upl_a/blobs/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx'
    held, refused = [], 0
    for n in range(1, 61):
        s = socket.create_connection(('127.0.0.1', port), 60)
        s.sendall(line)
        held.append(s)
    while refused < 12:
        ready = select.select(held, [], [], 60)[0]
        if not ready:
            break
        for s in ready:
            got = s.recv(65536)
            held.remove(s)
            refused += answers(got) == [503] and b'"connected":"-"' in got
    if refused != 12:
        fault('60 at once', '%d were refused' % refused)
    short = post(b'Content-Length: 1\r\n', b'x', b'/api/uploads/upl_a/blobs/x', b'localhost')
    short = short.replace(b'POST', b'PUT', 1)
    if answers(talk(short, '127.0.0.2')) != [401]:
        fault('from elsewhere', talk(short, '127.0.0.2')[:300])
    for s in held:
        s.close()
    for _ in range(1000):
        got = talk(short)
        if answers(got) != [503]:
            break
    if answers(got) != [401]:
        fault('and then', got[:300])


token = sys.argv[3].encode() if len(sys.argv) > 3 else b''
{'requests': requests, 'poison': poison, 'guess': guess,
 'spool': spool}[what]()
print('# %d of %s' % (n, what))
sys.exit(bad > 0 or n == 0)
