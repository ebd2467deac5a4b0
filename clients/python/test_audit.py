"""Audit events through the SDKs."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from msgraph_core import PageIterator
from sdks import READ_AUDIT, WRITE, asking


def of_two_partners(graph, sdk, look):
    """Looks at the audit events of: two created, one renamed, onboarded, disconnected and released."""

    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            first = await set_.post(sdk.named("First"))
            await set_.post(sdk.named("Second"))
            one = set_.by_remote_assistance_partner_id(first.id)
            await one.patch(sdk.named("First of all"))
            await one.patch(sdk.partner(onboarding_status=sdk.status.Onboarded))
            await one.disconnect.post()
            await is_released(client)
            await look(client, client.device_management.audit_events)

    asyncio.run(story())


async def is_released(client):
    """The release goes on after the disconnect is answered, and writes an event of its own."""
    events = client.device_management.audit_events
    async with asyncio.timeout(30):
        while "confirmRelease RemoteAssistancePartner" not in activities(await events.get()):
            await asyncio.sleep(0.05)


def activities(page) -> list[str]:
    return [event.activity_type for event in page.value]


def written(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_events_are_listed_newest_first_and_one_is_found_by_its_id(graph, sdk):
    async def look(client, events):
        page = await events.get()
        assert activities(page)[-2:] == ["Create RemoteAssistancePartner"] * 2
        ends = ["confirmRelease RemoteAssistancePartner", "disconnect RemoteAssistancePartner"]
        assert activities(page)[:2] == ends
        newest = page.value[1]
        again = await events.by_audit_event_id(newest.id).get()
        assert again.activity_date_time == newest.activity_date_time
        assert again.actor.user_permissions
        (resource,) = again.resources
        assert resource.audit_resource_type == "RemoteAssistancePartner"
        changed = {property_.display_name: property_.new_value for property_ in resource.modified_properties}
        assert changed["onboardingStatus"] == "notOnboarded"

    of_two_partners(graph, sdk, look)


def test_events_are_filtered_as_people_filter_them(graph, sdk):
    async def look(client, events):
        async def found(filter_, **parameters):
            return activities(await events.get(asking(events, filter=filter_, **parameters)))

        now = datetime.now(timezone.utc)
        since, until = written(now - timedelta(hours=1)), written(now + timedelta(minutes=1))
        everything = activities(await events.get())
        between = f"activityDateTime ge {since} and activityDateTime le {until}"
        assert await found(between) == everything
        assert await found(f"{between} and category eq 'RemoteAssistance'") == everything
        assert await found(f"activityDateTime gt {until}") == []
        created = ["Create RemoteAssistancePartner"] * 2
        assert await found("activityOperationType eq 'Create' and componentName eq 'RemoteAssistance'") == created
        assert await found("activityType eq 'disconnect RemoteAssistancePartner'") == everything[1:2]
        assert await found("resources/any(r: r/displayName eq 'Second')") == created[:1]
        assert await found(f"activityDateTime ge {since}", orderby=["activityDateTime asc"], top=2) == created
        assert await events.count.get(asking(events.count, filter="activityOperationType eq 'Create'")) == 2

    of_two_partners(graph, sdk, look)


def test_a_page_iterator_goes_through_all_events(graph, sdk, responses):
    async def look(client, events):
        everything = activities(await events.get())
        responses.clear()
        found = []
        first = await events.get(asking(events, top=2, filter="activityDateTime ge 2020-01-01T00:00:00Z"))
        await PageIterator(first, client.request_adapter).iterate(lambda event: not found.append(event.activity_type))
        assert found == everything
        assert all(response.json()["value"] for response in responses)
        assert len(responses) == (len(everything) + 1) // 2

    of_two_partners(graph, sdk, look)


def test_categories_and_activity_types_are_known(graph, sdk):
    async def look(client, events):
        assert (await events.get_audit_categories.get()).value == ["RemoteAssistance"]
        types = await events.get_audit_activity_types_with_category("RemoteAssistance").get()
        seen = set(activities(await events.get()))
        assert seen < set(types.value)
        nothing = await events.get_audit_activity_types_with_category("Nobody''s & other things").get()
        assert nothing.value == []

    of_two_partners(graph, sdk, look)


def test_who_may_change_partners_may_not_read_events(graph, sdk):
    async def story():
        async with graph("--scope", WRITE) as client:
            with pytest.raises(sdk.error) as raised:
                await client.device_management.audit_events.get()
            assert raised.value.response_status_code == 403
        async with graph("--app", "--role", READ_AUDIT) as client:
            assert (await client.device_management.audit_events.get()).value == []

    asyncio.run(story())
