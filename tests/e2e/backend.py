#!/usr/bin/python3
"""A server that rules proxy to: it answers with what it was asked.

	backend.py PORT LOG [CERT KEY]

One line of LOG a request.  /redirect leads elsewhere, /status/N answers so,
/headers tries to say what is not its to say, /accel asks nginx for a blob,
/slow never answers, /big sends 3 MB.
"""
import http.server
import json
import ssl
import sys
import threading

port, log = int(sys.argv[1]), sys.argv[2]


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


s = Server(('127.0.0.1', port), Handler)
if len(sys.argv) > 3:
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(sys.argv[3], sys.argv[4])
    s.socket = ctx.wrap_socket(s.socket, server_side=True)
print('ready', flush=True)
s.serve_forever()
