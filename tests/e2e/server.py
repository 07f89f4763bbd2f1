"""The real `vinkki serve`, started by a test on free ports, and a page's way of talking to it."""
import atexit
import http.client
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.parse


class Server:
    """Starts the program and waits until it has printed its addresses."""

    def __init__(self, binary, data, *arguments, rules=None, demo=True):
        self.command = [str(binary), "serve", "--listen", "127.0.0.1:0", "--staff", "127.0.0.1:0",
                        "--data", str(data), *map(str, arguments)]
        self.first_line = "shop: " if demo else "visitors: "
        if demo:
            self.command.append("--demo")
        if rules is not None:
            self.command += ["--rules", str(rules)]
        self.log = pathlib.Path(str(data) + ".log")
        self.process = None

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=log,
                                            text=True)
        atexit.register(self.process.kill)  # a failed test leaves nothing running
        self.shop = self._address(self.first_line)
        self.staff, _, self.token = self._address("staff: ").partition("/#token=")
        self.port = urllib.parse.urlparse(self.shop).port
        self.origin = f"http://localhost:{self.port}"
        return self

    def _address(self, prefix):
        line = self.process.stdout.readline()
        if not line.startswith(prefix):
            self.process.wait()
            raise RuntimeError(f"the server said {line!r}; its log:\n{self.log.read_text()[-4000:]}")
        return line[len(prefix):].strip()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """SIGTERM; the seconds that it took. Raises when it did not stop cleanly."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        if status != 0:
            raise RuntimeError(f"stopped with {status}; log:\n{self.log.read_text()[-4000:]}")
        return time.monotonic() - started

    def ask(self, method, path, body=None, content_type="application/yaml"):
        """A request to the staff port: its status, and the body, read when it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1",
                                                urllib.parse.urlparse(self.staff).port, timeout=10)
        connection.request(method, path, body, {"Authorization": f"Bearer {self.token}",
                                                "Content-Type": content_type})
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, json.loads(text) if "json" in answer.headers["Content-Type"] else text

    def metrics(self):
        return self.ask("GET", "/metrics")[1]

    def metric(self, name):
        """The sum of a series over its labels."""
        values = [float(line.rsplit(" ", 1)[1]) for line in self.metrics().splitlines()
                  if line.split("{")[0].split(" ")[0] == name]
        if not values:
            raise KeyError(name)
        return sum(values)


class Page:
    """One keep-alive connection that posts batches as the beacon does."""

    def __init__(self, server, timeout=10):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
        self.origin = server.origin

    def post(self, visitor, load, number, events, **fields):
        batch = {"v": 1, "s": "demo", "i": visitor, "t": "tab", "n": number, "b": load,
                 "sent": int(time.time() * 1000), "m": "cookieless", "e": events, **fields}
        return self.post_raw(json.dumps(batch, separators=(",", ":")))

    def post_raw(self, body):
        self.connection.request("POST", "/v1/e", body,
                                {"Origin": self.origin, "Content-Type": "text/plain"})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, dict(answer.getheaders()), text.decode("utf-8", "replace")


def export(binary, data, what="events"):
    """The lines of `vinkki export`, as dictionaries."""
    process = subprocess.run([str(binary), "export", "--data", str(data), "--what", what],
                             stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in process.stdout.splitlines()]


def binary():
    path = pathlib.Path(os.environ["VINKKI"])
    if not path.exists():
        raise SystemExit(f"no program at {path}; build it first")
    return path
