"""Lists through the SDKs: query parameters, pages, preferences."""

import asyncio

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph_core import PageIterator
from sdks import asking

NAMES = ["Alpha", "Beta's", "Gamma & Delta", "Gamma + Zeta", "Omega"]


async def create_all(set_, sdk):
    for name in NAMES:
        await set_.post(sdk.named(name, "onboarded" if name.startswith("Gamma") else "notOnboarded"))


def names(page) -> list[str]:
    return [partner.display_name for partner in page.value]


# Names are put into filters as the SDKs' users do it, who double the quotes and leave the rest to the SDK.
@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"filter": "displayName eq 'Beta''s'"}, ["Beta's"]),
        ({"filter": "displayName eq 'Gamma & Delta'"}, ["Gamma & Delta"]),
        ({"filter": "displayName eq 'Gamma + Zeta'"}, ["Gamma + Zeta"]),
        (
            {"filter": "onboardingStatus eq 'onboarded'", "orderby": ["displayName desc"]},
            ["Gamma + Zeta", "Gamma & Delta"],
        ),
        ({"filter": "startswith(displayName,'G') and not contains(displayName,'+')"}, ["Gamma & Delta"]),
        ({"filter": "displayName in ('Alpha', 'Omega', 'Psi')", "orderby": ["displayName"]}, ["Alpha", "Omega"]),
        ({"orderby": ["onboardingStatus desc", "displayName"], "top": 3}, ["Gamma & Delta", "Gamma + Zeta", "Alpha"]),
        ({"orderby": ["displayName"], "skip": 3}, ["Gamma + Zeta", "Omega"]),
        ({"orderby": ["displayName"], "skip": 1, "top": 1}, ["Beta's"]),
        ({"search": "gamma OR \"beta's\"", "orderby": ["displayName"]}, ["Beta's", "Gamma & Delta", "Gamma + Zeta"]),
        ({"search": '"gamma &"'}, ["Gamma & Delta"]),
    ],
    ids=lambda value: None if isinstance(value, list) else " ".join(map(str, value.values())),
)
def test_partners_are_filtered_ordered_searched_and_cut(sdk, partners, parameters, found):
    async def story():
        async with partners() as set_:
            await create_all(set_, sdk)
            assert names(await set_.get(asking(set_, **parameters))) == found

    asyncio.run(story())


def test_what_is_selected_is_all_there_is_of_a_partner(sdk, partners):
    async def story():
        async with partners() as set_:
            await create_all(set_, sdk)
            chosen = asking(set_, select=["displayName", "id"], orderby=["displayName"], count=True, top=1)
            page = await set_.get(chosen)
            (partner,) = page.value
            assert (partner.display_name, partner.onboarding_status) == ("Alpha", None)
            assert partner.odata_type == "#microsoft.graph.remoteAssistancePartner"
            assert page.odata_count == len(NAMES)

            one = set_.by_remote_assistance_partner_id(partner.id)
            alone = await one.get(asking(one, select=["onboardingStatus"]))
            assert (alone.id, alone.onboarding_status) == (None, sdk.status.NotOnboarded)

    asyncio.run(story())


def test_what_is_found_is_counted(sdk, partners):
    async def story():
        async with partners() as set_:
            await create_all(set_, sdk)
            assert await set_.count.get() == len(NAMES)
            assert await set_.count.get(asking(set_.count, filter="startswith(displayName,'Gamma')")) == 2
            assert await set_.count.get(asking(set_.count, search="omega")) == 1

    asyncio.run(story())


def walked(graph, sdk, responses, configured) -> list[str]:
    """The names that a page iterator finds, which stops at the first page that is empty."""
    found = []

    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            await create_all(set_, sdk)
            responses.clear()
            first = await set_.get(configured(set_))
            pages = PageIterator(first, client.request_adapter)
            await pages.iterate(lambda partner: not found.append(partner.display_name))

    asyncio.run(story())
    return found


def pages_of(responses) -> list[int]:
    return [len(response.json()["value"]) for response in responses]


def test_a_page_iterator_sees_everything_once_and_no_empty_page(graph, sdk, responses):
    found = walked(graph, sdk, responses, lambda set_: asking(set_, top=2, orderby=["displayName"], count=True))
    assert found == NAMES
    assert pages_of(responses) == [2, 2, 1]
    assert {response.json()["@odata.count"] for response in responses} == {len(NAMES)}


