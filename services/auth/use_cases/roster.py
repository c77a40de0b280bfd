"""Importing the registration system's roster and the staff: all rows are checked before one is stored."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from services.auth.model import District, Registration, StaffMember
from services.auth.ports import Accounts, Passwords, Places, Registrations, Sessions, Staff
from services.auth.roster import (
    Counts,
    RegistrationRow,
    RosterError,
    RosterFile,
    StaffRow,
    fault,
    read_roster,
)
from services.auth.use_cases.sessions import EndSession
from services.auth.use_cases.superseding import ended, stays_ended, successors_in, superseding_faults
from services.auth.use_cases.telling import registration_changed, scope_of
from shared.crashpoints import crashpoint
from shared.errors import ConflictError
from shared.policy.errors import PolicyNotFoundError
from shared.policy.loader import PolicyBook
from shared.policy.model import Policy
from shared.policy.variables import variables_of

TRIES = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ImportRoster:
    """Bring registrations up to a file; what is unchanged is not told again.

    Raises:
        RosterError: the file is wrong; nothing was stored.
    """

    registrations: Registrations
    accounts: Accounts
    places: Places
    policies: PolicyBook

    async def __call__(self, path: Path) -> Counts:
        """Return how many registrations are new, changed and as before."""
        file = read_roster(path, "registrations")
        wanted = await self._checked(path, file)
        for district in _districts(file):
            await self.places.save(district)
        counts = Counts()
        for row, registration in zip(file.registrations, wanted, strict=True):
            # The account first: a registration must never point at nobody.
            await self.accounts.ensure(row.username)
            await self._store(registration, counts)
            crashpoint("auth.between_rows")
        await self._end_replaced(wanted, counts)
        log.info("roster.imported", new=counts.new, changed=counts.changed, unchanged=counts.unchanged)
        return counts

    async def _checked(self, path: Path, file: RosterFile) -> list[Registration]:
        districts = {district.code: district for district in _districts(file)}
        faults: list[str] = []
        wanted: list[Registration] = []
        owners: dict[str, str] = {}
        for number, row in enumerate(file.registrations):
            if row.district not in districts:
                known = await self.places.get(row.district)
                districts |= {row.district: known} if known else {}
            registration, found = self._read(row, districts)
            owner = owners.setdefault(self.accounts.id_of(row.username), row.id_number)
            if owner != row.id_number:
                found["username"] = "the same as in an earlier row of another person (id_number differs)"
            if registration is not None and await self._moved(registration):
                found["username"] = "the stored registration belongs to another username"
            faults += [fault("registrations", number, field, reason) for field, reason in found.items()]
            if registration is not None:
                wanted.append(registration)
        faults += await self._superseding_faults(file, wanted)
        if faults:
            raise RosterError(*(f"{path}: {text}" for text in faults))
        successors = successors_in(wanted)
        return [ended(one, successors[one.id]) if one.id in successors else one for one in wanted]

    async def _superseding_faults(self, file: RosterFile, wanted: list[Registration]) -> list[str]:
        found = await superseding_faults(self.registrations, wanted)
        rows = [row.registration_id for row in file.registrations]
        return [fault("registrations", rows.index(one), "supersedes", why) for one, why in found.items()]

    async def _end_replaced(self, wanted: list[Registration], counts: Counts) -> None:
        """End what the file's registrations replace and the file itself does not name."""
        named = {one.id for one in wanted}
        for replaced, successor in successors_in(wanted).items():
            stored = None if replaced in named else await self.registrations.get(replaced)
            if stored is not None and stored.registration.superseded_by is None:
                await self._store(ended(stored.registration, successor), counts)

    def _read(
        self, row: RegistrationRow, districts: Mapping[str, District]
    ) -> tuple[Registration | None, dict[str, str]]:
        """Return the registration a row means, or what is wrong with it by field."""
        district = districts.get(row.district)
        if district is None:
            return None, {"district": f"{row.district} is not in the directory"}
        if row.site not in district.sites:
            return None, {"site": f"{row.site} is not in the directory of district {row.district}"}
        try:
            policy = self.policies.resolve(row.session, row.district, row.site)
        except PolicyNotFoundError:
            place = f"session {row.session}, district {row.district}, site {row.site}"
            return None, {"district": f"no active policy covers {place} (registration {row.registration_id})"}
        faults = _attribute_faults(row, policy)
        if faults:
            return None, faults
        return _registration(row, district, self.accounts.id_of(row.username), policy.version), {}

    async def _moved(self, registration: Registration) -> bool:
        stored = await self.registrations.get(registration.id)
        return stored is not None and stored.registration.candidate_id != registration.candidate_id

    async def _store(self, wanted: Registration, counts: Counts) -> None:
        for _ in range(TRIES):
            stored = await self.registrations.get(wanted.id)
            registration = stays_ended(wanted, stored.registration if stored else None)
            event, scope = registration_changed(registration), scope_of(registration)
            if stored is not None and stored.registration == registration:
                counts.unchanged += 1
                return
            expected = stored.version if stored is not None else 0
            if await self.registrations.save(registration, expected, event, scope):
                counts.new += stored is None
                counts.changed += stored is not None
                return
        raise ConflictError(f"registration {wanted.id} is being changed by someone else")


