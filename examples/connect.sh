#!/bin/sh
# Connects a partner and disconnects it again, over Graph's API.
#
#   TOKEN=$(gangway token) examples/connect.sh [--consent] [PARTNER-ID]
#
# GANGWAY is the address of the server, http://127.0.0.1:8080 unless it is set. Without an id, the
# first partner is taken that is not onboarded. --consent plays the consent of a simulated partner.
set -eu

consent=
[ "${1:-}" != --consent ] || { consent=yes && shift; }
partners=${GANGWAY:-http://127.0.0.1:8080}/v1.0/deviceManagement/remoteAssistancePartners

call() { curl --fail --silent --show-error -H "Authorization: Bearer $TOKEN" "$@"; }

# The value of a property of one partner in JSON.
property() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

status() { call "$partners/$id" | property onboardingStatus; }

id=${1:-$(call --get "$partners" --data-urlencode "\$filter=onboardingStatus eq 'notOnboarded'" \
    --data-urlencode '$top=1' | property id)}
[ -n "$id" ] || { echo 'Every partner is onboarded.' >&2 && exit 1; }

call -X POST "$partners/$id/beginOnboarding"
if [ "$(status)" = onboarding ]; then
    page=$(call "$partners/$id" | property onboardingUrl)
    if [ -n "$consent" ]; then
        curl --fail --silent --show-error --output /dev/null -X POST "$page"
    else
        echo "Open this page and consent: $page"
    fi
    while [ "$(status)" = onboarding ]; do sleep 1; done
fi
echo "$id is $(status)"

call -X POST "$partners/$id/disconnect"
echo "$id is $(status)"
