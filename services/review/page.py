"""Serving the built reviewer page under `/review/`."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from shared.web.openapi import PUBLIC, Described, described

PREFIX = "/review"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
        "img-src 'self' blob: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
}
ALWAYS_FRESH = {"Cache-Control": "no-cache"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
NOT_BUILT = "审核页面尚未构建：请先运行 make run 或在 services/review/web 下构建。\n"


@dataclass(frozen=True, slots=True)
class ReviewerPage:
    """The files of the built page; only what the build wrote can be reached."""

    directory: Path

    def add_to(self, application: web.Application) -> None:
        """Add the page's addresses."""
        router = application.router
        router.add_get(PREFIX, self.get_entrance)
        router.add_get(f"{PREFIX}/", self.get_index)
        router.add_get(f"{PREFIX}/{{path:.+}}", self.get_file)

    @described(Described(action=PUBLIC))
    async def get_entrance(self, _: web.Request) -> web.Response:
        """Lead to the page."""
        raise web.HTTPFound(f"{PREFIX}/")

    @described(Described(action=PUBLIC))
    async def get_index(self, _: web.Request) -> web.StreamResponse:
        """Return the page, or say that it was not built."""
        index = self.directory / "index.html"
        if not index.is_file():
            return web.Response(text=NOT_BUILT, status=503, headers={**HEADERS, "Retry-After": "30"})
        return web.FileResponse(index, headers={**HEADERS, **ALWAYS_FRESH})

    @described(Described(action=PUBLIC))
    async def get_file(self, request: web.Request) -> web.StreamResponse:
        """Return one of the page's files; built assets never change under their name."""
        path = request.match_info["path"]
        file = self._file_at(path)
        if file is None:
            raise web.HTTPNotFound
        caching = FOR_EVER if path.startswith("assets/") else ALWAYS_FRESH
        return web.FileResponse(file, headers={**HEADERS, **caching})

    def _file_at(self, path: str) -> Path | None:
        """Return the page's file at a path that anyone may have made up, or nothing."""
        try:
            file = (self.directory / path).resolve()
            is_ours = file.is_relative_to(self.directory.resolve()) and file.is_file()
        except (OSError, ValueError):  # too long a name, a NUL in it
            return None
        return file if is_ours else None
