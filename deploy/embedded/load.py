"""What the running services say of their load, from their own metrics: the figures to look at in a peak."""

import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from deploy.embedded.ports import LOOPBACK

TIMEOUT_SECONDS = 2.0
SHED = ("429", "503")


@dataclass(frozen=True, slots=True)
class Load:
    """Sums over all parts; what every instance tells of the same thing is taken once."""

    waiting: int
    ready: int
    shed: int
    unsent: int
    lost_children: int
    lag_seconds: float

    def lines(self) -> list[str]:
        """Return the figures for people, each with what to do about it."""
        return [
            f"pictures waiting for a worker   {self.waiting:8}   grows: more workers (WORKERS=n)",
            f"pictures made ready             {self.ready:8}",
            f"requests shed with 429 or 503   {self.shed:8}   grows: more workers, then UPLOADS_INSTANCES=n",
            f"events not yet with the broker  {self.unsent:8}   grows: look at the broker",
            f"image children lost             {self.lost_children:8}   grows: look at watermark's log",
            f"event loop late by, at most     {self.lag_seconds * 1000:5.0f} ms   above 100: more instances",
        ]


def load_of(status: Mapping[str, Any]) -> Load:
    """Ask every part of a running system that has metrics."""
    parts = status["parts"].values()
    ports = [part["ports"][1] for part in parts if part["state"] == "ready" and len(part["ports"]) > 1]
    return summed(filter(None, map(_metrics, ports)))


def summed(texts: Iterable[str]) -> Load:
    """Return the load in the metrics of several processes."""
    found: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for text in texts:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))

    def values(name: str, **labels: tuple[str, ...]) -> list[float]:
        return [
            value
            for given, value in found.get(name, [])
            if all(given.get(label) in wanted for label, wanted in labels.items())
        ]

    return Load(
        waiting=round(max(values("kaoshen_pictures_waiting"), default=0)),
        ready=round(sum(values("kaoshen_events_published_total", type=("uploads.image.ready",)))),
        shed=round(sum(values("kaoshen_http_requests_total", status=SHED))),
        unsent=round(sum(values("kaoshen_outbox_in_memory"))),
        lost_children=round(sum(values("kaoshen_image_children_lost_total"))),
        lag_seconds=max(values("kaoshen_event_loop_lag_seconds"), default=0.0),
    )


def _metrics(port: int) -> str:
    """Return a process's metrics, or nothing while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=TIMEOUT_SECONDS) as answer:
            text: str = answer.read().decode()
    except OSError:
        return ""
    return text
