"""The papers candidates hand in, drawn flat; every one is marked as a specimen."""

from collections.abc import Callable
from enum import StrEnum
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from tests.support.specimens.people import Person
from tests.support.specimens.portrait import portrait
from tests.support.specimens.sheet import INK, RED, Colour, Sheet, star

_LABEL: Colour = (72, 120, 156)
_GOLD: Colour = (178, 146, 84)
_DIGITS = "〇一二三四五六七八九"


class Kind(StrEnum):
    """What a picture shows."""

    ID_FRONT = "id_front"
    ID_BACK = "id_back"
    ID_IN_HAND = "id_in_hand"
    DIPLOMA = "diploma"
    DIPLOMA_GLARE = "diploma_glare"
    PRACTICE_PROOF = "practice_proof"
    COMMITMENT = "commitment"
    LICENCE = "licence"


def id_front(person: Person, chance: Random) -> Sheet:
    """Draw the side of the identity card with the portrait."""
    sheet = Sheet(1120, 706, (232, 240, 245))
    sheet.waves((208, 224, 234), chance)
    year, month, day = person.birthday
    rows = [("姓 名", person.name), ("性 别", f"{person.sex}　　民 族　{person.people}")]
    rows += [
        ("出 生", f"{year} 年 {month} 月 {day} 日"),
        ("住 址", person.address[:11]),
        ("", person.address[11:]),
    ]
    sheet.fields((80, 84), rows[:4], 38, 92, _LABEL)
    sheet.text((200, 420), rows[4][1], 38)
    sheet.text((80, 602), "公民身份号码", 32, _LABEL)
    sheet.text((330, 592), " ".join(person.id_number), 40, bold=1)
    sheet.paste(portrait(person, 300, 375, ground=(238, 243, 246)), (760, 104))
    sheet.specimen(size=44)
    sheet.text((1050, 656), "样例 SPECIMEN", 22, RED, anchor="ra")
    return sheet


def id_back(person: Person, chance: Random) -> Sheet:
    """Draw the side of the identity card with the emblem; the emblem is an invented one."""
    sheet = Sheet(1120, 706, (240, 236, 230))
    sheet.waves((226, 214, 202), chance)
    sheet.draw.ellipse((84, 84, 284, 284), fill=(198, 62, 48), outline=(212, 168, 80), width=12)
    sheet.draw.polygon(star((184, 184), 66), fill=(232, 190, 92))
    sheet.spaced((684, 130), "样例身份证件", 58, INK, gap=26)
    sheet.spaced((684, 232), "居民身份证", 76, INK, gap=34, bold=1)
    start = person.birthday[0] + 20
    rows = [("签发机关", "样例市公安局示范分局"), ("有效期限", f"{start}.05.08-{start + 20}.05.08")]
    sheet.fields((230, 486), rows, 38, 90, INK)
    sheet.specimen(size=44)
    sheet.text((1050, 656), "样例 SPECIMEN", 22, RED, anchor="ra")
    return sheet


def diploma(person: Person, chance: Random) -> Sheet:
    """Draw a diploma with its number."""
    sheet = Sheet(1360, 960, (249, 244, 228))
    sheet.waves((243, 234, 208), chance, count=26)
    sheet.frame(36, _GOLD, 10)
    sheet.frame(58, _GOLD, 3)
    sheet.spaced((680, 150), "毕业证书", 92, (140, 47, 34), gap=54, bold=2)
    sheet.paste(portrait(person, 208, 260, ground=(202, 220, 238)), (132, 290))
    end = person.graduated
    first = f"学生 {person.name}，性别 {person.sex}，{_in_words(person.birthday[0])}年生，"
    lines = [first, f"于{_in_words(end - 5)}年九月至{_in_words(end)}年七月在本校"]
    lines += [f"{person.major}专业五年制本科学习，修完教学", "计划规定的全部课程，成绩合格，准予毕业。"]
    for number, line in enumerate(lines):
        sheet.text((430 + (0 if number else 40), 296 + number * 76), line, 38)
    sheet.text((132, 700), person.school, 36)
    sheet.text((132, 790), f"证书编号：{person.diploma_no}", 34, bold=1)
    sheet.text((770, 700), "校（院）长：样 例", 36)
    sheet.text((770, 790), f"{_in_words(end)}年七月一日", 36)
    sheet.seal((1060, 740), 122, f"{person.school}样例")
    sheet.specimen(size=60, strength=38)
    return sheet


def diploma_glare(person: Person, chance: Random) -> Sheet:
    """Draw the diploma with the lamp's reflection on its number: nobody can read it."""
    sheet = diploma(person, chance)
    box = (90, 752, 800, 862)
    sheet.paste(sheet.image.crop(box).filter(ImageFilter.GaussianBlur(7)), box[:2])
    light = Image.new("L", sheet.size, 0)
    ImageDraw.Draw(light).ellipse((240, 716, 760, 900), fill=250)
    light = light.filter(ImageFilter.GaussianBlur(34))
    sheet.paste(Image.new("RGB", sheet.size, (255, 255, 252)), (0, 0), light)
    return sheet


