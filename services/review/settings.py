"""The settings of review."""

from pathlib import Path

from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class PageSettings(BaseModel):
    """Where the built reviewer page lies."""

    directory: Path = Path(__file__).parent / "web" / "dist"


class ReviewSettings(ServiceSettings):
    """Read from the environment, `REVIEW_...`."""

    model_config = SettingsConfigDict(env_prefix="REVIEW_")

    page: PageSettings = Field(default_factory=PageSettings)
