"""Row C11: forms are refused unread."""

import resource

import pytest

from tests.uploads.builders import REGISTRATION
from tests.uploads.conftest import Browser, Uploads
from tests.uploads.hostile.jpegs import plain

DOSSIER = f"/dossiers/{REGISTRATION}"
UPLOAD = f"{DOSSIER}/images?category=diploma"
EDGE = b"edge"
PICTURE = plain()
MOST_GROWTH_KB = 5_000


def part(name: str, content: bytes, extra: bytes = b"", edge: bytes = EDGE) -> bytes:
    """Return one part of a form."""
    head = f'Content-Disposition: form-data; name="{name}"; filename="a.jpg"'.encode()
    return b"--" + edge + b"\r\n" + head + extra + b"\r\n\r\n" + content + b"\r\n"


END = b"--" + EDGE + b"--\r\n"
FORMS = {
    "one file": part("file", PICTURE) + END,
    "the field twice": part("file", PICTURE) + part("file", b"other") + END,
    "two files": part("file", PICTURE) + part("file2", PICTURE) + END,
    "no file": END,
    "a file in a text field": b"--edge\r\nContent-Disposition: form-data; name=t\r\n\r\n" + PICTURE + END,
    "10,000 parts": part("f", b"") * 10_000 + END,
    "a form in a form": part("f", part("g", PICTURE), b"\r\nContent-Type: multipart/mixed; boundary=x") + END,
    "no last boundary": part("file", PICTURE),
    "a boundary that never comes": b"x" * 2_000_000,
    "a base64 part": part("file", b"/9j/4AAQ", b"\r\nContent-Transfer-Encoding: base64") + END,
    "a charset field": part("_charset_", b"utf-7") + END,
    "a bad disposition": b"--edge\r\nContent-Disposition: \x00;;==\r\n\r\n" + PICTURE + b"\r\n" + END,
    "a NUL in the name": part("file\x00", PICTURE) + END,
}
KINDS = (
    "multipart/form-data; boundary=edge",
    f"multipart/form-data; boundary={'b' * 200}",
    "multipart/form-data",
    "multipart/mixed; boundary=edge; boundary=other",
    "MULTIPART/RELATED",
    "application/x-www-form-urlencoded",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
async def test_c11_a_form_of_any_kind_is_refused_unread(
    browser: Browser, uploads: Uploads, form: str, kind: str
) -> None:
    await browser.json("GET", DOSSIER)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    response = await browser.call(
        "POST", UPLOAD, FORMS[form], Content_Type=kind, Idempotency_Key="key-00000001"
    )

    assert response.status == 415
    problem = await response.json()
    assert (problem["code"], problem["detail"]) == ("form_not_accepted", "请直接发送图片文件本身，不接受表单")
    assert problem["hint"]
    assert uploads.raw.objects == {}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before <= MOST_GROWTH_KB
