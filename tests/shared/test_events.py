"""The published language: what may travel in the clear, and that it survives the wire."""

from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from shared.events import EVENT_TYPES, Envelope, Event, Scope
from shared.events.auth import AccountActivated, SessionRevoked
from shared.events.review import CaseSentBack, SentBackItem, SentBackItemText, SentBackPrivate
from shared.events.writer import EventWriter, read_event
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.keys import a_sealer

SCOPE = Scope(registration="r1", candidate="c1", session="2020", district="37", site="3701")


def a_send_back(text: str = "毕业证编号无法辨别，请重新上传！") -> CaseSentBack:
    return CaseSentBack(
        hold=1,
        level="site",
        round=1,
        sendback_id="s1",
        items=(SentBackItem(image_id="i1", category="diploma", slot=None, reason_code="number_unreadable"),),
        verdicts=(),
        deadline=datetime(2020, 3, 15, tzinfo=UTC),
        release_at=A_MORNING,
        private=SentBackPrivate(items=(SentBackItemText(label="编号无法辨别", text=text),)),
    )


def written(event: Event) -> Envelope:
    writer = EventWriter("review", StandingClock(), a_sealer("review"))
    return writer.envelope(event, subject="case:r1", sequence=7, scope=SCOPE)


def test_an_envelope_comes_back_from_the_wire_as_it_was() -> None:
    envelope = written(a_send_back())

    assert Envelope.from_json(envelope.to_json()) == envelope


def test_the_audience_reads_the_whole_event() -> None:
    event = a_send_back()

    assert read_event(CaseSentBack, written(event), a_sealer("notify")) == event


def test_e2_free_text_never_travels_in_the_clear() -> None:
    assert "毕业证" not in written(a_send_back()).to_json().decode()


def test_a_service_outside_the_audience_does_not_get_a_half_read_event() -> None:
    with pytest.raises(ValueError, match="private"):
        read_event(CaseSentBack, written(a_send_back()), a_sealer("auth"))


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=lambda kind: kind.type)
def test_e2_an_event_has_no_free_text_outside_its_private_part(kind: type[Event]) -> None:
    assert list(free_text_in(kind, skip={"private"})) == []


def test_event_types_name_their_producer() -> None:
    producers = {kind.type.partition(".")[0] for kind in EVENT_TYPES.values()}

    assert producers == {"auth", "uploads", "review", "notify"}


def test_a_private_part_without_an_audience_would_be_lost() -> None:
    lonely = [kind.type for kind in EVENT_TYPES.values() if has_private(kind) and not kind.audience]

    assert lonely == []


def test_facts_without_personal_fields_carry_no_seal() -> None:
    event = AccountActivated(candidate_id="c1", registration_id="r1")

    assert written(event).sealed is None


def test_revocations_reach_every_service_that_reads_tokens() -> None:
    assert SessionRevoked.audience == {"uploads", "review", "notify"}


def has_private(kind: type[Event]) -> bool:
    return kind.model_fields["private"].is_required()


def free_text_in(model: type[BaseModel], skip: set[str] | None = None) -> list[str]:
    """Return the fields of a model that could hold any text."""
    found = []
    for name, field in model.model_fields.items():
        constrained = any(getattr(item, "pattern", None) for item in field.metadata)
        if name not in (skip or set()) and not constrained:
            found += [f"{model.__name__}.{name}" for _ in loose(field.annotation)]
    return found


def loose(annotation: Any) -> list[Any]:  # noqa: ANN401 - walks any annotation
    if annotation is str:
        return [annotation]
    if get_origin(annotation) is Annotated:
        base, *metadata = get_args(annotation)
        return [] if any("pattern" in str(item) for item in metadata) else loose(base)
    if get_origin(annotation) is Literal or annotation is NoneType:
        return []
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return free_text_in(annotation)
    if get_origin(annotation) in {Union, UnionType, tuple, dict, list}:
        return [item for part in get_args(annotation) for item in loose(part)]
    return []
