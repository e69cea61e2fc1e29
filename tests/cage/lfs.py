# A small server of Git LFS, as CGI: objects in $LFS/store, $LFS/mode says how
# it misbehaves, and $LFS/log what it was asked.
import json, os, sys

top = os.environ['LFS']
here = os.environ.get('HTTP_X_FORWARDED_PROTO', 'http') + '://' + os.environ['HTTP_HOST'] + os.environ['REQUEST_URI'].split('/info/lfs')[0] + '/info/lfs'
path = os.environ.get('PATH_INFO', '')
method = os.environ['REQUEST_METHOD']
mode = open(top + '/mode').read().strip()
body = sys.stdin.buffer.read(int(os.environ.get('CONTENT_LENGTH') or 0))
with open(top + '/log', 'a') as f:
    f.write('%s %s auth=%s ticket=%s\n' % (method, path, os.environ.get('HTTP_AUTHORIZATION', '-'),
                                           os.environ.get('HTTP_X_TICKET', '-')))


def answer(status, data=b'', type='application/vnd.git-lfs+json', more=''):
    out = sys.stdout.buffer
    out.write(('Status: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n' %
               (status, type, len(data), more)).encode())
    out.write(data)
    sys.exit(0)


if method == 'POST' and path == '/objects/batch':
    if mode == 'private' and os.environ.get('HTTP_AUTHORIZATION') != 'Basic Z2l0OnNlY3JldA==':
        answer('401 Unauthorized', b'{"message":"no"}')
    if mode == 'moved':
        answer('302 Found', more='Location: http://127.0.0.1:1/\r\n')
    if mode == 'page':
        answer('200 OK', b'<html>')
    ask = json.loads(body)
    objects = []
    for o in ask['objects']:
        have = os.path.exists(top + '/store/' + o['oid'])
        one = {'oid': o['oid'], 'size': o['size'], 'authenticated': True}
        href = here + '/store/' + o['oid'] + '?sig=a%2Fb&x=1'
        if mode == 'inside':
            href = 'http://169.254.169.254/latest'
        if mode == 'file':
            href = 'file:///etc/passwd'
        header = {'X-Ticket': ask['operation']}
        if mode == 'header':
            header['X-A'] = 'b\r\nHost: evil'
        if ask['operation'] == 'upload':
            if not have:
                one['actions'] = {'upload': {'href': href, 'header': header}}
        elif have:
            one['actions'] = {'download': {'href': href, 'header': header}}
        else:
            one['error'] = {'code': 404, 'message': 'not here'}
        objects.append(one)
    answer('200 OK', json.dumps({'transfer': 'basic', 'objects': objects}).encode())
if path.startswith('/store/') and os.environ.get('HTTP_X_TICKET') in ('upload', 'download'):
    name = top + '/store/' + os.path.basename(path)
    if method == 'PUT':
        with open(name, 'wb') as f:
            f.write(body)
        answer('200 OK')
    data = open(name, 'rb').read()
    if mode == 'other':
        data = bytes(len(data))
    if mode == 'longer':
        data += b'x'
    if mode == 'shorter':
        data = data[:-1]
    if mode == 'elsewhere':
        answer('302 Found', more='Location: http://127.0.0.1:1/\r\n')
    answer('200 OK', data, 'application/octet-stream')
answer('404 Not Found', b'{"message":"no"}')
