"""The settings of uploads."""

from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ObjectSettings, ServiceSettings


class IntakeSettings(BaseModel):
    """How many uploads one instance holds in memory at once."""

    bodies: int = Field(default=64, ge=1)


class WorkerSettings(BaseModel):
    """How many pictures one worker processes at once, each in a child process."""

    slots: int = Field(default=2, ge=1)


class UploadsSettings(ServiceSettings):
    """Read from the environment, `UPLOADS_...`."""

    model_config = SettingsConfigDict(env_prefix="UPLOADS_")

    objects: ObjectSettings
    intake: IntakeSettings = Field(default_factory=IntakeSettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
