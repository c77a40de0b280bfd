"""The settings of uploads."""

from typing import Annotated, Self

from pydantic import AnyUrl, BaseModel, BeforeValidator, Field, UrlConstraints, model_validator
from pydantic_settings import SettingsConfigDict

from services.uploads.use_cases.body import MOST_BYTES
from shared.settings import ObjectSettings, ServiceSettings

ClamdUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["tcp", "unix"])]


class IntakeSettings(BaseModel):
    """What is taken in at once.

    One instance holds so many bodies, and bytes of them, in memory; all instances together have so many
    pictures in processing that were received and are not finished.
    """

    bodies: int = Field(default=64, ge=1)
    body_bytes: int = Field(default=MOST_BYTES, ge=1)
    processing: int = Field(default=3000, ge=1)


class WorkerSettings(BaseModel):
    """How many pictures one worker processes at once, each in a child process."""

    slots: int = Field(default=2, ge=1)


class ViewingSettings(BaseModel):
    """What an `api` process spends on pictures for staff: children that stamp, memory for what they made."""

    slots: int = Field(default=1, ge=1)
    cache_bytes: int = Field(default=67_108_864, ge=0)


class MalwareSettings(BaseModel):
    """The clamd that every original passes, `tcp://host:port` or `unix:///path`; empty: there is no gate."""

    clamd: Annotated[ClamdUrl | None, BeforeValidator(lambda given: given or None)] = None
    seconds: float = Field(default=20.0, gt=0)

    @model_validator(mode="after")
    def _names_a_place(self) -> Self:
        if self.clamd is None:
            return self
        place = self.clamd.host if self.clamd.scheme == "tcp" else self.clamd.path
        if not place or (self.clamd.scheme == "unix" and not place.startswith("/")):
            raise ValueError(f"{self.clamd} names no place; write tcp://host:port or unix:///path")
        return self


class UploadsSettings(ServiceSettings):
    """Read from the environment, `UPLOADS_...`."""

    model_config = SettingsConfigDict(env_prefix="UPLOADS_")

    objects: ObjectSettings
    intake: IntakeSettings = Field(default_factory=IntakeSettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    viewing: ViewingSettings = Field(default_factory=ViewingSettings)
    malware: MalwareSettings = Field(default_factory=MalwareSettings)
