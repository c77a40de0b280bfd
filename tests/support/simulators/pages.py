"""The simulators' pages: plain HTML in the product's colours, marked as a demonstration."""

from datetime import datetime
from html import escape
from pathlib import Path

from aiohttp import web

from shared.clock import SHANGHAI

_TOKENS = Path(__file__).resolve().parents[3] / "shared" / "design" / "tokens.css"
_STYLE = """
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.65 var(--sans);
  font-variant-numeric:tabular-nums}
header{background:var(--white);border-bottom:1px solid var(--line);padding:14px 20px}
header b{font-size:18px}header span{color:var(--ink3);margin-left:10px}
nav a{color:var(--act);margin-right:16px}
.demo{background:var(--ochret);color:var(--ochre);padding:8px 20px}
main{max-width:1040px;margin:0 auto;padding:20px;display:grid;gap:16px;
  grid-template-columns:repeat(auto-fill,minmax(300px,1fr))}
article{background:var(--white);border:1px solid var(--line);border-radius:var(--r-frame);padding:16px 20px}
h2{font-size:17px;margin:0 0 8px}dl{display:grid;grid-template-columns:5.5em 1fr;margin:0 0 12px}
dt{color:var(--ink3)}dd{margin:0;overflow-wrap:anywhere}code{font:700 20px var(--mono)}
button{background:var(--act);color:var(--white);border:0;border-radius:var(--r-control);padding:0 20px;
  min-height:44px;font:700 16px var(--sans);cursor:pointer}button:hover{background:var(--acth)}
.wide{grid-column:1/-1}
"""


def page(
    title: str, body: str, *, links: tuple[tuple[str, str], ...] = (), refresh: int | None = None
) -> str:
    """Return a whole page."""
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    ways = "".join(f'<a href="{escape(target)}">{escape(words)}</a>' for words, target in links)
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">{again}'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}（演示）</title><style>{_TOKENS.read_text(encoding='utf-8')}{_STYLE}</style>"
        f"</head><body><header><b>{escape(title)}</b><span>演示</span></header>"
        '<div class="demo">演示环境：以下人员、号码均为虚构，仅供开发和试用。'
        f"<nav>{ways}</nav></div><main>{body}</main></body></html>"
    )


async def get_no_icon(_request: web.Request) -> web.Response:
    """Tell a browser that there is no icon, without an error in its console."""
    return web.Response(status=204)


def wall_time(instant: datetime) -> str:
    """Return Chinese wall-clock time as the product writes it, such as `2020/3/14 22:02:08`."""
    local = instant.astimezone(SHANGHAI)
    return f"{local.year}/{local.month}/{local.day} {local:%H:%M:%S}"


def card(heading: str, rows: list[tuple[str, str]], after: str = "", *, name: str = "card") -> str:
    """Return a framed object: a head line, labelled values and what can be done with it."""
    lines = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    return f'<article data-test="{escape(name)}"><h2>{escape(heading)}</h2><dl>{lines}</dl>{after}</article>'


def post_button(target: str, words: str, *, name: str) -> str:
    """Return a button that posts."""
    return (
        f'<form method="post" action="{escape(target)}">'
        f'<button type="submit" data-test="{escape(name)}">{escape(words)}</button></form>'
    )
