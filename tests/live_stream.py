"""A camera on the network: a process that sends the moving target as multipart JPEG, at a steady rate.

A process of its own, so that what it does costs the program under test nothing but the core it runs on.
"""

import http.server
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import cv2

SIZE = (640, 480)
CLIP = 150
"""Pictures that are sent over and over."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        pictures, rate = self.server.pictures, self.server.rate
        began = time.monotonic()
        try:
            for index in range(self.server.frames):
                # due times are fixed, so that a late frame does not shift those after it
                time.sleep(max(began + index / rate - time.monotonic(), 0.0))
                data = pictures[index % len(pictures)]
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
        except OSError:
            pass  # nobody looks any more

    def log_message(self, *_):
        pass


class StreamServer:
    """A stream of so many frames, sent at this rate to everybody who connects; it can go away and come back."""

    def __init__(self, frames, rate=30.0):
        self.frames, self.rate, self.port = frames, rate, 0
        self._process = None

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/live"

    def start(self):
        """Send, at the same address as before."""
        command = [sys.executable, "-m", "tests.live_stream", str(self.frames), str(self.rate), str(self.port)]
        root = Path(__file__).resolve().parent.parent
        self._process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        port = self._process.stdout.readline().strip()
        assert port.isdigit(), "the stream did not start"
        self.port = int(port)

    def stop(self):
        """Go away without a word, as a camera does whose cable is pulled."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None


@contextmanager
def live_stream(frames, rate=30.0):
    """The address of a stream of so many frames, sent at this rate to everybody who connects."""
    server = StreamServer(frames, rate)
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def main():
    from engine.testing import textured_image

    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), Handler)
    server.daemon_threads = True
    server.frames, server.rate = int(sys.argv[1]), float(sys.argv[2])
    server.pictures = [cv2.imencode(".jpg", textured_image(index, *SIZE))[1].tobytes() for index in range(CLIP)]
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
