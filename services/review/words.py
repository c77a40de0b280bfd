"""What reviewers read: masked personal data, history lines, what a send-back opens."""

from services.review.deadlines import Times
from services.review.model import Case, Entry, EntryKind
from services.review.use_cases.reading import in_catalogue_order
from shared.clock import shanghai_sentence
from shared.policy.model import Policy
from shared.policy.values import CardState, UnlockScope

ID_HEAD, ID_TAIL = 3, 4
TICKET_TAIL = 4
PHONE_DIGITS, PHONE_HEAD, PHONE_TAIL = 11, 3, 4
NOBODY = "审核员"
LINES: dict[EntryKind, str] = {
    "submitted": "考生提交审核，共 {count} 张图片",
    "resubmitted": "考生重新提交，共 {count} 张图片",
    "claimed": "领取审核",
    "released": "放回队列",
    "claim_expired": "领取到期，放回队列",
    "sent_back": "退回 {count} 张图片",
    "sendback_expired": "考生没有在截止时间前补充",
    "withdrawal_requested": "请求撤回补充要求",
    "withdrawal_refused": "补充要求没有撤回：考生已经开始补充",
    "sendback_withdrawn": "补充要求已撤回，重新待审",
    "deadline_extended": "延长补充期限",
    "closed": "考生重新报考，本次审核终止",
    "erased": "材料和个人信息已按规定删除",
}
REFUSALS = {
    "withdrawn": "考生已撤回提交",
    "closed": "材料已关闭",
    "superseded": "考生已重新报考",
    "not-ready": "还有图片没有处理好",
}


def masked_name(name: str) -> str:
    """Return a name as lists show it: `张**`."""
    return f"{name[:1]}**" if name else ""


def masked_id_number(number: str) -> str:
    """Return an id number with its first three and last four characters."""
    hidden = len(number) - ID_HEAD - ID_TAIL
    return f"{number[:ID_HEAD]}{'*' * hidden}{number[-ID_TAIL:]}" if hidden > 0 else "*" * len(number)


def masked_phone(phone: str) -> str:
    """Return a phone number as `138****1234`."""
    if len(phone) < PHONE_DIGITS:
        return "*" * len(phone)
    return f"{phone[:PHONE_HEAD]}{'*' * (len(phone) - PHONE_HEAD - PHONE_TAIL)}{phone[-PHONE_TAIL:]}"


def entry_text(entry: Entry, policy: Policy) -> str:
    """Return a history line in words."""
    match entry.kind:
        case "claim_refused":
            return f"没有锁定成功：{REFUSALS.get(entry.text or '', '请重新领取')}"
        case "passed" | "rejected":
            text = policy.status.word(_card_state(entry))
        case _:
            text = LINES[entry.kind].format(count=entry.count)
    return f"{text}：{entry.text}" if entry.text else text


def unlocks_text(case: Case, policy: Policy, times: Times | None) -> str | None:
    """Return what a send-back of the pictures returned so far opens, and until when."""
    level, manifest = case.level, case.manifest
    if case.hold is None or level is None or manifest is None:
        return None
    if times is None:
        return "补充材料的截止时间已过，不能再退回"
    items = in_catalogue_order(manifest.items, policy)
    own = [(item, case.own_verdict(item.image_id, level)) for item in items]
    returned = [item for item, verdict in own if verdict is not None and verdict.verdict == "returned"]
    categories = list(dict.fromkeys(item.category for item in returned))
    opened = _opened(policy, len(returned), categories)
    limit = f"考生须在 {shanghai_sentence(times.deadline)} 前补充" if times.deadline else "补充不限时间"
    return f"退回后{opened}，{limit}"


def _opened(policy: Policy, images: int, categories: list[str]) -> str:
    match policy.unlock.scope:
        case UnlockScope.DOSSIER:
            return "全部材料解锁"
        case UnlockScope.CATEGORY:
            names = [found.name if (found := policy.find_category(code)) else code for code in categories]
            return f"只解锁 {'、'.join(names)}" if names else "只解锁被退回图片所在的材料"
        case UnlockScope.IMAGE:
            return f"只解锁被退回的 {images} 张图片" if images else "只解锁被退回的图片"


def _card_state(entry: Entry) -> CardState:
    if entry.kind == "rejected":
        return CardState.REJECTED
    return CardState.SITE_PASSED if entry.level == "site" else CardState.PASSED
