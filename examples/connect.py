#!/usr/bin/env python3
"""Connects a partner and disconnects it again, over Graph's API, with the standard library alone.

    TOKEN=$(gangway token) examples/connect.py [--consent] [PARTNER-ID]

GANGWAY is the address of the server, http://127.0.0.1:8080 unless it is set. Without an id, the
first partner is taken that is not onboarded. --consent plays the consent of a simulated partner.
"""

import argparse
import json
import os
import sys
import time
import urllib.parse
import urllib.request

PARTNERS = os.environ.get("GANGWAY", "http://127.0.0.1:8080") + "/v1.0/deviceManagement/remoteAssistancePartners"
HEADERS = {"Authorization": f"Bearer {os.environ['TOKEN']}"}


def call(path: str, method: str = "GET"):
    """The answer's JSON, or None if it has no body. Raises HTTPError for anything but a success."""
    request = urllib.request.Request(PARTNERS + path, headers=HEADERS, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        body = answer.read()
    return json.loads(body) if body else None


def first_that_is_not_onboarded() -> str:
    options = urllib.parse.urlencode({"$filter": "onboardingStatus eq 'notOnboarded'", "$top": 1})
    found = call(f"?{options}")["value"]
    return found[0]["id"] if found else sys.exit("Every partner is onboarded.")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--consent", action="store_true")
    arguments.add_argument("partner", nargs="?")
    arguments = arguments.parse_args()
    path = "/" + (arguments.partner or first_that_is_not_onboarded())

    call(f"{path}/beginOnboarding", "POST")
    partner = call(path)
    if partner["onboardingStatus"] == "onboarding":
        page = partner["onboardingUrl"]
        if arguments.consent:
            urllib.request.urlopen(urllib.request.Request(page, method="POST"), timeout=30).close()
        else:
            print(f"Open this page and consent: {page}")
        while (partner := call(path))["onboardingStatus"] == "onboarding":
            time.sleep(1)
    print(f"{partner['id']} is {partner['onboardingStatus']}")

    call(f"{path}/disconnect", "POST")
    partner = call(path)
    print(f"{partner['id']} is {partner['onboardingStatus']}")


if __name__ == "__main__":
    main()
