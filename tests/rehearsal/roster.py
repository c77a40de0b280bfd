"""Invented candidates: a roster as the registration system gives it, the same for the same seed."""

from random import Random
from typing import Any

from shared.ids import derived_id

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "明华伟芳娜静敏强磊洋艳勇军杰娟涛超秀霞平刚桂英晨阳雪梅"
_PLACES = (("37", "3701"), ("37", "3702"))
_DIRECTORY = [
    {
        "district": "37",
        "name": "山东省",
        "sites": [{"site": "3701", "name": "济南"}, {"site": "3702", "name": "青岛"}],
    }
]
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
# No county has this number: an identity number that starts with it belongs to nobody.
_NO_COUNTY = "370199"


def roster(number: int, seed: int = 0) -> dict[str, Any]:
    """Return a directory and so many registrations."""
    chance = Random(seed)
    return {"directory": _DIRECTORY, "registrations": [_registration(n, chance) for n in range(number)]}


def id_number(chance: Random) -> str:
    """Return an identity number of nobody, with a right check digit."""
    born = f"{chance.randint(1980, 1998)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    digits = f"{_NO_COUNTY}{born}{chance.randint(0, 999):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return digits + _CHECK[total % 11]


def _registration(number: int, chance: Random) -> dict[str, Any]:
    district, site = chance.choice(_PLACES)
    return {
        "registration_id": derived_id("rehearsal", str(number)),
        "session": "2020",
        "category_code": "110",
        "category_name": "临床执业医师",
        "level": "physician",
        "username": f"rehearsal{number:05d}",
        "name": chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.randint(1, 2))),
        "id_type": "居民身份证",
        "id_number": id_number(chance),
        "phone": f"139{number:08d}",
        "admission_ticket_no": f"{2020}{site}{number:05d}",
        "district": district,
        "site": site,
        "stage": "报名",
        "registered_on": "2020-03-10",
        "attributes": {
            "discipline": "clinical",
            "education": chance.choice(["bachelor", "postgraduate"]),
            "route": "degree",
            "id_type": "id_card",
            "employer_type": "grade_3a",
            "probation_employers": chance.randint(1, 3),
        },
    }
