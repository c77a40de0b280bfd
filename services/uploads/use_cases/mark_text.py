"""What a watermark says: the policy's text, filled in for one candidate."""

from datetime import datetime

from services.uploads.mark_words import MarkWords
from shared.clock import SHANGHAI
from shared.policy.model import Policy
from shared.policy.values import Watermark


def mark_text(policy: Policy, session: str, words: MarkWords, now: datetime) -> str:
    """Return the text; without a watermark in the policy there is none."""
    if policy.image.watermark is Watermark.NONE:
        return ""
    return policy.image.watermark_text.format(
        session=session,
        purpose=policy.image.watermark_purpose,
        category_code=words.category_code,
        district_name=words.district_name,
        site_name=words.site_name,
        masked_name=words.masked_name,
        ticket_tail=words.ticket_tail,
        date=f"{now.astimezone(SHANGHAI):%Y-%m-%d}",
    )
