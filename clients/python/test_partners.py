"""The official Microsoft Graph SDKs for Python, as they come, against the running server.

Nothing of them is changed. What a user of Gangway has to say is the base URL and how to get a token.
"""

import asyncio
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from sdks import BETA

NEVER = datetime(1, 1, 1, tzinfo=timezone.utc)


def test_a_partner_is_created_read_changed_and_removed(sdk, partners):
    async def story():
        async with partners() as set_:
            created = await set_.post(sdk.named("Contoso Remote"))
            assert uuid.UUID(created.id)
            assert created.odata_type == "#microsoft.graph.remoteAssistancePartner"
            assert created.onboarding_status == sdk.status.NotOnboarded
            assert created.last_connection_date_time == NEVER

            one = set_.by_remote_assistance_partner_id(created.id)
            assert (await one.get()).display_name == "Contoso Remote"

            changed = await one.patch(sdk.named("Fabrikam Remote"))
            assert (changed.id, changed.display_name) == (created.id, "Fabrikam Remote")

            await one.delete()
            with pytest.raises(sdk.error) as gone:
                await one.get()
            assert gone.value.response_status_code == 404

    asyncio.run(story())


def test_partners_are_listed_and_counted(sdk, partners):
    async def story():
        async with partners() as set_:
            assert (await set_.get()).value == []
            assert await set_.count.get() == 0
            for name in ("First", "Second"):
                await set_.post(sdk.named(name))
            listed = await set_.get()
            assert {partner.display_name for partner in listed.value} == {"First", "Second"}
            assert listed.odata_next_link is None
            assert await set_.count.get() == 2

    asyncio.run(story())


def test_a_partner_is_onboarded_and_disconnected_as_often_as_one_likes(sdk, partners):
    async def story():
        async with partners() as set_:
            one = set_.by_remote_assistance_partner_id((await set_.post(sdk.named("Contoso Remote"))).id)

            await sdk.begin_onboarding(one)
            pending = await one.get()
            assert pending.onboarding_status == sdk.status.Onboarding
            assert pending.onboarding_url.startswith("http://127.0.0.1:")
            if sdk is BETA:
                left = pending.onboarding_request_expiry_date_time - datetime.now(timezone.utc)
                assert timedelta(minutes=13) < left <= timedelta(minutes=15)

            await one.patch(sdk.partner(onboarding_status=sdk.status.Onboarded))
            assert (await one.get()).onboarding_status == sdk.status.Onboarded

            for _ in range(2):
                assert await one.disconnect.post() is None
                assert (await one.get()).onboarding_status == sdk.status.NotOnboarded

    asyncio.run(story())


def test_a_time_is_the_same_point_in_time_when_it_comes_back(sdk, partners):
    async def story():
        at = datetime(2024, 8, 9, 18, 29, 0, 702325, tzinfo=timezone(timedelta(hours=2)))
        async with partners() as set_:
            created = await set_.post(sdk.partner(display_name="Contoso Remote", last_connection_date_time=at))
            assert created.last_connection_date_time == at

    asyncio.run(story())


def test_a_partner_can_be_sent_back_as_it_was_read(sdk, partners):
    async def story():
        async with partners() as set_:
            created = await set_.post(sdk.named("Contoso Remote", "onboarded"))
            one = set_.by_remote_assistance_partner_id(created.id)
            again = await one.patch(await one.get())
            assert (again.display_name, again.onboarding_status) == ("Contoso Remote", sdk.status.Onboarded)

    asyncio.run(story())


def error_of(partners, sdk, call, *options: str):
    """The error that this call ends with."""

    async def story():
        async with partners(*options) as set_:
            with pytest.raises(sdk.error) as raised:
                await call(set_)
            return raised.value

    error = asyncio.run(story())
    inner = error.error.inner_error
    assert uuid.UUID(inner.request_id)
    assert inner.client_request_id
    assert abs(inner.date - datetime.now(timezone.utc).replace(tzinfo=inner.date.tzinfo)) < timedelta(minutes=2)
    assert inner.request_id in error.response_headers["request-id"]
    return error


def test_an_expired_token_is_a_401(sdk, partners):
    error = error_of(partners, sdk, lambda set_: set_.get(), "--expires", "-3600")
    assert (error.response_status_code, error.error.code) == (401, "InvalidAuthenticationToken")
    assert error.error.message == "Lifetime validation failed, the token is expired."


def test_a_missing_scope_is_a_403(sdk, partners):
    async def call(set_):
        await set_.by_remote_assistance_partner_id(str(uuid.uuid4())).disconnect.post()

    error = error_of(partners, sdk, call, "--scope", "DeviceManagementServiceConfig.Read.All")
    assert (error.response_status_code, error.error.code) == (403, "Forbidden")
    assert "Application must have one of the following scopes: DeviceManagementServiceConfig.ReadWrite.All" in (
        error.error.message
    )


def test_an_unknown_partner_is_a_404(sdk, partners):
    async def call(set_):
        await set_.by_remote_assistance_partner_id(str(uuid.uuid4())).get()

    error = error_of(partners, sdk, call)
    assert (error.response_status_code, error.error.code) == (404, "ResourceNotFound")


def test_a_property_that_cannot_be_kept_is_a_400(sdk, partners):
    error = error_of(partners, sdk, lambda set_: set_.post(sdk.named("x" * 257)))
    assert (error.response_status_code, error.error.code) == (400, "BadRequest")
    assert "displayName" in error.error.message


def test_an_unknown_property_is_a_400(sdk, partners):
    async def call(set_):
        partner = sdk.named("Contoso Remote")
        partner.additional_data = {"colour": "green"}
        await set_.post(partner)

    error = error_of(partners, sdk, call)
    assert (error.response_status_code, error.error.code) == (400, "ModelValidationFailure")
    assert error.error.message.startswith("The property 'colour' does not exist")
