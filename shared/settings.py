"""Groups of settings that services compose their own from; read from the environment in `__main__` only."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class MongoSettings(BaseModel):
    """The service's own database."""

    url: SecretStr
    database: str


class BrokerSettings(BaseModel):
    """The service's own account at the broker."""

    url: SecretStr


class HttpSettings(BaseModel):
    """Where the service listens and whose pages may write."""

    host: str = "127.0.0.1"
    port: int
    internal_port: int
    origins: tuple[str, ...]


class KeySettings(BaseModel):
    """The folder with the service's keys, outside every data folder."""

    directory: Path


class PolicySettings(BaseModel):
    """The policies in force."""

    files: tuple[Path, ...]


class LogSettings(BaseModel):
    """How logs are written."""

    format: Literal["json", "console"] = "json"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class ClockSettings(BaseModel):
    """A file that moves the time of all services together (development only)."""

    file: Path | None = None


class ObjectSettings(BaseModel):
    """An S3 store and the bucket for images."""

    endpoint: str
    access_key: SecretStr
    secret_key: SecretStr
    bucket: str = "kaoshen-images"
    secure: bool = True


class ServiceSettings(BaseSettings):
    """What every service needs; each subclass sets its own prefix."""

    model_config = SettingsConfigDict(env_nested_delimiter="__", extra="ignore", frozen=True)

    mongo: MongoSettings
    broker: BrokerSettings
    http: HttpSettings
    keys: KeySettings
    policy: PolicySettings
    log: LogSettings = Field(default_factory=LogSettings)
    clock: ClockSettings = Field(default_factory=ClockSettings)
    development: bool = False

    @model_validator(mode="after")
    def _only_development_moves_time(self) -> Self:
        if self.clock.file is not None and not self.development:
            raise ValueError("CLOCK__FILE moves the time of all services; it needs DEVELOPMENT=true")
        return self
