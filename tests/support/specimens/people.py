"""Invented people: what a rendered document says about its holder."""

from dataclasses import dataclass
from random import Random

_PROVINCE_SCHOOLS = ("样例医科大学", "示范医学院", "样例中医药大学", "示范大学医学部")
_EMPLOYERS = ("样例市人民医院", "示范区中心医院", "样例市第二人民医院", "示范县中医医院")
_STREETS = ("样例路", "示范街", "图样巷", "演示大道")


@dataclass(frozen=True, slots=True)
class Person:
    """The holder of a document; the identity number gives birthday and sex."""

    name: str
    id_number: str
    major: str = "临床医学"

    @property
    def birthday(self) -> tuple[int, int, int]:
        """Return year, month and day of birth."""
        digits = self.id_number[6:14]
        return int(digits[:4]), int(digits[4:6]), int(digits[6:])

    @property
    def sex(self) -> str:
        """Return 男 or 女, as the number's last but one digit says."""
        return "男" if int(self.id_number[16]) % 2 else "女"

    @property
    def people(self) -> str:
        """Return the nationality printed on the card."""
        return "维吾尔" if "·" in self.name else "汉"

    @property
    def address(self) -> str:
        """Return an invented address."""
        chance = self._chance("address")
        return (
            f"样例省样例市示范区{chance.choice(_STREETS)}{chance.randint(1, 199)}号{chance.randint(1, 9)}单元"
        )

    @property
    def school(self) -> str:
        """Return an invented school."""
        return self._chance("school").choice(_PROVINCE_SCHOOLS)

    @property
    def employer(self) -> str:
        """Return an invented institution of the probation year."""
        return self._chance("employer").choice(_EMPLOYERS)

    @property
    def graduated(self) -> int:
        """Return the year of graduation."""
        return self.birthday[0] + 23

    @property
    def diploma_no(self) -> str:
        """Return an invented diploma number in groups of four digits and a two-digit rest."""
        chance = self._chance("diploma")
        number = f"{chance.randint(0, 9999):04d} {chance.randint(0, 99):02d}"
        return f"1065 1{self.graduated % 1000:03d} 0500 {number}"

    def _chance(self, topic: str) -> Random:
        return Random(f"{self.id_number}/{topic}")
