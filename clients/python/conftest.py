"""Starts the server that the SDKs are pointed at."""

import uuid

import pytest

from gangway_process import Gangway


@pytest.fixture(scope="session")
def gangway(tmp_path_factory):
    server = Gangway(tmp_path_factory.mktemp("gangway"))
    yield server
    assert server.stop() == 0, "the server did not end well"


@pytest.fixture
def tenant() -> str:
    """Every test has a tenant of its own."""
    return str(uuid.uuid4())
