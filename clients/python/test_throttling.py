"""What the SDKs do where the server throttles."""

import asyncio

import pytest
from kiota_http.middleware.options import RetryHandlerOption
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from sdks import asking

from gangway_process import Gangway

WINDOW = 4


@pytest.fixture(scope="module")
def throttled(tmp_path_factory):
    """A server that takes two writes of an application in each window."""
    settings = {
        "GANGWAY_THROTTLE__ENABLED": "true",
        "GANGWAY_THROTTLE__WINDOW_SECONDS": str(WINDOW),
        "GANGWAY_THROTTLE__APPLICATION_WRITES": "2",
    }
    server = Gangway(tmp_path_factory.mktemp("throttled"), **settings)
    yield server
    assert server.stop() == 0, "the server did not end well"


def test_the_sdk_waits_as_long_as_it_is_told_and_is_then_served(graph, sdk, throttled, responses):
    async def story():
        async with graph(server=throttled) as client:
            set_ = client.device_management.remote_assistance_partners
            for name in ("First", "Second", "Third"):
                await set_.post(sdk.named(name))
            assert await set_.count.get() == 3

    asyncio.run(story())
    tries = [response.request.headers.get("Retry-Attempt") for response in responses]
    # After the time it was told it is served at once, so it tries it again only once.
    assert tries == [None, None, "1", None]


def test_a_429_has_its_code_and_says_when_to_come_back(graph, sdk, throttled):
    impatient = [RetryHandlerOption(should_retry=False)]

    async def story():
        async with graph(server=throttled) as client:
            set_ = client.device_management.remote_assistance_partners
            for name in ("First", "Second"):
                await set_.post(sdk.named(name))
            with pytest.raises(sdk.error) as raised:
                await set_.post(sdk.named("Third"), asking(set_, options=impatient))
            return raised.value

    error = asyncio.run(story())
    assert (error.response_status_code, error.error.code) == (429, "TooManyRequests")
    assert 1 <= int(error.response_headers["retry-after"]) <= WINDOW + 1


def test_each_request_of_a_batch_counts_for_itself(graph, sdk, throttled):
    async def story():
        async with graph(server=throttled) as client:
            set_ = client.device_management.remote_assistance_partners
            requests = {
                str(n): set_.to_post_request_information(sdk.named(f"Partner {n}")) for n in range(3)
            }
            requests["read"] = set_.to_get_request_information()
            answer = await BatchRequestBuilder(client.request_adapter).post(BatchRequestContent(requests))
            assert sorted(item.status for item in answer.responses.values()) == [200, 201, 201, 429]
            (refused,) = (item for item in answer.responses.values() if item.status == 429)
            assert 1 <= int(refused.headers["Retry-After"]) <= WINDOW + 1

    asyncio.run(story())
