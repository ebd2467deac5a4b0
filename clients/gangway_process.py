"""A server to point clients at."""

import os
import signal
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BINARY = os.environ.get("BINARY_UNDER_TEST", str(ROOT / "target" / "debug" / "gangway"))
PATIENCE = 30
# Settings of whoever runs the tests are not the server's.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GANGWAY_")}


class Gangway:
    """A running `gangway serve --dev`; with settings as the environment has them, if any."""

    def __init__(self, data: Path, **settings: str):
        self.data = data
        command = [BINARY, "serve", "--dev", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        with (data / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--data", data],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=ENVIRONMENT | settings,
            )
        self.url = self._address()
        threading.Thread(target=self._drain, daemon=True).start()

    def _address(self) -> str:
        too_late = threading.Timer(PATIENCE, self.process.kill)
        too_late.start()
        try:
            for line in self.process.stdout:
                if line.startswith("listening on "):
                    return line.removeprefix("listening on ").strip()
        finally:
            too_late.cancel()
        raise RuntimeError(f"the server did not start: {(self.data / 'server.log').read_text()}")

    def _drain(self):
        for _ in self.process.stdout:
            pass

    def token(self, tenant: str, *options: str) -> str:
        command = [BINARY, "token", "--data", self.data, "--tenant", tenant, *options]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout.strip()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)
