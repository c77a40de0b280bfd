"""What the candidate's page reads and sends; the contract of `/api/uploads`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.uploads.attempts import Attempt
from services.uploads.model import Box, Hint, Receipt
from services.uploads.traits import Doubt
from services.uploads.use_cases.intake import ImageReceipt
from services.uploads.use_cases.picture_facts import PictureFacts
from shared.web.requests import Answer, Request


class UploadQuery(Request):
    """Where an image goes; `anyway` sends the shot that was returned all the same."""

    category: str = Field(min_length=1, max_length=40)
    slot: str | None = Field(default=None, min_length=1, max_length=40)
    replaces: str | None = Field(default=None, min_length=1, max_length=80)
    anyway: bool = False


class ViewReasonRequest(Request):
    """Why somebody wants to see more than the usual view."""

    reason: str = Field(max_length=1_000)


Part = Annotated[float, Field(ge=0, le=1)]


class CoverRequest(Request):
    """A covered place, in parts of width and height."""

    left: Part
    top: Part
    right: Part
    bottom: Part

    @model_validator(mode="after")
    def _has_an_area(self) -> Self:
        if self.left >= self.right or self.top >= self.bottom:
            raise ValueError("left < right and top < bottom")
        return self

    @property
    def box(self) -> Box:
        """Return the place."""
        return (self.left, self.top, self.right, self.bottom)


class HintAnswer(Answer):
    """What is odd about an image without being a reason to refuse it."""

    code: str
    detail: str

    @classmethod
    def all_of(cls, hints: Sequence[Hint]) -> list[Self]:
        """Return the answers."""
        return [cls(code=hint.code, detail=hint.text) for hint in hints]


class UploadAnswer(Answer):
    """The acknowledgement of an upload."""

    image_id: str
    sha256: str
    size_bytes: int
    received_at: datetime
    status: Literal["processing"] = "processing"
    hints: list[HintAnswer]

    @classmethod
    def of(cls, receipt: ImageReceipt) -> Self:
        """Return the answer."""
        return cls(
            image_id=receipt.image_id,
            sha256=receipt.sha256,
            size_bytes=receipt.size_bytes,
            received_at=receipt.received_at,
            hints=HintAnswer.all_of(receipt.hints),
        )


class AttemptAnswer(Answer):
    """An upload that was refused by overload, fault or closing."""

    at: datetime
    candidate_id: str
    category: str
    slot: str | None
    code: str


class AttemptsAnswer(Answer):
    """All of a registration, oldest first."""

    items: list[AttemptAnswer]

    @classmethod
    def of(cls, attempts: Sequence[Attempt]) -> Self:
        """Return the answer."""
        return cls(
            items=[
                AttemptAnswer(
                    at=attempt.at,
                    candidate_id=attempt.candidate_id,
                    category=attempt.category,
                    slot=attempt.slot,
                    code=attempt.code,
                )
                for attempt in attempts
            ]
        )


class ReceiptAnswer(Answer):
    """The proof that a dossier was put forward."""

    number: str
    submitted_at: datetime
    images: int
    revision: int

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """Return the answer."""
        return cls(
            number=receipt.number,
            submitted_at=receipt.submitted_at,
            images=receipt.images,
            revision=receipt.revision,
        )


class CameraAnswer(Answer):
    """What the file said about how it was made; anybody can write that into a file."""

    make: str | None
    model: str | None
    software: str | None
    taken_at: str | None


class FactsAnswer(Answer):
    """A picture's data for staff: hints, no verdict."""

    image_id: str
    received_at: datetime
    size_bytes: int
    sha256: str
    doubts: tuple[Doubt, ...]
    camera: CameraAnswer

    @classmethod
    def of(cls, facts: PictureFacts) -> Self:
        """Return the answer."""
        item, camera = facts.item, facts.camera
        return cls(
            image_id=item.image_id,
            received_at=item.received_at,
            size_bytes=item.size_bytes,
            sha256=item.sha256,
            doubts=item.derivatives.doubts if item.derivatives else (),
            camera=CameraAnswer(
                make=camera.make, model=camera.model, software=camera.software, taken_at=camera.taken_at
            ),
        )
