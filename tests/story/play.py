"""The chapters in their order."""

from tests.story import entry, outcome, review, submit, upload
from tests.story.context import Story

CHAPTERS = (entry, upload, submit, review, outcome)
UNTIL_SENT_BACK = CHAPTERS[:4]


async def play(story: Story) -> None:
    """Play the whole story."""
    for chapter in CHAPTERS:
        await chapter.play(story)


async def play_until_sent_back(story: Story) -> None:
    """Play chapters a to e."""
    for chapter in UNTIL_SENT_BACK:
        await chapter.play(story)
