"""What every event is: typed facts in an envelope; personal fields travel only sealed."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared.ids import new_id

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_.:@-]{1,80}$")]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z_.-]{1,60}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ServiceName = Literal["auth", "uploads", "review", "notify"]


class Words(BaseModel):
    """A part of the published language: frozen, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Private(Words):
    """Personal fields and free text; they are sealed for the audience before they are stored or sent."""


class Event(Words):
    """A fact, or with `is_state` a subject's full public state.

    What `is_passing` is said to whoever looks on right now and waits in no outbox: nobody acts on it, and who
    missed it asks anew.

    Fields hold ids, enums, numbers and instants; a test refuses free text outside `private`.
    """

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    is_state: ClassVar[bool] = False
    is_passing: ClassVar[bool] = False
    audience: ClassVar[frozenset[ServiceName]] = frozenset()

    private: Private | None = None

    def public_data(self) -> dict[str, JsonValue]:
        """Return the fields that may be read by anyone who sees the message."""
        return self.model_dump(mode="json", exclude={"private"})


class Scope(Words):
    """Whom and where an event concerns; consumers filter on it without unsealing anything."""

    registration: Id | None = None
    candidate: Id | None = None
    session: Code | None = None
    district: Code | None = None
    site: Code | None = None
    policy: Digest | None = None


class Sealed(Words):
    """An AES-GCM text whose data key is wrapped once per consuming service (all base64)."""

    nonce: str
    ciphertext: str
    keys: dict[str, str]


class NoRegistrationError(ValueError):
    """An event that says of no registration that it concerns it."""


class Envelope(Words):
    """An event on its way; `sequence` grows with every change of the subject."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Id = Field(default_factory=new_id)
    type: Code
    schema_version: int = Field(default=1, alias="schema")
    sequence: int
    occurred_at: datetime
    producer: ServiceName
    subject: Id
    scope: Scope
    correlation_id: Id | None = None
    causation_id: Id | None = None
    data: dict[str, JsonValue]
    sealed: Sealed | None = None

    @property
    def registration(self) -> str:
        """Return the registration that the event concerns.

        Raises:
            NoRegistrationError: its scope names none.
        """
        if self.scope.registration is None:
            raise NoRegistrationError(self.type)
        return self.scope.registration

    def to_json(self) -> bytes:
        """Return the message body."""
        return self.model_dump_json(by_alias=True).encode()

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Return the envelope in a message body.

        Raises:
            ValueError: the body is not one.
        """
        return cls.model_validate_json(body)