@dataclass(frozen=True, slots=True)
class ImportStaff:
    """Bring the staff up to a file; a changed right or password ends the member's sessions.

    Raises:
        RosterError: the file is wrong; nothing was stored.
    """

    staff: Staff
    places: Places
    passwords: Passwords
    sessions: Sessions
    end: EndSession

    async def __call__(self, path: Path) -> Counts:
        """Return how many members are new, changed and as before."""
        file = read_roster(path, "staff")
        await self._check(path, file)
        for district in _districts(file):
            await self.places.save(district)
        counts = Counts()
        for row in file.staff:
            await self._store(row, counts)
        log.info("staff.imported", new=counts.new, changed=counts.changed, unchanged=counts.unchanged)
        return counts

    async def _check(self, path: Path, file: RosterFile) -> None:
        districts = {district.code: district for district in _districts(file)}
        faults: list[str] = []
        for number, row in enumerate(file.staff):
            place = districts.get(row.district) or await self.places.get(row.district)
            known = await self.staff.get(self.staff.id_of(row.username)) is not None
            found = _staff_faults(row, place, known=known)
            faults += [fault("staff", number, field, reason) for field, reason in found.items()]
        if faults:
            raise RosterError(*(f"{path}: {text}" for text in faults))

    async def _store(self, row: StaffRow, counts: Counts) -> None:
        staff_id = self.staff.id_of(row.username)
        stored = await self.staff.get(staff_id)
        member = await self._member(row, staff_id, stored)
        if member == stored:
            counts.unchanged += 1
            return
        await self.staff.save(member)
        counts.new += stored is None
        counts.changed += stored is not None
        if stored is not None and replace(stored, display_name=member.display_name) != member:
            await self._end_sessions(stored, member)

    async def _member(self, row: StaffRow, staff_id: str, stored: StaffMember | None) -> StaffMember:
        return StaffMember(
            id=staff_id,
            username=row.username,
            display_name=row.display_name,
            role=row.role,
            district=row.district,
            site=row.site,
            password_hash=await self._password_hash(row, stored),
            totp_secret=row.totp_secret or (stored.totp_secret if stored else ""),
            disabled=row.disabled,
        )

    async def _password_hash(self, row: StaffRow, stored: StaffMember | None) -> str:
        old = stored.password_hash if stored is not None else ""
        if row.password is None or (old and await self.passwords.matches(old, row.password)):
            return old
        return await self.passwords.hash(row.password)

    async def _end_sessions(self, before: StaffMember, after: StaffMember) -> None:
        same = before.password_hash == after.password_hash
        for session in await self.sessions.live_of(after.id):
            await self.end(session, "disabled" if same else "password_changed")


def _districts(file: RosterFile) -> list[District]:
    return [
        District(row.district, row.name, {site.site: site.name for site in row.sites})
        for row in file.directory
    ]


def _staff_faults(row: StaffRow, place: District | None, *, known: bool) -> dict[str, str]:
    if place is None:
        return {"district": f"{row.district} is not in the directory; import the roster first"}
    if row.site is not None and row.site not in place.sites:
        return {"site": f"{row.site} is not in the directory of district {row.district}"}
    if row.role == "site_reviewer" and row.site is None:
        return {"site": "a site_reviewer needs one"}
    if row.role == "district_reviewer" and row.site is not None:
        return {"site": "a district_reviewer has none"}
    missing = {"password": row.password, "totp_secret": row.totp_secret}
    return {field: "needed for a new member" for field, value in missing.items() if not (known or value)}


def _attribute_faults(row: RegistrationRow, policy: Policy) -> dict[str, str]:
    variables = variables_of(policy.registration.attributes)
    faults = {}
    for name, value in row.attributes.items():
        variable = variables.get(name)
        if variable is None:
            faults[f"attributes.{name}"] = "the policy knows no such attribute"
        elif not variable.fits(value):
            faults[f"attributes.{name}"] = f"must be of type {variable.type}"
        elif variable.values and value not in variable.values:
            faults[f"attributes.{name}"] = f"must be one of {', '.join(variable.values)}"
    return faults


def _registration(row: RegistrationRow, district: District, candidate_id: str, policy: str) -> Registration:
    return Registration(
        id=row.registration_id,
        candidate_id=candidate_id,
        session=row.session,
        category_code=row.category_code,
        category_name=row.category_name,
        level=row.level,
        district=row.district,
        district_name=district.name,
        site=row.site,
        site_name=district.sites[row.site],
        status=row.status,
        stage=row.stage,
        registered_on=row.registered_on,
        name=unicodedata.normalize("NFC", row.name).strip(),
        id_type=row.id_type,
        id_number=row.id_number.strip().upper(),
        phone=row.phone,
        admission_ticket_no=row.admission_ticket_no.strip(),
        attributes=row.attributes,
        policy=policy,
        supersedes=row.supersedes,
    )