def practice_proof(person: Person, _chance: Random) -> Sheet:
    """Draw the form that proves the passed probation year."""
    sheet = Sheet(980, 1390, (252, 251, 247))
    sheet.spaced((490, 130), "试用期考核合格证明", 54, INK, gap=8, bold=1)
    rows = [(220, 310), (310, 400), (400, 490), (490, 580)]
    labels = [("姓　　名", person.name), ("身份证号", person.id_number)]
    labels += [("试用机构", person.employer), ("起止时间", "2018 年 7 月 — 2019 年 7 月")]
    for (top, bottom), (label, value) in zip(rows, labels, strict=True):
        sheet.grid([(80, top, 300, bottom), (300, top, 900, bottom)])
        sheet.text((190, (top + bottom) / 2), label, 32, anchor="mm")
        sheet.text((330, (top + bottom) / 2), value, 34, anchor="lm")
    sheet.grid([(80, 580, 900, 880), (80, 880, 900, 1240)])
    opinion = (
        "考核意见：",
        "　　该同志试用期满一年，遵守规章制度，能独立完成",
        "常见病、多发病的诊疗工作，考核合格。",
    )
    for number, line in enumerate(opinion):
        sheet.text((110, 612 + number * 62), line, 31)
    sheet.text((540, 812), "带教老师（签字）：样　例", 29)
    sheet.text((110, 910), "试用机构意见（公章）：", 31)
    sheet.text((110, 990), "　　情况属实，同意报考。", 31)
    sheet.text((590, 1176), "2020 年 2 月 18 日", 30)
    sheet.seal((690, 1080), 118, f"{person.employer}样例")
    sheet.text((490, 1310), "样例 SPECIMEN · 本表为虚构，仅供系统演示", 24, RED, anchor="mm")
    sheet.specimen(size=58, strength=30)
    return sheet


def commitment(person: Person, _chance: Random) -> Sheet:
    """Draw a signed commitment letter."""
    sheet = Sheet(980, 1390, (253, 252, 248))
    sheet.spaced((490, 160), "个人承诺书", 60, INK, gap=18, bold=1)
    lines = (
        "　　本人承诺所填报名信息及上传的附件材料真实、",
        "准确、完整、有效；本人已知晓并遵守医师资格考试",
        "的有关纪律规定。如有不实之处，由本人承担由此",
        "产生的一切责任。",
        "　　特此承诺。",
    )
    for number, line in enumerate(lines):
        sheet.text((96, 300 + number * 82), line, 35)
    sheet.text((290, 900), "承诺人（签字）：", 34)
    sheet.text((570, 884), person.name, 54, (38, 52, 110))
    sheet.text((470, 990), "2020 年 3 月 11 日", 34)
    sheet.text((490, 1310), "样例 SPECIMEN · 虚构文件", 24, RED, anchor="mm")
    sheet.specimen(size=58, strength=30)
    return sheet


def licence(person: Person, chance: Random) -> Sheet:
    """Draw an institution's licence (duplicate)."""
    sheet = Sheet(1360, 960, (242, 247, 240))
    sheet.waves((226, 238, 226), chance, count=26)
    sheet.frame(40, (94, 143, 119), 14)
    sheet.spaced((680, 150), "医疗机构执业许可证", 70, (39, 75, 59), gap=12, bold=1)
    sheet.spaced((680, 236), "（副本）", 40, (39, 75, 59), gap=4)
    rows = [("机构名称", person.employer), ("地　　址", "样例市样例路 1 号")]
    rows += [("诊疗科目", "内科 / 外科 / 妇产科 / 儿科 / 急诊医学科"), ("登 记 号", "49500000037010211")]
    rows += [("有效期限", "2017-01-01 至 2031-12-31")]
    sheet.fields((150, 330), rows, 38, 88, (70, 110, 90))
    sheet.seal((1080, 770), 118, "样例市卫生健康委")
    sheet.specimen(size=60, strength=38)
    return sheet


DRAWINGS: dict[Kind, Callable[[Person, Random], Sheet]] = {
    Kind.ID_FRONT: id_front,
    Kind.ID_BACK: id_back,
    Kind.ID_IN_HAND: id_front,
    Kind.DIPLOMA: diploma,
    Kind.DIPLOMA_GLARE: diploma_glare,
    Kind.PRACTICE_PROOF: practice_proof,
    Kind.COMMITMENT: commitment,
    Kind.LICENCE: licence,
}


def _in_words(year: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(year))