def test_a_page_iterator_ends_with_a_page_that_is_full(graph, sdk, responses):
    qualified = "microsoft.graph.remoteAssistanceOnboardingStatus'notOnboarded'"
    filter_ = f"onboardingStatus eq {qualified} or displayName eq 'Gamma + Zeta'"
    found = walked(graph, sdk, responses, lambda set_: asking(set_, top=2, orderby=["displayName"], filter=filter_))
    assert found == [name for name in NAMES if name != "Gamma & Delta"]
    assert pages_of(responses) == [2, 2]


def test_pages_are_as_long_as_is_preferred(graph, sdk, responses):
    found = walked(
        graph,
        sdk,
        responses,
        lambda set_: asking(set_, headers={"Prefer": "odata.maxpagesize=4"}, orderby=["displayName"]),
    )
    assert responses[0].headers["preference-applied"] == "odata.maxpagesize=4"
    # The iterator has headers of its own, so the other page is as long as pages are.
    assert pages_of(responses) == [4, 1]
    assert found == NAMES


def test_a_page_iterator_can_be_given_the_preference_for_every_page(graph, sdk, responses):
    found = []

    async def story():
        async with graph() as client:
            set_ = client.device_management.remote_assistance_partners
            await create_all(set_, sdk)
            responses.clear()
            preferred = {"Prefer": "odata.maxpagesize=1"}
            pages = PageIterator(await set_.get(asking(set_, headers=preferred)), client.request_adapter)
            pages.headers.add("Prefer", "odata.maxpagesize=2")
            await pages.iterate(lambda partner: not found.append(partner.display_name))

    asyncio.run(story())
    assert sorted(found) == NAMES
    assert pages_of(responses) == [1, 2, 2]


def test_a_next_link_is_followed_by_hand_as_well(sdk, partners):
    async def story():
        async with partners() as set_:
            await create_all(set_, sdk)
            first = await set_.get(asking(set_, top=3, select=["displayName"], orderby=["displayName"]))
            assert first.odata_next_link.startswith("http://127.0.0.1:")
            second = await set_.with_url(first.odata_next_link).get()
            assert names(first) + names(second) == NAMES
            assert second.value[0].id is None
            assert second.odata_next_link is None

    asyncio.run(story())


def test_a_change_is_answered_with_nothing_if_that_is_preferred(sdk, partners, responses):
    async def story():
        async with partners() as set_:
            preferred = RequestConfiguration()
            preferred.headers.add("Prefer", "return=minimal")
            assert await set_.post(sdk.named("Contoso Remote"), preferred) is None
            created = responses[-1]
            assert (created.status_code, created.headers["preference-applied"]) == (204, "return=minimal")
            assert created.headers["odata-entityid"] == created.headers["location"]
            one = set_.by_remote_assistance_partner_id("anyone").with_url(created.headers["location"])
            assert (await one.get()).display_name == "Contoso Remote"
            assert await one.patch(sdk.named("Fabrikam Remote"), preferred) is None
            assert responses[-1].headers["preference-applied"] == "return=minimal"
            assert (await one.get()).display_name == "Fabrikam Remote"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"filter": "colour eq 'green'"},
            "Invalid filter clause: Could not find a property named 'colour' on type "
            "'microsoft.graph.remoteAssistancePartner'.",
        ),
        (
            {"select": ["colour"]},
            "Parsing OData Select and Expand failed: Could not find a property named 'colour' on type "
            "'microsoft.graph.remoteAssistancePartner'.",
        ),
        (
            {"top": -1},
            "Invalid value '-1' for $top query option found. "
            "The $top query option requires a non-negative integer value.",
        ),
    ],
    ids=["filter", "select", "top"],
)
def test_a_list_that_cannot_be_made_is_a_400(sdk, partners, parameters, message):
    async def story():
        async with partners() as set_:
            with pytest.raises(sdk.error) as raised:
                await set_.get(asking(set_, **parameters))
            error = raised.value
            assert (error.response_status_code, error.error.code, error.error.message) == (400, "BadRequest", message)

    asyncio.run(story())
