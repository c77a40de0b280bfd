"""What `make status` says of a peak."""

import socket

from deploy.embedded.load import Load, load_of, summed

ONE = """# TYPE kaoshen_pictures_waiting gauge
kaoshen_pictures_waiting 120.0
# TYPE kaoshen_http_requests_total counter
kaoshen_http_requests_total{method="POST",route="/x",status="503"} 7.0
kaoshen_http_requests_total{method="POST",route="/x",status="429"} 2.0
kaoshen_http_requests_total{method="POST",route="/x",status="202"} 90.0
# TYPE kaoshen_event_loop_lag_seconds gauge
kaoshen_event_loop_lag_seconds 0.004
"""
OTHER = """# TYPE kaoshen_pictures_waiting gauge
kaoshen_pictures_waiting 118.0
# TYPE kaoshen_events_published_total counter
kaoshen_events_published_total{type="uploads.image.ready"} 55.0
kaoshen_events_published_total{type="uploads.image.received"} 60.0
# TYPE kaoshen_outbox_in_memory gauge
kaoshen_outbox_in_memory{collection="dossiers"} 3.0
# TYPE kaoshen_image_children_lost_total counter
kaoshen_image_children_lost_total{cause="died"} 1.0
# TYPE kaoshen_event_loop_lag_seconds gauge
kaoshen_event_loop_lag_seconds 0.25
"""


def test_counters_are_summed_and_what_all_tell_of_one_queue_is_taken_once() -> None:
    assert summed([ONE, OTHER]) == Load(
        waiting=120, ready=55, shed=9, unsent=3, lost_children=1, lag_seconds=0.25
    )


def test_every_figure_says_what_it_is_and_what_to_do() -> None:
    lines = summed([ONE, OTHER]).lines()

    assert lines[0].split("   ")[0] == "pictures waiting for a worker"
    assert "WORKERS=n" in lines[0]
    assert "250 ms" in lines[-1]


def test_a_part_that_does_not_answer_is_left_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    parts = {
        "uploads": {"state": "ready", "ports": [1, port]},
        "auth": {"state": "starting", "ports": [1, 2]},
    }

    assert load_of({"parts": parts}) == Load(0, 0, 0, 0, 0, 0.0)
