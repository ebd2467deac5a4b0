"""Batches as msgraph-core makes them.

It sends dependencies as `depends_on`, which nobody reads, so that the order of writes is what holds. Of the answers it reads
status and headers, but no body that is JSON; bodies are looked at as they came in.
"""

import asyncio
import uuid

import pytest
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_content_collection import BatchRequestContentCollection
from msgraph_core.requests.batch_request_item import BatchRequestItem
from sdks import asking


def batch_of(client) -> BatchRequestBuilder:
    """The beta client has no `batch` of its own."""
    return BatchRequestBuilder(client.request_adapter)


def bodies(response) -> dict:
    return {answer["id"]: answer.get("body") for answer in response.json()["responses"]}


def test_reads_of_one_batch_are_answered_side_by_side(graph, sdk, responses):
    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            created = await set_.post(sdk.named("Contoso Remote"))
            one = set_.by_remote_assistance_partner_id(created.id)
            found = asking(set_, filter="displayName eq 'Contoso Remote'", select=["displayName"], count=True)
            answer = await batch_of(client).post(
                BatchRequestContent(
                    {
                        "one": one.to_get_request_information(),
                        "list": set_.to_get_request_information(found),
                        "events": client.device_management.audit_events.to_get_request_information(),
                        "none": set_.by_remote_assistance_partner_id(str(uuid.uuid4())).to_get_request_information(),
                    }
                )
            )
            statuses = {item.id: item.status for item in answer.responses.values()}
            assert sorted(statuses.values()) == [200, 200, 200, 404]
            return created.id, answer

    id_, answer = asyncio.run(story())
    (missing,) = (item for item in answer.responses.values() if item.status == 404)
    assert missing.content_type == "application/json"
    read = bodies(responses[-1]).values()
    assert [body["id"] for body in read if "id" in body] == [id_]
    assert [body["value"] for body in read if "@odata.count" in body][0][0]["displayName"] == "Contoso Remote"
    assert [body["error"]["code"] for body in read if "error" in body] == ["ResourceNotFound"]


def item(information, *after: BatchRequestItem) -> BatchRequestItem:
    return BatchRequestItem(information, depends_on=list(after))


def test_a_partner_is_created_changed_and_disconnected_in_one_batch(graph, sdk, responses):
    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            id_ = str(uuid.uuid4())
            one = set_.by_remote_assistance_partner_id(id_)
            create = item(set_.to_post_request_information(sdk.named("Contoso Remote", "onboarded", id=id_)))
            rename = item(one.to_patch_request_information(sdk.named("Fabrikam Remote")), create)
            disconnect = item(one.disconnect.to_post_request_information(), rename)
            content = BatchRequestContent()
            for request in (create, rename, disconnect):
                content.add_request(request.id, request)
            answer = await batch_of(client).post(content)
            assert answer.get_response_status_codes() == {create.id: 201, rename.id: 200, disconnect.id: 204}
            assert answer.responses[create.id].headers["Location"].endswith(f"/remoteAssistancePartners/{id_}")
            after = await one.get()
            assert (after.display_name, after.onboarding_status) == ("Fabrikam Remote", sdk.status.NotOnboarded)

    asyncio.run(story())


def test_a_disconnect_in_a_batch_is_done_when_the_batch_is_answered(graph, sdk):
    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            created = [await set_.post(sdk.named(f"Partner {n}", "onboarded")) for n in range(3)]
            ones = [set_.by_remote_assistance_partner_id(partner.id) for partner in created]
            requests = {str(n): one.disconnect.to_post_request_information() for n, one in enumerate(ones)}
            answer = await batch_of(client).post(BatchRequestContent(requests))
            assert list(answer.get_response_status_codes().values()) == [204] * 3
            for one in ones:
                assert (await one.get()).onboarding_status == sdk.status.NotOnboarded

    asyncio.run(story())


def test_more_than_a_batch_may_have_becomes_several(graph, sdk, responses):
    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            content = BatchRequestContentCollection()
            for n in range(23):
                information = set_.to_post_request_information(sdk.named(f"Partner {n}"))
                content.add_batch_request_item(BatchRequestItem(information))
            await batch_of(client).post(content)
            assert await set_.count.get() == 23

    asyncio.run(story())
    assert [response.status_code for response in responses] == [200, 200, 200]


def test_a_batch_that_cannot_be_run_is_an_error_of_its_own(graph, sdk):
    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            content = BatchRequestContent()
            for id_ in ("same", "SAME"):
                request = BatchRequestItem(set_.to_get_request_information(), id=id_)
                content.add_request(id_, request)
            with pytest.raises(sdk.error) as raised:
                await batch_of(client).post(content, {"XXX": sdk.error})
            assert raised.value.response_status_code == 400
            assert raised.value.error.message.endswith("has to be unique in a batch.")

    asyncio.run(story())
