"""The HTTP side of review."""

from aiohttp import web

from services.review.errors import (
    CaseAlreadyClaimedError,
    CaseNotFoundError,
    CaseNotWaitingError,
    ClaimRefusedError,
    CommentNeededError,
    DeadlineNotLaterError,
    ForeignSendBackError,
    HoldLostError,
    ImageNotFoundError,
    ImagesNotPassedError,
    NothingReturnedError,
    NotLockedYetError,
    OutcomeNotOfferedError,
    QueueEmptyError,
    ReasonNeededError,
    ReasonUnknownError,
    SamePersonError,
    SendBackNotOpenError,
    SupplementOverError,
    WhyNeededError,
)
from services.review.model import LEVEL_OF_ROLE, Case, Judgement, Staff
from services.review.schemas import (
    CaseAnswer,
    ClaimAnswer,
    ClaimRequest,
    ConclusionRequest,
    DeadlineRequest,
    GrantAnswer,
    HoldAnswer,
    QueueAnswer,
    QueueRequest,
    StatusAnswer,
    VerdictRequest,
    WithdrawalRequest,
)
from services.review.send_backs import Extension
from services.review.use_cases import UseCases
from shared.errors import InvalidError
from shared.rights import Action
from shared.web.identity import candidate, staff
from shared.web.openapi import Described, described
from shared.web.requests import answer, no_content, read_json, read_query

USE_CASES = web.AppKey("USE_CASES", UseCases)
routes = web.RouteTableDef()

ABOUT_SEND_BACK = (SendBackNotOpenError, ForeignSendBackError, WhyNeededError)
HOLDING = (CaseNotFoundError, HoldLostError, NotLockedYetError, ClaimRefusedError)


@routes.get("/api/review/registrations/{registration_id}/status")
@described(Described(action=Action.READ_STATUS, response=StatusAnswer, problems=(CaseNotFoundError,)))
async def get_status(request: web.Request) -> web.Response:
    """Tell the candidate what the registration card says."""
    caller = candidate(request)
    found = await _use_cases(request).read_status(caller.candidate_id, request.match_info["registration_id"])
    return answer(StatusAnswer.of(found))


@routes.get("/api/review/queue")
@described(
    Described(action=Action.READ_QUEUE, query=QueueRequest, response=QueueAnswer, problems=(InvalidError,))
)
async def get_queue(request: web.Request) -> web.Response:
    """List one view of the own desk, up to 200 cases."""
    caller = _staff(request)
    view = read_query(request, QueueRequest).view
    return answer(QueueAnswer.of(await _use_cases(request).read_queue(caller, view), view, caller))


@routes.post("/api/review/claims")
@described(
    Described(
        action=Action.CLAIM_CASE,
        request=ClaimRequest,
        response=ClaimAnswer,
        status=201,
        problems=(
            InvalidError,
            QueueEmptyError,
            CaseNotFoundError,
            CaseAlreadyClaimedError,
            CaseNotWaitingError,
            SamePersonError,
        ),
    )
)
async def post_claim(request: web.Request) -> web.Response:
    """Claim a case, or the one that waits longest."""
    caller, use_cases = _staff(request), _use_cases(request)
    wanted = (await read_json(request, ClaimRequest)).case_id
    case = await (use_cases.claim_case(caller, wanted) if wanted else use_cases.claim_next(caller))
    now = use_cases.show_case.clock.now()
    return answer(ClaimAnswer(case_id=case.id, hold=HoldAnswer.of(case.hold, caller, now)), status=201)


@routes.get("/api/review/cases/{case_id}")
@described(Described(action=Action.READ_CASE, response=CaseAnswer, problems=(CaseNotFoundError,)))
async def get_case(request: web.Request) -> web.Response:
    """Show a case of the own jurisdiction."""
    caller = _staff(request)
    case = await _use_cases(request).read_case(caller, request.match_info["case_id"])
    return _shown(request, case, caller)


@routes.post("/api/review/cases/{case_id}/grants")
@described(Described(action=Action.GRANT_VIEWS, response=GrantAnswer, status=201, problems=HOLDING))
async def post_grant(request: web.Request) -> web.Response:
    """Give the holder leave to look at the case's pictures for five minutes."""
    caller = _staff(request)
    grant = await _use_cases(request).grant_views(caller, request.match_info["case_id"])
    return answer(GrantAnswer.of(grant), status=201)


