"""Envelopes for tests of the messaging kernel."""

from datetime import datetime

from shared.events import Envelope, Event, Scope
from shared.events.auth import SessionRevoked
from shared.events.envelope import ServiceName
from shared.events.uploads import DossierChanged
from shared.events.writer import EventWriter
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.keys import a_sealer


def enveloped(
    event: Event,
    *,
    sequence: int = 1,
    subject: str = "dossier:r1",
    at: datetime = A_MORNING,
    producer: ServiceName | None = None,
) -> Envelope:
    """Return an event as its producer would send it."""
    named: ServiceName = producer or event.type.partition(".")[0]  # type: ignore[assignment]  # the type's prefix
    writer = EventWriter(named, StandingClock(at), a_sealer(named))
    scope = Scope(registration="r1", candidate="c1", session="2020", district="37", site="3701")
    return writer.envelope(event, subject=subject, sequence=sequence, scope=scope)


def a_dossier_state(revision: int = 1) -> DossierChanged:
    """Return a state event."""
    return DossierChanged(
        stage="draft",
        revision=revision,
        image_count=revision,
        complete=False,
        submitted_at=None,
        submissions=0,
        hold=None,
        send_back=None,
    )


def a_revocation(session_id: str = "s1") -> SessionRevoked:
    """Return a fact."""
    return SessionRevoked(session_id=session_id, account_id="c1", reason="signed_out", revoked_at=A_MORNING)
