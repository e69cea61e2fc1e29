#!/usr/bin/python3
"""A user who is none: every route of the API, with what no field is for.

	attack-api.py PORT TOKEN PROJECT DEPLOYMENT FOREIGN ...

TOKEN may do anything in its team, which has that project and deployment; the
others are ids of another team, whose names all have "foreign" in them.  Each
answer must be one of ours: no fault of the server's, a problem that can be read
where there is one, and nothing of the other team.
"""
import http.client
import json
import sys

port, token, project, deployment = int(sys.argv[1]), *sys.argv[2:5]
foreign = sys.argv[5:]
conn = None
bad = n = 0

# What stands for a part of a path, a value of a query, and one of a body.
PARTS = ['%00', '..', '%2e%2e', '%2f', 'a' * 300, 'A' * 5000, "';--", '%ff', '%20', '-1', '0',
         'null', '*', '', 'PRJ_AAAAAAAAAAAA', 'dpl_aaaaaaaaaaaa', '%0d%0aX:y', '%F0%9F%98%80',
         project.upper(), project + '%00', project + '.', deployment[:-1]]
VALUES = ['', '-1', '0', '1', '2147483648', '9223372036854775808', '9' * 30, '1e9', 'a', 'A' * 3000,
          '%00', '%27', '%ff', '%', '..', 'null', '%5C', '%25', '_', '*', '%0a', '%e2%80%ae',
          'dpl_aaaaaaaaaaaa']
BODIES = [None, True, False, 0, -1, 1.5, 2**31, -2**31 - 1, 2**53, 2**63, 2**64, 1e308, '', 'a',
          'A' * 60000, 'a\0b', '\u202e', '\r\nX: y', '<script>', '../x', "'; DROP TABLE users; --",
          '-h', ' a', 'NaN', '\\', '"', '\U0001f600' * 40, 'dpl_' + 'A' * 12, [], {}, [[]], [1],
          ['a'], [None] * 1000, {'a': 1}]
TEXTS = [b'', b'{}', b'[]', b'null', b'0', b'"x"', b'{', b'[' * 5000, b'{"a":' * 5000,
         b'{"a":1,"a":2}', b'{"\\u0000":1}', b'{"":1}', b'{"__proto__":1}', b'\xef\xbb\xbf{}',
         b'{"a":"\\ud800"}', b'{"a":1e999}', b'{"a":01}', b'// x\n{}', b'{}\0', b'\xff',
         b'{"' + b'x' * 60000 + b'":1}']
TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '',
         'application/jsonx', 'APPLICATION/JSON']
# So that the rest of a body is good.
GOOD = {'email': 'nobody@example.org', 'password': 'wrong horse', 'slug': 'made',
        'url': 'http://mine.localhost/', 'deployment': deployment, 'files': [],
        'hosts': 'off', 'secret': 'a secret of hooks'}
PATH = {'project': project, 'deployment': deployment, 'upload': 'upl_aaaaaaaaaaaa',
        'sha256': '0' * 64, 'name': 'NAME', 'hook': 'hok_aaaaaaaaaaaa', 'alias': 'beta',
        'token': 'tok_aaaaaaaaaaaa', 'host': 'git.example'}


def send(method, path, body, kind):
    global conn
    headers = {'Host': 'localhost:%d' % port, 'Authorization': 'Bearer ' + token}
    if body is not None:
        headers['Content-Type'] = kind
    for _ in range(2):
        try:
            conn = conn or http.client.HTTPConnection('127.0.0.1', port, timeout=60)
            conn.request(method, path, body=body, headers=headers)
            r = conn.getresponse()
            return r.status, r.getheader('Content-Type') or '', r.read()
        except (http.client.HTTPException, OSError):
            conn = None
    return 0, '', b''


def ask(method, path, body=None, kind='application/json'):
    global bad, n
    n += 1
    status, said, text = send(method, path, body, kind)
    ok = 200 <= status < 500 or status == 503
    if status >= 400 and said != 'application/problem+json':
        # What is no address at all the web server refuses itself.
        ok = status in (400, 413, 414, 431) and b'request_id' not in text
    elif said.endswith('json') and text:
        try:
            text.decode('utf-8')
            json.loads(text)
        except ValueError:
            ok = False
    if status < 300 and b'foreign' in text:
        ok = False
    # The token is good until the end.
    if status == 401 and not path.startswith('/api/auth/'):
        ok = False
    if not ok:
        bad += 1
        print('# %s %s %r: %d %s %r' % (method, path[:80], (body or '')[:80], status, said, text[:200]))


def fill(path, but=None, with_=''):
    for name, value in PATH.items():
        path = path.replace('{%s}' % name, with_ if name == but else value)
    return path


def strings(method, path, op):
    for name in PATH:
        if '{%s}' % name not in path:
            continue
        for value in PARTS + foreign:
            if method != 'DELETE' or not value.startswith(project):
                ask(method, fill(path, name, value), None if method in ('GET', 'DELETE') else '{}')
    for p in op.get('parameters', []):
        if p['in'] != 'query' or method != 'GET':
            continue
        for value in VALUES + foreign:
            ask(method, fill(path) + '?%s=%s' % (p['name'], value))
        ask(method, fill(path) + '?%s=a&%s=a' % (p['name'], p['name']))


def bodies(method, path, schema):
    good = {k: GOOD.get(k, 'x') for k in schema.get('required', [])}
    path = fill(path)
    for name in schema.get('properties', {}):
        for value in BODIES + foreign:
            ask(method, path, json.dumps(dict(good, **{name: value})))
    for text in TEXTS:
        ask(method, path, text)
    for kind in TYPES:
        ask(method, path, json.dumps(good), kind)


status, _, text = send('GET', '/api/openapi.json', None, '')
for path, methods in json.loads(text)['paths'].items():
    for method, op in methods.items():
        method = method.upper()
        # What would end all this at once.
        if method == 'DELETE' and path in ('/api/projects/{project}', '/api/deployments/{deployment}'):
            continue
        strings(method, path, op)
        content = op.get('requestBody', {}).get('content', {})
        if 'application/json' in content:
            bodies(method, path, content['application/json']['schema'])
print('# %d requests' % n)
sys.exit(bad > 0 or n < 3000)