@routes.put("/api/review/cases/{case_id}/verdicts/{image_id}")
@described(
    Described(
        action=Action.GIVE_VERDICT,
        request=VerdictRequest,
        response=CaseAnswer,
        problems=(*HOLDING, InvalidError, ImageNotFoundError, ReasonNeededError, ReasonUnknownError),
    )
)
async def put_verdict(request: web.Request) -> web.Response:
    """Judge one picture."""
    caller, match = _staff(request), request.match_info
    content = await read_json(request, VerdictRequest)
    judgement = Judgement(content.verdict, content.reason_code, content.text)
    case = await _use_cases(request).give_verdict(caller, match["case_id"], match["image_id"], judgement)
    return _shown(request, case, caller)


@routes.delete("/api/review/cases/{case_id}/verdicts/{image_id}")
@described(
    Described(action=Action.TAKE_BACK_VERDICT, response=CaseAnswer, problems=(*HOLDING, ImageNotFoundError))
)
async def delete_verdict(request: web.Request) -> web.Response:
    """Take back this level's verdict on one picture."""
    caller, match = _staff(request), request.match_info
    case = await _use_cases(request).take_back_verdict(caller, match["case_id"], match["image_id"])
    return _shown(request, case, caller)


@routes.post("/api/review/cases/{case_id}/conclusion")
@described(
    Described(
        action=Action.CONCLUDE_CASE,
        request=ConclusionRequest,
        response=CaseAnswer,
        problems=(
            *HOLDING,
            InvalidError,
            ImagesNotPassedError,
            NothingReturnedError,
            CommentNeededError,
            OutcomeNotOfferedError,
            SupplementOverError,
        ),
    )
)
async def post_conclusion(request: web.Request) -> web.Response:
    """Pass the case, send it back or reject it; this is final."""
    caller = _staff(request)
    content = await read_json(request, ConclusionRequest)
    case = await _use_cases(request).conclude_case(
        caller, request.match_info["case_id"], content.outcome, content.comment or ""
    )
    return _shown(request, case, caller)


@routes.post("/api/review/cases/{case_id}/send-back/withdrawal")
@described(
    Described(
        action=Action.WITHDRAW_SEND_BACK,
        request=WithdrawalRequest,
        response=CaseAnswer,
        problems=(CaseNotFoundError, InvalidError, *ABOUT_SEND_BACK),
    )
)
async def post_withdrawal(request: web.Request) -> web.Response:
    """Ask for the end of a send-back that the candidate has not acted on."""
    caller, case_id = _staff(request), request.match_info["case_id"]
    content = await read_json(request, WithdrawalRequest)
    case = await _use_cases(request).withdraw_send_back(caller, case_id, content.sendback_id, content.why)
    return _shown(request, case, caller)


@routes.post("/api/review/cases/{case_id}/send-back/deadline")
@described(
    Described(
        action=Action.EXTEND_SEND_BACK,
        request=DeadlineRequest,
        response=CaseAnswer,
        problems=(CaseNotFoundError, InvalidError, DeadlineNotLaterError, *ABOUT_SEND_BACK),
    )
)
async def post_deadline(request: web.Request) -> web.Response:
    """Give a send-back more time."""
    caller, case_id = _staff(request), request.match_info["case_id"]
    content = await read_json(request, DeadlineRequest)
    extension = Extension(content.sendback_id, content.deadline, content.why)
    case = await _use_cases(request).extend_send_back(caller, case_id, extension)
    return _shown(request, case, caller)


@routes.post("/api/review/cases/{case_id}/renewal")
@described(Described(action=Action.RENEW_CLAIM, response=CaseAnswer, problems=HOLDING))
async def post_renewal(request: web.Request) -> web.Response:
    """Keep the claim for another twenty minutes."""
    caller = _staff(request)
    case = await _use_cases(request).renew_claim(caller, request.match_info["case_id"])
    return _shown(request, case, caller)


@routes.delete("/api/review/cases/{case_id}/claim")
@described(Described(action=Action.RELEASE_CLAIM, status=204, problems=(CaseNotFoundError, HoldLostError)))
async def delete_claim(request: web.Request) -> web.Response:
    """Give the case back to the queue."""
    await _use_cases(request).release_claim(_staff(request), request.match_info["case_id"])
    return no_content()


def _use_cases(request: web.Request) -> UseCases:
    return request.app[USE_CASES]


def _staff(request: web.Request) -> Staff:
    caller = staff(request)
    return Staff(
        staff_id=caller.staff_id,
        display_name=caller.display_name,
        level=LEVEL_OF_ROLE[caller.role],
        district=caller.district,
        site=caller.site,
        session_id=caller.session_id,
    )


def _shown(request: web.Request, case: Case, caller: Staff) -> web.Response:
    return answer(CaseAnswer.of(_use_cases(request).show_case(case), caller))
