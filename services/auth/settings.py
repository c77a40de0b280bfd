"""The settings of auth."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class GatewaySettings(BaseModel):
    """Which peers are our gateway, so that the address it saw may be believed; none by default."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()


class AuthSettings(ServiceSettings):
    """Read from the environment, `AUTH_...`."""

    model_config = SettingsConfigDict(env_prefix="AUTH_")

    gateway: GatewaySettings = Field(default_factory=GatewaySettings)
