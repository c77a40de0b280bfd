"""Leave to see pictures."""

from dataclasses import dataclass

import structlog

from services.review.case import locked_manifest
from services.review.errors import CaseNotFoundError
from services.review.jurisdiction import oversees, require_jurisdiction
from services.review.model import Case, Staff
from services.review.ports import Cases, Grants, ViewGrant
from services.review.previous import previous_versions
from shared import rights
from shared.clock import Clock
from shared.rights import Action

PURPOSE = "review"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class GrantViews:
    """Let the holder see the locked pictures, the versions they replace and their duplicates at this desk.

    Raises:
        CaseNotFoundError: the case is not at this desk.
        HoldLostError: the reviewer does not hold it.
        NotLockedYetError: uploads has not locked the dossier yet.
    """

    cases: Cases
    grants: Grants
    clock: Clock

    async def __call__(self, staff: Staff, case_id: str) -> ViewGrant:
        """Return a grant of five minutes."""
        case = await self.cases.find(case_id)
        if case is None:
            raise CaseNotFoundError
        require_jurisdiction(Action.GRANT_VIEWS, staff, case)
        manifest = locked_manifest(case, staff, self.clock.now())
        images = [item.image_id for item in manifest.items]
        images += [old.image_id for old in previous_versions(case).values()]
        images += await self._duplicates(staff, case, frozenset(images))
        log.info("views.granted", case_id=case_id, staff_id=staff.staff_id, images=len(images))
        return self.grants.sign(staff, images, PURPOSE, case_id=case_id, hold=manifest.hold)

    async def _duplicates(self, staff: Staff, case: Case, seen: frozenset[str]) -> list[str]:
        """Return what resembles these pictures in other cases, as far as they belong to the desk now."""
        found: list[str] = []
        for each in case.duplicates:
            if each.image_id in seen and rights.oversees(Action.GRANT_VIEWS, staff, each):
                other = await self.cases.find(each.other_case)
                if other is not None and oversees(Action.GRANT_VIEWS, staff, other):
                    found.append(each.other_image)
        return found
