"""The settings of notify."""

from typing import Literal

from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class SmsSettings(BaseModel):
    """Who sends the SMS, and where it is asked to."""

    provider: Literal["development"]
    url: str


class NotifySettings(ServiceSettings):
    """Read from the environment, `NOTIFY_...`."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    sms: SmsSettings
