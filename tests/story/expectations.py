"""What the story expects where policies differ, and the texts that the guide fixes letter for letter."""

from dataclasses import dataclass
from typing import Final

SUBMITTED_TEXT: Final = "上报完成，内容已锁定。"
RETURN_TEXT: Final = "毕业证编号无法辨别，请重新上传！"
RETURN_SMS: Final = (
    "【山东卫健委医管中心】您的医师资格考试报名材料照片，有新的审核通知，请在 24 小时之内登陆报名网站，"
    "访问报名材料上传页面，查看消息并按要求处理。"
)
PASS_WORD: Final = "审核通过"
PASSWORD_HINT: Final = "8-20位，由字母、数字组成，区分大小写"
MAX_BYTES: Final = 204_800


@dataclass(frozen=True, slots=True)
class Expectations:
    """What differs between the policies that the story is played under."""

    watermark: bool = True
    only_returned_opens: bool = True


DEMO: Final = Expectations()
UNMODIFIED_S0: Final = Expectations(watermark=False, only_returned_opens=False)
BY_POLICY: Final = {"shandong-2020": UNMODIFIED_S0}
