"""The reviewer page's files: nothing but what was built, under a strict policy."""

from pathlib import Path

import pytest

from tests.review.conftest import Desk


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>审核")
    (folder / "assets" / "index-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.mark.usefixtures("dist")
async def test_the_page_is_always_fresh_and_its_assets_never_change(desk: Desk) -> None:
    async with desk.client.get("/review/") as page:
        assert (page.status, page.headers["Cache-Control"]) == (200, "no-cache")
        assert page.content_type == "text/html"
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "img-src 'self' blob: data:;" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
    async with desk.client.get("/review/assets/index-1a2b.js") as asset:
        assert (asset.status, asset.headers["Cache-Control"]) == (
            200,
            "public, max-age=31536000, immutable",
        )


async def test_the_address_without_slash_leads_to_the_page(desk: Desk) -> None:
    async with desk.client.get("/review", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/review/")


@pytest.mark.parametrize(
    "path",
    ["nothing.js", "..%2fsecret.txt", "assets", "assets/../../secret.txt", "%00", "a" * 300, "a/" * 2500],
)
@pytest.mark.usefixtures("dist")
async def test_nothing_else_can_be_reached(desk: Desk, path: str) -> None:
    async with desk.client.get(f"/review/{path}") as answer:
        assert answer.status == 404


async def test_a_page_that_was_not_built_says_so(desk: Desk) -> None:
    async with desk.client.get("/review/") as answer:
        assert answer.status == 503
        assert "尚未构建" in await answer.text()
