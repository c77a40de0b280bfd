"""Events of other services, in their envelopes, and the way a consumer takes them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import cast

from shared.events import Envelope, Event, Scope
from shared.events.auth import RegistrationChanged, SessionRevoked
from shared.events.envelope import ServiceName
from shared.events.uploads import DossierChanged
from shared.events.writer import EventWriter
from shared.messaging.consumer import Outcome, Subscription, handle
from tests.support.clocks import A_MORNING, StandingClock
from tests.support.keys import a_sealer

SCOPE = Scope(registration="r1", candidate="c1", session="2020", district="37", site="3701")


def enveloped(
    event: Event,
    *,
    sequence: int = 1,
    subject: str | None = None,
    at: datetime = A_MORNING,
    producer: ServiceName | None = None,
    scope: Scope = SCOPE,
) -> Envelope:
    """Return an event as its producer would send it; most are about the registration's dossier."""
    named = producer or cast("ServiceName", event.type.partition(".")[0])
    writer = EventWriter(named, StandingClock(at), a_sealer(named))
    about = subject or f"dossier:{scope.registration}"
    return writer.envelope(event, subject=about, sequence=sequence, scope=scope)


async def delivered(subscriptions: Iterable[Subscription], event: Event, envelope: Envelope) -> Outcome:
    """Give an event to the subscription that takes it, as its queue would; return how it is settled."""
    wanted = next(one for one in subscriptions if type(event) in one.handlers)
    return await handle(wanted, a_sealer(wanted.queue.service), envelope.to_json(), 0)


def a_registration_state(
    private: Mapping[str, object] | None = None, **changes: object
) -> RegistrationChanged:
    """Return the state of Zhang's registration in Jinan, with changes."""
    usual: dict[str, object] = {
        "registration_id": "r1",
        "candidate_id": "c1",
        "session": "2020",
        "category_code": "110",
        "level": "physician",
        "district": "37",
        "site": "3701",
        "status": "active",
        "registered_on": date(2020, 3, 10),
    }
    person: dict[str, object] = {
        "name": "张样例",
        "id_type": "居民身份证",
        "id_number": "370199198906080113",
        "phone": "13900000001",
        "admission_ticket_no": "2020370100001",
        "category_name": "临床执业医师",
        "district_name": "山东省",
        "site_name": "济南",
        "attributes": {},
    }
    return RegistrationChanged.model_validate({**usual, **changes, "private": {**person, **(private or {})}})


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
