"""A camera on this computer's own network: the demo clip as JPEG pictures over HTTP, from a process of its own.

A process of its own, since a camera costs the program nothing but the core that decoding runs on.
"""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import cv2

from app.cli.demo import demo_clip
from engine.errors import SourceError
from engine.sources import open_source

PATIENCE_S = 5.0


@contextmanager
def serving(rate: float) -> Generator[str]:
    """The address of the demo clip, sent over and over, forwards and backwards, at so many frames a second.

    Whoever connects gets it from the first frame on. Raises SourceError where nothing can be served.
    """
    command = [sys.executable, "-m", "app.cli.live_server", f"{rate:g}"]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise SourceError(f"A process to send pictures from cannot be started ({error}).") from error
    with process:
        assert process.stdin is not None and process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            if not port.isdigit():
                raise SourceError("The process that sends pictures gave up: reinstall attntrack.")
            yield f"http://127.0.0.1:{port}/live"
        finally:
            process.stdin.close()  # that ends it, and so does the end of this process, however it comes
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


class _Sender(http.server.BaseHTTPRequestHandler):
    pictures: list[bytes]
    rate: float

    def do_GET(self) -> None:
        """Send pictures until nobody looks any more."""
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        began, index = time.monotonic(), 0
        try:
            while True:
                # due times are fixed, so that a late frame does not shift those after it
                time.sleep(max(began + index / self.rate - time.monotonic(), 0.0))
                data = self.pictures[index % len(self.pictures)]
                self.wfile.write(
                    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(data), data)
                )
                index += 1
        except OSError:
            return

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main() -> int:
    """Serve at the rate that is the only argument until standard input ends; the port is written first. 0."""
    source = open_source(str(demo_clip().source))
    pictures: list[bytes] = []
    while (frame := source.read()) is not None:
        pictures.append(cv2.imencode(".jpg", frame.image)[1].tobytes())
    source.close()
    _Sender.pictures, _Sender.rate = [*pictures, *pictures[-2:0:-1]], float(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sender)
    server.daemon_threads = True
    _at_the_end_of_input(server)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
    return 0


def _at_the_end_of_input(server: http.server.ThreadingHTTPServer) -> None:
    def watch() -> None:
        sys.stdin.read()
        server.shutdown()

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
