#!/usr/bin/python3
"""A server that rules proxy to: it answers with what it was asked.

	backend.py PORT LOG [CERT KEY [ADDRESS]]

One line of LOG a request.  /redirect leads elsewhere, /status/N answers so,
/headers tries to say what is not its to say, /accel asks nginx for a blob,
/slow never answers, /big sends 3 MB.  /raw/NAME sends what HTTP has no word for
(see raw below), and hangs up.
"""
import http.server
import json
import ssl
import sys
import threading

port, log = int(sys.argv[1]), sys.argv[2]
raw = {
    'nothing': b'',
    'midway': b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it',
    'chunk': b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nhalf of it',
    'head': b'HTTP/1.1 200 OK\r\nX-Half: of',
    'noise': b'\0\1\2 is no HTTP\r\n\r\n',
    'long': b'HTTP/1.1 200 OK\r\nX-Long: ' + b'x' * 100000 + b'\r\n\r\n',
    'nul': b'HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 2\r\n\r\nok',
    'fold': b'HTTP/1.1 200 OK\r\nX-Fold: a\r\n X-Slipway-Upstream: http://127.0.0.1:1/\r\n'
            b'Content-Length: 2\r\n\r\nok',
    'twice': b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\nok',
    'both': b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n'
            b'2\r\nok\r\n0\r\n\r\n',
    'second': b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
              b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
    'accel': b'HTTP/1.1 200 OK\r\nX-Accel-Redirect: /.slipway-blobs/\r\nX-Accel-Limit-Rate: 1\r\n'
             b'X-Accel-Buffering: no\r\nX-Accel-Charset: koi8-r\r\nX-Accel-Expires: 3600\r\n'
             b'X-Sendfile: /etc/passwd\r\nContent-Length: 2\r\n\r\nok',
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self):
        n = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(n)
        with open(log, 'a') as f:
            f.write('%s %s\n' % (self.command, self.path))
        path = self.path.split('?')[0]
        status, extra = 200, []
        out = json.dumps({'method': self.command, 'path': self.path,
                          'body': body.decode('latin-1'),
                          'headers': {k.lower(): v for k, v in self.headers.items()}},
                         sort_keys=True).encode() + b'\n'
        if '/raw/' in path:
            self.wfile.write(raw[path.rsplit('/', 1)[1]])
            self.close_connection = True
            return
        if path.endswith('/slow'):
            threading.Event().wait()
        if path.endswith('/redirect'):
            status, extra = 302, [('Location', 'http://169.254.169.254/latest')]
        if '/status/' in path:
            status = int(path.rsplit('/', 1)[1])
        if path.endswith('/big'):
            out = b'0123456789' * 300000
        if path.endswith('/headers'):
            extra = [('X-Robots-Tag', 'all'), ('X-Content-Type-Options', 'none'),
                     ('Strict-Transport-Security', 'max-age=99999999'),
                     ('X-Slipway-Upstream', 'http://127.0.0.1:1/'),
                     ('Set-Cookie', 'a=b; Domain=localhost; Path=/'),
                     ('Alt-Svc', 'h3=":443"'), ('X-Mine', 'yes'),
                     ('X-Accel-Expires', '3600'), ('Cache-Control', 'public, max-age=3600')]
        if path.endswith('/accel'):
            extra = [('X-Accel-Redirect', '/.slipway-blobs/' + self.headers.get('User-Agent', ''))]
        self.send_response(status)
        for h in extra:
            self.send_header(*h)
        self.send_header('Content-Length', str(len(out)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(out)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


s = Server((sys.argv[5] if len(sys.argv) > 5 else '127.0.0.1', port), Handler)
if len(sys.argv) > 3 and sys.argv[3]:
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(sys.argv[3], sys.argv[4])
    s.socket = ctx.wrap_socket(s.socket, server_side=True)
print('ready', flush=True)
s.serve_forever()
