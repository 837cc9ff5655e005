"""ready.sh, which asks a server in its container whether it is ready, against servers that say this and that."""

import http.server
import socket
import subprocess
import threading


def check(script):
    for status, ready in [(200, True), (503, False), (404, False), (20, False)]:
        with answering(status) as server:
            if asks(script, server.server_address[1]) != ready:
                raise SystemExit(f"ready.sh takes {status} for {'not ' if ready else ''}ready")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    if asks(script, port):
        raise SystemExit("ready.sh takes nobody for ready")
    print("   ready.sh: 200 is ready; 503, 404, no status and nobody are not")


def asks(script, port):
    return subprocess.run(["bash", script, str(port)], stderr=subprocess.DEVNULL, timeout=30).returncode == 0


class answering(http.server.ThreadingHTTPServer):
    def __init__(self, status):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status if self.path == "/readyz" else 500)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
