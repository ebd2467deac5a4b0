"""Both SDKs, under the names they share."""

from dataclasses import dataclass
from types import ModuleType

import msgraph
import msgraph.generated.models.o_data_errors.o_data_error as v1_errors
import msgraph.generated.models.remote_assistance_onboarding_status as v1_status
import msgraph.generated.models.remote_assistance_partner as v1_partner
import msgraph.graph_request_adapter as v1_adapter
import msgraph_beta
import msgraph_beta.generated.models.o_data_errors.o_data_error as beta_errors
import msgraph_beta.generated.models.remote_assistance_onboarding_status as beta_status
import msgraph_beta.generated.models.remote_assistance_partner as beta_partner
import msgraph_beta.graph_request_adapter as beta_adapter
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph_beta.generated.device_management.remote_assistance_partners.item.begin_onboarding import (
    begin_onboarding_post_request_body as beta_begin,
)

READ_AUDIT = "DeviceManagementApps.Read.All"
WRITE = "DeviceManagementServiceConfig.ReadWrite.All"


@dataclass
class Sdk:
    """One SDK: both are generated, and look alike."""

    version: str
    package: ModuleType
    adapter: ModuleType
    error: type
    partner: type
    status: type

    def named(self, name: str, status: str | None = None, **properties):
        """A partner to send."""
        return self.partner(display_name=name, onboarding_status=status and self.status(status), **properties)

    async def begin_onboarding(self, partner):
        if self.version == "beta":
            body = beta_begin.BeginOnboardingPostRequestBody(partner_domain="contoso.example")
            await partner.begin_onboarding.post(body)
        else:
            await partner.begin_onboarding.post()


V1 = Sdk(
    "v1.0",
    msgraph,
    v1_adapter,
    v1_errors.ODataError,
    v1_partner.RemoteAssistancePartner,
    v1_status.RemoteAssistanceOnboardingStatus,
)
BETA = Sdk(
    "beta",
    msgraph_beta,
    beta_adapter,
    beta_errors.ODataError,
    beta_partner.RemoteAssistancePartner,
    beta_status.RemoteAssistanceOnboardingStatus,
)


class Token(AccessTokenProvider):
    def __init__(self, token: str):
        self.token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: dict = {}) -> str:
        return self.token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator(["127.0.0.1"])


def asking(builder, headers: dict[str, str] = {}, options: list | None = None, **parameters) -> RequestConfiguration:
    """A request configuration with these query parameters, of the class that this builder has for them."""
    configuration = RequestConfiguration(headers=HeadersCollection(), options=options)
    if parameters:
        configuration.query_parameters = getattr(builder, f"{type(builder).__name__}GetQueryParameters")(**parameters)
    for name, value in headers.items():
        configuration.headers.add(name, value)
    return configuration
