"""Starts the server that the SDKs are pointed at."""

import uuid
from contextlib import asynccontextmanager

import pytest
from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider
from msgraph_core import GraphClientFactory
from sdks import BETA, READ_AUDIT, V1, WRITE, Sdk, Token

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


@pytest.fixture(params=[V1, BETA], ids=lambda sdk: sdk.version)
def sdk(request) -> Sdk:
    return request.param


@pytest.fixture
def responses() -> list:
    """What the server answered to `graph` and `partners`, in order."""
    return []


@pytest.fixture
def graph(gangway, tenant, sdk, responses):
    """Opens the service for this test's tenant; takes options of `gangway token`."""

    async def heard(response):
        responses.append(response)

    @asynccontextmanager
    async def opened(*options: str, server: Gangway = gangway):
        token = Token(server.token(tenant, *(options or ("--scope", f"{WRITE} {READ_AUDIT}"))))
        async with GraphClientFactory.create_with_default_middleware(options=sdk.adapter.options) as http:
            http.event_hooks = {"response": [heard]}
            adapter = sdk.adapter.GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(token), http)
            adapter.base_url = f"{server.url}/{sdk.version}"
            yield sdk.package.GraphServiceClient(request_adapter=adapter)

    return opened


@pytest.fixture
def partners(graph):
    """Opens `deviceManagement/remoteAssistancePartners` of this test's tenant; takes options of `gangway token`."""

    @asynccontextmanager
    async def opened(*options: str):
        async with graph(*options) as client:
            yield client.device_management.remote_assistance_partners

    return opened
