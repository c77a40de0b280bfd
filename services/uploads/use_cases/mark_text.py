"""What a watermark says: the policy's text, filled in for one candidate."""

from datetime import datetime

from services.uploads.model import Registration
from shared.clock import SHANGHAI
from shared.policy.model import Policy
from shared.policy.values import Watermark


def mark_text(policy: Policy, registration: Registration, now: datetime) -> str:
    """Return the text; without a watermark in the policy there is none."""
    if policy.image.watermark is Watermark.NONE:
        return ""
    return policy.image.watermark_text.format(
        session=registration.place.session,
        purpose=policy.image.watermark_purpose,
        category_code=registration.category_code,
        district_name=registration.district_name,
        site_name=registration.site_name,
        masked_name=registration.masked_name,
        ticket_tail=registration.ticket_tail,
        date=f"{now.astimezone(SHANGHAI):%Y-%m-%d}",
    )
