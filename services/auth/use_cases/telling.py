"""What auth says about its nouns to the other services."""

from services.auth.model import Registration
from shared.events.auth import RegistrationChanged, RegistrationPrivate
from shared.events.envelope import Scope


def registration_changed(registration: Registration) -> RegistrationChanged:
    """Return the registration's full state as an event."""
    return RegistrationChanged(
        registration_id=registration.id,
        candidate_id=registration.candidate_id,
        session=registration.session,
        category_code=registration.category_code,
        level=registration.level,
        district=registration.district,
        site=registration.site,
        status=registration.status,
        registered_on=registration.registered_on,
        supersedes=registration.supersedes,
        private=RegistrationPrivate(
            name=registration.name,
            id_type=registration.id_type,
            id_number=registration.id_number,
            phone=registration.phone,
            admission_ticket_no=registration.admission_ticket_no,
            category_name=registration.category_name,
            district_name=registration.district_name,
            site_name=registration.site_name,
            attributes=dict(registration.attributes),
        ),
    )


def scope_of(registration: Registration) -> Scope:
    """Return whom and where events about a registration concern."""
    return Scope(
        registration=registration.id,
        candidate=registration.candidate_id,
        session=registration.session,
        district=registration.district,
        site=registration.site,
        policy=registration.policy,
    )
