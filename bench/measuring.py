"""What the benches have in common: the release build, servers that are measured, and load from wrk."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
TICKS = os.sysconf("SC_CLK_TCK")


def need_wrk():
    if shutil.which("wrk"):
        return
    print("installing wrk with apt-get", file=sys.stderr)
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run([*sudo, "apt-get", "update", "-qq"], check=True, stdin=subprocess.DEVNULL)
    subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", "wrk"], check=True, stdin=subprocess.DEVNULL)


def build():
    command = ["cargo", "build", "--release", "--locked", "-p", "gangway", "-p", "gangway-floor", "-p", "gangway-store",
               "--bins", "--examples"]
    subprocess.run(command, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    return target


class Server:
    """A server on a free port, and what it has used so far."""

    def __init__(self, *command, **environment):
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        env={**os.environ, **environment})
        self.addresses = {}
        for line in self.process.stdout:
            if found := re.match(r"(listening|admin) on http://(\S+)", line):
                self.addresses[found[1]] = found[2]
            if "listening" in self.addresses and ("admin" in self.addresses or "gangway-floor" in str(command[0])):
                break
        self.ready_after = time.perf_counter() - self.started
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def url(self):
        return "http://" + self.addresses["listening"]

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def ready(self):
        """Seconds from the start until /readyz says so."""
        connection = http.client.HTTPConnection(self.addresses["admin"])
        while True:
            connection.request("GET", "/readyz")
            if connection.getresponse().read() == b"ready\n":
                return time.perf_counter() - self.started

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def gangway(binary, data, store_url="", **environment):
    """A server for a developer; on the embedded store unless it is given another."""
    return Server(binary, "serve", "--dev", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data", data,
                  **({"GANGWAY_STORE__URL": store_url} if store_url else {}), **environment)


def wrk(server, connections, seconds, script, kind, *arguments):
    cpu = server.cpu_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", BENCH / script, server.url(), "--",
               kind, *map(str, arguments)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured = json.loads(output.strip().splitlines()[-1])
    if measured["errors"]:
        sys.exit(f"{kind}: {measured['errors']} requests failed")
    requests = measured["requests"]
    return {
        "per_second": requests / (measured["microseconds"] / 1e6),
        "cpu_us": (server.cpu_seconds() - cpu) / requests * 1e6,
        "p50_ms": measured["p50"] / 1e3,
        "p99_ms": measured["p99"] / 1e3,
        "requests": requests,
    }


def on_disk():
    """A temporary directory on a real disk: what is synced to a RAM disk is not durable, and free."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    kind = subprocess.run(["stat", "-f", "-c", "%T", target], check=True, capture_output=True, text=True).stdout.strip()
    if kind in ("tmpfs", "ramfs"):
        sys.exit(f"{target} is on {kind}: set CARGO_TARGET_DIR to a place on a disk")
    return tempfile.TemporaryDirectory(dir=target)


def mint(binary, data, *arguments):
    command = [binary, "token", "--data", data, "--expires", "36000", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
