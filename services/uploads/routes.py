"""The HTTP side of dossiers: parse, call one use case, answer."""

import re
from collections.abc import AsyncIterator

from aiohttp import ClientError, web
from aiohttp.http_exceptions import BadHttpMessage

from services.uploads.chronicle import HistoryAnswer
from services.uploads.errors import (
    CategoryFullError,
    CategoryUnknownError,
    ConfirmationMissingError,
    DossierIncompleteError,
    DossierLockedError,
    DossierNotFoundError,
    FormNotAcceptedError,
    IdempotencyKeyMissingError,
    IdempotencyKeyReusedError,
    IdenticalImageError,
    ImageDamagedError,
    ImageEmptyError,
    ImageNotFoundError,
    ImageTooLargeError,
    ImageTooManyPixelsError,
    ImageTypeNotAcceptedError,
    NothingToSubmitError,
    NothingToWithdrawError,
    OverloadedError,
    SameAsReturnedError,
    SendbackUnansweredError,
    SlotTakenError,
    StillProcessingError,
    TooManyUploadsError,
    UploadNotOpenYetError,
    UploadStalledError,
    UploadWindowClosedError,
    WithdrawalImpossibleError,
    WithdrawalNotOfferedError,
)
from services.uploads.page_schemas import DossierAnswer
from services.uploads.picture_errors import ImagePixelsError, ImageRatioError, ImageTooFewBytesError
from services.uploads.picture_routes import USE_CASES
from services.uploads.portraits import PortraitAnswer, PortraitQuery
from services.uploads.schemas import AttemptsAnswer, ReceiptAnswer, UploadAnswer, UploadQuery
from services.uploads.use_cases.intake import Upload
from shared.errors import InvalidError
from shared.rights import Action
from shared.web.identity import candidate, staff
from shared.web.openapi import Described, described
from shared.web.requests import answer, no_content, read_query

routes = web.RouteTableDef()

DOSSIER = "/api/uploads/dossiers/{registration_id}"
PIECE_BYTES = 65_536
FORM = "application/x-www-form-urlencoded"
CLOSED = (DossierLockedError, UploadNotOpenYetError, UploadWindowClosedError)
_KEY = re.compile(r"[\x21-\x7e]{8,100}")


@routes.get(DOSSIER)
@described(Described(action=Action.OPEN_DOSSIER, response=DossierAnswer, problems=(DossierNotFoundError,)))
async def get_dossier(request: web.Request) -> web.Response:
    """Show the own dossier; the first time, open it."""
    caller = candidate(request)
    page = await request.app[USE_CASES].open_dossier(_registration(request), caller.candidate_id)
    return answer(DossierAnswer.of(page))


@routes.post(f"{DOSSIER}/images")
@described(
    Described(
        action=Action.ACCEPT_IMAGE,
        query=UploadQuery,
        response=UploadAnswer,
        status=202,
        request_media_type="application/octet-stream",
        problems=(
            DossierNotFoundError,
            *CLOSED,
            InvalidError,
            IdempotencyKeyMissingError,
            IdempotencyKeyReusedError,
            CategoryUnknownError,
            CategoryFullError,
            SlotTakenError,
            IdenticalImageError,
            SameAsReturnedError,
            ImageNotFoundError,
            ImageEmptyError,
            ImageDamagedError,
            ImageTooManyPixelsError,
            ImageTooLargeError,
            ImageTypeNotAcceptedError,
            FormNotAcceptedError,
            ImageTooFewBytesError,
            ImagePixelsError,
            ImageRatioError,
            UploadStalledError,
            TooManyUploadsError,
            OverloadedError,
        ),
    )
)
async def post_image(request: web.Request) -> web.Response:
    """Take in one image; the body is the file, `Idempotency-Key` makes a repeated attempt harmless."""
    caller = candidate(request)
    _refuse_form(request)
    query = read_query(request, UploadQuery)
    upload = Upload(
        registration_id=_registration(request),
        candidate_id=caller.candidate_id,
        idempotency_key=_key(request),
        category=query.category,
        slot=query.slot,
        replaces=query.replaces,
        anyway=query.anyway,
        declared_bytes=request.content_length,
    )
    receipt = await request.app[USE_CASES].accept_image(upload, _pieces(request))
    return answer(UploadAnswer.of(receipt), status=202)


@routes.get(f"{DOSSIER}/history")
@described(Described(action=Action.READ_HISTORY, response=HistoryAnswer, problems=(DossierNotFoundError,)))
async def get_history(request: web.Request) -> web.Response:
    """List the own earlier pictures: when each was removed, replaced or refused, and why."""
    caller = candidate(request)
    read_history = request.app[USE_CASES].read_history
    return answer(HistoryAnswer.of(await read_history(_registration(request), caller.candidate_id)))


