"""What the server says of itself, held against what it does.

schemathesis draws requests from the description that the server gives of itself, valid ones and others, alone and one after
the other, and looks whether each answer is one that the description has. `SCHEMATHESIS_SEED` repeats a run.
"""

import json
import os
import secrets
import subprocess
import sys
import uuid
import xml.etree.ElementTree as xml
from pathlib import Path

import openapi_spec_validator
import pytest
import requests

from gangway_process import ENVIRONMENT, Gangway

HERE = Path(__file__).resolve().parent
DESCRIPTIONS = HERE.parents[1] / "crates" / "graph" / "descriptions"
VERSIONS = {"v1.0": "openapi.json", "beta": "openapi-beta.json"}
SCOPES = "DeviceManagementServiceConfig.ReadWrite.All DeviceManagementApps.Read.All"


@pytest.fixture
def gangway(tmp_path):
    """Each with a server of its own, so that a run that is repeated finds what the first one found."""
    (tmp_path / "data").mkdir()
    server = Gangway(tmp_path / "data")
    yield server
    assert server.stop() == 0, "the server did not end well"


@pytest.fixture(params=VERSIONS)
def version(request) -> str:
    return request.param


def written(name: str) -> bytes:
    return (DESCRIPTIONS / name).read_bytes()


def test_the_openapi_description_is_valid_and_for_everybody(gangway, version):
    answer = requests.get(f"{gangway.url}/{VERSIONS[version]}", timeout=10)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.content == written(f"{version}.openapi.json")
    openapi_spec_validator.validate(answer.json())


def test_the_model_is_xml_or_json_and_for_everybody(gangway, version):
    address = f"{gangway.url}/{version}/$metadata"
    for answer, type_, name in [
        (requests.get(address, timeout=10), "application/xml", "csdl.xml"),
        (requests.get(f"{address}?$format=json", timeout=10), "application/json", "csdl.json"),
        (requests.get(address, headers={"Accept": "application/json"}, timeout=10), "application/json", "csdl.json"),
    ]:
        assert (answer.status_code, answer.headers["content-type"]) == (200, type_)
        assert answer.headers["odata-version"] == "4.0"
        assert answer.content == written(f"{version}.{name}")
    in_xml = {e.get("Name") for e in xml.fromstring(written(f"{version}.csdl.xml")).iter() if e.tag.endswith("Type")}
    in_json = json.loads(written(f"{version}.csdl.json"))["microsoft.graph"]
    kinds = {name for name, is_ in in_json.items() if isinstance(is_, dict) and is_["$Kind"].endswith("Type")}
    assert in_xml - {None} == kinds


def peers(gangway, folder: Path) -> Path:
    """Two tenants and how each is known, as schemathesis reads it (Web Fuzzing Commons)."""
    users = []
    for name in ("one", "other"):
        token = gangway.token(str(uuid.uuid4()), "--scope", SCOPES)
        users.append({"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]})
    file = folder / "peers.json"
    file.write_text(json.dumps({"auth": users}))
    return file


def run(gangway, version: str, folder: Path, *options: str):
    seed = os.environ.get("SCHEMATHESIS_SEED") or str(secrets.randbits(64))
    environment = ENVIRONMENT | {
        "MODEL": str(DESCRIPTIONS / f"{version}.csdl.json"),
        "PEERS": str(peers(gangway, folder)),
        "PYTHONPATH": str(HERE),
    }
    st = [Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run"]
    # Where it runs it leaves what it knows of a failure.
    done = subprocess.run(
        [*st, f"{gangway.url}/{VERSIONS[version]}", "--no-color", "--checks", "all", "--seed", seed, *options],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, f"again: SCHEMATHESIS_SEED={seed} ./test schemathesis {version}"


def test_every_answer_is_as_described(gangway, version, tmp_path):
    """All operations: each parameter by itself, many together, and some stories of several requests."""
    run(gangway, version, tmp_path, "--max-examples", "25")


def test_partners_live_and_die_as_described(gangway, version, tmp_path):
    """Many stories of partners alone: who is deleted stays away, and nobody sees another tenant's."""
    partners = ["--include-tag", "deviceManagement.remoteAssistancePartner"]
    run(gangway, version, tmp_path, *partners, "--phases", "stateful", "--mode", "positive", "--max-examples", "150")
