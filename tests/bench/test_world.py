"""Runs of the bench begin in a fresh folder and leave one run behind."""

from pathlib import Path

from tests.bench.world import remove_earlier, set_aside


def test_a_run_begins_without_a_folder_and_ends_without_those_of_earlier_runs(tmp_path: Path) -> None:
    folder, report = tmp_path / "bench", tmp_path / "bench.json"
    report.touch()
    for _ in range(3):
        set_aside(folder)
        assert not folder.exists()
        (folder / "system").mkdir(parents=True)

    remove_earlier(folder)

    assert set(tmp_path.iterdir()) == {folder, report}
