"""The docs page: the service's OpenAPI document as plain HTML, without script."""

from html import escape
from typing import Any

STYLE = "docs.css"
CSS = """
body{font:15px/1.6 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#17202a}
h2{font:700 15px/1.5 ui-monospace,monospace;border-top:1px solid #d9dde1;padding-top:1rem}
code,pre{font:13px/1.5 ui-monospace,monospace;background:#f5f4f0;padding:.1em .3em}
pre{padding:.8em;overflow:auto}td{padding:.1rem 1rem .1rem 0;vertical-align:top}summary{cursor:pointer}
"""


def docs_page(document: dict[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [_schema(name, schema) for name, schema in document["components"]["schemas"].items()]
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="stylesheet" href="{STYLE}"><h1>{title}</h1>'
        f'<p><a href="openapi.json">openapi.json</a> (OpenAPI 3.1)</p>'
        f"{''.join(operations)}<h1>Schemas</h1>{''.join(schemas)}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(status)}</code><td>{escape(response['description'])} {_references(response)}"
        for status, response in operation["responses"].items()
    )
    takes = _references(operation.get("requestBody", {}))
    return (
        f"<h2>{escape(method.upper())} {escape(path)}</h2>"
        f"<p>{escape(operation['summary'])} <small>({', '.join(operation['tags'])})</small></p>"
        f"<p>{'takes ' + takes if takes else ''}</p><table>{rows}</table>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    fields = "".join(
        f"<tr><td><code>{escape(field)}</code><td>{escape(_kind(part))}"
        for field, part in schema.get("properties", {}).items()
    )
    return f'<details id="{escape(name)}"><summary>{escape(name)}</summary><table>{fields}</table></details>'


def _kind(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return str(part["$ref"]).rpartition("/")[2]
    if "anyOf" in part:
        return " | ".join(_kind(option) for option in part["anyOf"])
    if part.get("type") == "array":
        return f"[{_kind(part.get('items', {}))}]"
    return str(part.get("enum") or part.get("const") or part.get("format") or part.get("type", "any"))


def _references(part: dict[str, Any]) -> str:
    names = [
        content["schema"]["$ref"].rpartition("/")[2]
        for content in part.get("content", {}).values()
        if "$ref" in content.get("schema", {})
    ]
    return " ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names)
