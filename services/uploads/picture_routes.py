"""The HTTP side of pictures: to their owner, and to staff with an `X-View-Grant`."""

from aiohttp import web

from services.uploads.chronicle import HistoryAnswer
from services.uploads.errors import (
    DailyViewsReachedError,
    FreshCodeNeededError,
    GrantRefusedError,
    ImageLostError,
    ImageNotFoundError,
    TooManyCoversError,
    ViewReasonNeededError,
)
from services.uploads.schemas import CoverRequest, FactsAnswer, ViewReasonRequest
from services.uploads.use_cases import UseCases
from services.uploads.use_cases.showing import Kind, Picture
from services.uploads.use_cases.staff_views import StaffPicture, Viewer
from shared.errors import InvalidError
from shared.rights import Action
from shared.web.identity import CandidateCaller, StaffCaller, anyone, staff
from shared.web.openapi import Described, described
from shared.web.requests import answer, no_content, read_json

USE_CASES = web.AppKey("USE_CASES", UseCases)
picture_routes = web.RouteTableDef()

IMAGE = "/api/uploads/images/{image_id}"
JPEG = "image/jpeg"
# The browser keeps it but asks each time: what was deleted, or whose owner has signed out, shows nowhere.
OWNER_CACHE = "private, no-cache"
STAFF_CACHE = "private, no-store"
PICTURE_HEADERS = {
    "Content-Disposition": 'inline; filename="image.jpg"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Cookie",
    "X-Content-Type-Options": "nosniff",
}
STAFF_PROBLEMS = (GrantRefusedError, ImageNotFoundError, ImageLostError, DailyViewsReachedError)
_PICTURE = Described(action=Action.SHOW_IMAGE, media_type=JPEG, problems=STAFF_PROBLEMS)


@picture_routes.get(f"{IMAGE}/copy")
@described(_PICTURE)
async def get_copy(request: web.Request) -> web.Response:
    """Show the watermarked copy: to its owner, or stamped and covered to staff."""
    return await _show(request, "copy")


@picture_routes.get(f"{IMAGE}/thumbnail")
@described(_PICTURE)
async def get_thumbnail(request: web.Request) -> web.Response:
    """Show the thumbnail: to its owner, or stamped and covered to staff."""
    return await _show(request, "thumbnail")


@picture_routes.get(f"{IMAGE}/history")
@described(
    Described(
        action=Action.READ_IMAGE_HISTORY,
        response=HistoryAnswer,
        problems=(GrantRefusedError, ImageNotFoundError),
    )
)
async def get_image_history(request: web.Request) -> web.Response:
    """List for staff the versions that came before a granted picture in its place, and why they ended."""
    viewer, image_id = _viewer(staff(request)), request.match_info["image_id"]
    found = await request.app[USE_CASES].read_image_history(image_id, viewer, _grant(request))
    return answer(HistoryAnswer.of(found))


@picture_routes.get(f"{IMAGE}/facts")
@described(
    Described(
        action=Action.SHOW_IMAGE_FACTS,
        response=FactsAnswer,
        problems=(GrantRefusedError, ImageNotFoundError),
    )
)
async def get_facts(request: web.Request) -> web.Response:
    """Show staff what was measured, and what the file said about its camera."""
    viewer, show = _viewer(staff(request)), request.app[USE_CASES].show_facts_to_staff
    return answer(FactsAnswer.of(await show(request.match_info["image_id"], viewer, _grant(request))))


@picture_routes.post(f"{IMAGE}/uncovered")
@described(
    Described(
        action=Action.UNCOVER_IMAGE,
        request=ViewReasonRequest,
        media_type=JPEG,
        problems=(*STAFF_PROBLEMS, InvalidError, ViewReasonNeededError),
    )
)
async def post_uncovered(request: web.Request) -> web.Response:
    """Show staff the copy with nothing covered; the reason is written down first."""
    viewer, reason = _viewer(staff(request)), (await read_json(request, ViewReasonRequest)).reason
    uncover = request.app[USE_CASES].uncover_image
    return _for_staff(await uncover(request.match_info["image_id"], viewer, _grant(request), reason))


@picture_routes.post(f"{IMAGE}/original")
@described(
    Described(
        action=Action.OPEN_ORIGINAL,
        request=ViewReasonRequest,
        media_type=JPEG,
        problems=(*STAFF_PROBLEMS, InvalidError, ViewReasonNeededError, FreshCodeNeededError),
    )
)
async def post_original(request: web.Request) -> web.Response:
    """Show staff the pixels of the original, without the mark; needs a reason and a fresh one-time code."""
    viewer, reason = _viewer(staff(request)), (await read_json(request, ViewReasonRequest)).reason
    open_original = request.app[USE_CASES].open_original
    return _for_staff(await open_original(request.match_info["image_id"], viewer, _grant(request), reason))


@picture_routes.post(f"{IMAGE}/covers")
@described(
    Described(
        action=Action.COVER_IMAGE,
        request=CoverRequest,
        status=204,
        problems=(GrantRefusedError, InvalidError, ImageNotFoundError, TooManyCoversError),
    )
)
async def post_cover(request: web.Request) -> web.Response:
    """Cover one more place by hand, beside what the policy covers; for everybody from now on."""
    viewer, cover = _viewer(staff(request)), (await read_json(request, CoverRequest)).box
    await request.app[USE_CASES].cover_image(request.match_info["image_id"], viewer, _grant(request), cover)
    return no_content()


@picture_routes.delete(f"{IMAGE}/covers")
@described(
    Described(action=Action.CLEAR_COVERS, status=204, problems=(GrantRefusedError, ImageNotFoundError))
)
async def delete_covers(request: web.Request) -> web.Response:
    """Take away what was covered by hand; what the policy covers stays covered."""
    viewer = _viewer(staff(request))
    await request.app[USE_CASES].clear_covers(request.match_info["image_id"], viewer, _grant(request))
    return no_content()


async def _show(request: web.Request, kind: Kind) -> web.Response:
    caller, use_cases, image_id = anyone(request), request.app[USE_CASES], request.match_info["image_id"]
    if isinstance(caller, CandidateCaller):
        known = {tag.value for tag in request.if_none_match or ()}
        return _for_owner(await use_cases.show_image(image_id, caller.candidate_id, kind, known))
    return _for_staff(await use_cases.show_image_to_staff(image_id, _viewer(caller), _grant(request), kind))


def _for_owner(picture: Picture) -> web.Response:
    headers = {**PICTURE_HEADERS, "Cache-Control": OWNER_CACHE, "ETag": f'"{picture.tag}"'}
    if picture.content is None:
        return web.Response(status=304, headers=headers)
    return web.Response(body=picture.content, content_type=JPEG, headers=headers)


def _for_staff(picture: StaffPicture) -> web.Response:
    headers = {**PICTURE_HEADERS, "Cache-Control": STAFF_CACHE}
    if picture.is_covered:
        headers["X-Covered"] = "true"
    return web.Response(body=picture.content, content_type=JPEG, headers=headers)


def _viewer(caller: StaffCaller) -> Viewer:
    number = caller.number or caller.staff_id
    return Viewer(caller.staff_id, caller.session_id, number, caller.stepped_up_at)


def _grant(request: web.Request) -> str:
    return request.headers.get("X-View-Grant", "")