@routes.delete(f"{DOSSIER}/images/{{image_id}}")
@described(
    Described(
        action=Action.REMOVE_IMAGE,
        status=204,
        problems=(DossierNotFoundError, *CLOSED, ImageNotFoundError),
    )
)
async def delete_image(request: web.Request) -> web.Response:
    """Take an image out (S0-19); one that was taken out before is fine."""
    caller = candidate(request)
    remove = request.app[USE_CASES].remove_image
    await remove(_registration(request), caller.candidate_id, request.match_info["image_id"])
    return no_content()


@routes.post(f"{DOSSIER}/images/{{image_id}}/confirmation")
@described(
    Described(
        action=Action.CONFIRM_IMAGE,
        status=204,
        problems=(DossierNotFoundError, *CLOSED, ImageNotFoundError, StillProcessingError),
    )
)
async def post_confirmation(request: web.Request) -> web.Response:
    """Let an image that waits for the candidate's word count as it is; repeated, it is fine."""
    caller = candidate(request)
    confirm = request.app[USE_CASES].confirm_image
    await confirm(_registration(request), caller.candidate_id, request.match_info["image_id"])
    return no_content()


@routes.get(f"{DOSSIER}/attempts")
@described(Described(action=Action.SHOW_ATTEMPTS, response=AttemptsAnswer, problems=(DossierNotFoundError,)))
async def get_attempts(request: web.Request) -> web.Response:
    """List the uploads that overload, fault or closing refused, as evidence for extra time."""
    found = await request.app[USE_CASES].show_attempts(_registration(request), staff(request))
    return answer(AttemptsAnswer.of(found))


@routes.post(f"{DOSSIER}/submission")
@described(
    Described(
        action=Action.SUBMIT_DOSSIER,
        response=ReceiptAnswer,
        status=201,
        problems=(
            DossierNotFoundError,
            *CLOSED,
            NothingToSubmitError,
            StillProcessingError,
            ConfirmationMissingError,
            DossierIncompleteError,
            SendbackUnansweredError,
        ),
    )
)
async def post_submission(request: web.Request) -> web.Response:
    """Put the dossier forward (S0-21), or answer a send-back."""
    caller = candidate(request)
    receipt = await request.app[USE_CASES].submit_dossier(_registration(request), caller.candidate_id)
    return answer(ReceiptAnswer.of(receipt), status=201)


@routes.post(f"{DOSSIER}/answer")
@described(
    Described(
        action=Action.ANSWER_SEND_BACK,
        status=204,
        problems=(
            DossierNotFoundError,
            *CLOSED,
            NothingToSubmitError,
            StillProcessingError,
            DossierIncompleteError,
            SendbackUnansweredError,
        ),
    )
)
async def post_answer(request: web.Request) -> web.Response:
    """Say that everything that was sent back has come, where no submission is needed."""
    caller = candidate(request)
    await request.app[USE_CASES].answer_send_back(_registration(request), caller.candidate_id)
    return no_content()


@routes.post(f"{DOSSIER}/withdrawal")
@described(
    Described(
        action=Action.WITHDRAW_DOSSIER,
        status=204,
        problems=(
            DossierNotFoundError,
            *CLOSED,
            WithdrawalNotOfferedError,
            WithdrawalImpossibleError,
            NothingToWithdrawError,
        ),
    )
)
async def post_withdrawal(request: web.Request) -> web.Response:
    """Pull the dossier back before a reviewer has claimed it."""
    caller = candidate(request)
    await request.app[USE_CASES].withdraw_dossier(_registration(request), caller.candidate_id)
    return no_content()


@routes.post("/api/uploads/portrait-check")
@described(
    Described(
        action=Action.CHECK_PORTRAIT,
        query=PortraitQuery,
        response=PortraitAnswer,
        request_media_type="application/octet-stream",
        problems=(
            DossierNotFoundError,
            ImageEmptyError,
            ImageDamagedError,
            ImageTooManyPixelsError,
            ImageTooLargeError,
            ImageTypeNotAcceptedError,
            FormNotAcceptedError,
            UploadStalledError,
            TooManyUploadsError,
            OverloadedError,
        ),
    )
)
async def post_portrait_check(request: web.Request) -> web.Response:
    """Check the portrait of the registration and make it fit (S3-32); nothing of it is kept."""
    caller, query = candidate(request), read_query(request, PortraitQuery)
    _refuse_form(request)
    check = request.app[USE_CASES].check_portrait
    report = await check(query.registration, caller.candidate_id, _pieces(request), request.content_length)
    return answer(PortraitAnswer.of(report))


def _registration(request: web.Request) -> str:
    return request.match_info["registration_id"]


def _key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMissingError
    return key


def _refuse_form(request: web.Request) -> None:
    """Refuse a form unread: what parts, names and boundaries a body has, nobody here has to guess."""
    if request.content_type.startswith("multipart/") or request.content_type == FORM:
        raise FormNotAcceptedError


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; a connection that breaks is an upload that stalled."""
    try:
        async for piece in request.content.iter_chunked(PIECE_BYTES):
            yield piece
    except (ClientError, BadHttpMessage, web.RequestPayloadError, OSError):
        raise UploadStalledError from None
