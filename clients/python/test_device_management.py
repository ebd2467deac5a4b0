"""What is beside the partners, through the SDKs: the singleton, its settings, and the model."""

import asyncio
import uuid
import xml.etree.ElementTree as xml

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph_beta.generated.models.remote_assistance_settings import RemoteAssistanceSettings
from msgraph_beta.generated.models.remote_assistance_state import RemoteAssistanceState
from sdks import BETA, asking

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def test_the_singleton_says_whose_it_is(graph, tenant):
    async def story():
        async with graph() as client:
            builder = client.device_management
            whole = await builder.get()
            assert (whole.id, whole.intune_account_id) == (tenant, uuid.UUID(tenant))
            part = await builder.get(asking(builder, select=["intuneAccountId"]))
            assert (part.id, part.intune_account_id) == (None, uuid.UUID(tenant))

    asyncio.run(story())


@pytest.mark.parametrize("sdk", [BETA], ids=["beta"])
def test_settings_are_read_and_set_one_by_one(graph):
    async def story():
        async with graph() as client:
            settings = client.device_management.remote_assistance_settings
            unset = await settings.get()
            assert unset.remote_assistance_state == RemoteAssistanceState.Disabled
            assert (unset.allow_sessions_to_unenrolled_devices, unset.block_chat) == (False, False)

            changed = await settings.patch(RemoteAssistanceSettings(allow_sessions_to_unenrolled_devices=True))
            assert changed.allow_sessions_to_unenrolled_devices
            enabled = await settings.patch(
                RemoteAssistanceSettings(remote_assistance_state=RemoteAssistanceState.Enabled, block_chat=True)
            )
            for seen in (enabled, await settings.get()):
                assert seen.remote_assistance_state == RemoteAssistanceState.Enabled
                assert (seen.allow_sessions_to_unenrolled_devices, seen.block_chat) == (True, True)
            part = await settings.get(asking(settings, select=["blockChat"]))
            assert (part.block_chat, part.remote_assistance_state) == (True, None)

    asyncio.run(story())


@pytest.mark.parametrize("sdk", [BETA], ids=["beta"])
def test_settings_can_be_sent_back_as_they_were_read(graph, responses):
    async def story():
        async with graph() as client:
            settings = client.device_management.remote_assistance_settings
            again = await settings.patch(await settings.get())
            assert again.remote_assistance_state == RemoteAssistanceState.Disabled
            preferred = RequestConfiguration()
            preferred.headers.add("Prefer", "return=minimal")
            assert await settings.patch(RemoteAssistanceSettings(block_chat=True), preferred) is None
            assert responses[-1].status_code == 204
            assert (await settings.get()).block_chat

    asyncio.run(story())


def test_the_model_has_what_the_sdk_knows(graph, sdk, gangway):
    async def story():
        async with graph() as client:
            asked = RequestInformation()
            asked.http_method = Method.GET
            asked.url = f"{gangway.url}/{sdk.version}/$metadata"
            asked.headers.add("Accept", "application/xml")
            return await client.request_adapter.send_primitive_async(asked, "bytes", {})

    model = xml.fromstring(asyncio.run(story()))
    (partner,) = (of for of in model.iter(f"{EDM}EntityType") if of.get("Name") == "remoteAssistancePartner")
    known = sdk.partner().get_field_deserializers()
    assert {property_.get("Name") for property_ in partner.iter(f"{EDM}Property")} <= set(known)
