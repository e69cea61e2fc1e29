"""An API that is away for the first POST: away.py down|busy LOG.

It prints its port, and ends with the command that asked: after that POST if it
should not come again, and after the second if it should.
"""
import http.server
import json
import sys

kind, log = sys.argv[1:]
left = 2 if kind == "down" else 1


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        with open(log, "a") as f:
            f.write(f"{self.command} {self.path}\n")
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        row = {"id": "dpl_aaaaaaaaaaaa", "seq": 1, "live": {"seq": 2}}
        self.answer(200, {**row, "deployments": [row], "next": None})

    def do_POST(self):
        global left
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        away = left == 2 or kind == "busy"
        left -= 1
        self.answer(503 if away else 200, {
            "connected": "-" if kind == "down" else "0.000", "detail": "Later.", "status": 503
        } if away else {"id": "dpl_aaaaaaaaaaaa"})

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.timeout = 60  # nobody comes any more
server.handle_timeout = sys.exit
while left > 0:
    server.handle_request()
