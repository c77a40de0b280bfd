"""What a watermark says of a candidate, as it stands encrypted in the dossier: marking asks nothing else."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from services.uploads.model import Registration
from services.uploads.ports import TextCipher


@dataclass(frozen=True, slots=True)
class MarkWords:
    """The words of a registration that a policy's watermark may name."""

    category_code: str
    district_name: str
    site_name: str
    ticket_tail: str
    masked_name: str

    @classmethod
    def of(cls, registration: Registration) -> Self:
        """Return a registration's words."""
        return cls(
            category_code=registration.category_code,
            district_name=registration.district_name,
            site_name=registration.site_name,
            ticket_tail=registration.ticket_tail,
            masked_name=registration.masked_name,
        )


def sealed_words(words: MarkWords, registration_id: str, cipher: TextCipher) -> str:
    """Return the words as a dossier keeps them."""
    return cipher.encrypt(json.dumps(asdict(words), ensure_ascii=False), registration_id)


def words_in(sealed: str, registration_id: str, cipher: TextCipher) -> MarkWords:
    """Return the words that a dossier keeps."""
    return MarkWords(**json.loads(cipher.decrypt(sealed, registration_id)))
