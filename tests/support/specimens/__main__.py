"""Write a demo candidate's papers into a folder, for trying the pages by hand.

`python -m tests.support.specimens FOLDER [USERNAME]`
"""

import argparse
import sys
from pathlib import Path

from deploy.embedded.plan import DEMO_ROSTER
from tests.support.simulators.demo import load_roster
from tests.support.specimens import Kind, Person, gif_named_jpg, oversized, specimen, truncated

_NAMES = {
    Kind.ID_FRONT: "身份证人像面",
    Kind.ID_BACK: "身份证国徽面",
    Kind.ID_IN_HAND: "手持身份证",
    Kind.DIPLOMA: "毕业证书",
    Kind.DIPLOMA_GLARE: "毕业证书（反光，编号看不清）",
    Kind.PRACTICE_PROOF: "试用期考核合格证明",
    Kind.COMMITMENT: "个人承诺书",
    Kind.LICENCE: "医疗机构执业许可证",
}


def write_papers(folder: Path, person: Person) -> list[Path]:
    """Write good and odd files; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{_NAMES[kind]}.jpg": specimen(kind, person, seed=1).content for kind in Kind}
    files[f"{_NAMES[Kind.ID_BACK]}（扫描）.png"] = specimen(Kind.ID_BACK, person, 1, "png").content
    turned = specimen(Kind.ID_IN_HAND, person, 2, orientation=6)
    files[f"{_NAMES[Kind.ID_IN_HAND]}（横着拍）.jpg"] = turned.content
    files["会被拒绝：205000字节.jpg"] = oversized(person)
    files["会被拒绝：其实是GIF.jpg"] = gif_named_jpg()
    files["会被拒绝：只有半张.jpg"] = truncated(person)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def main() -> int:
    """Write the papers of one candidate of the demo roster."""
    registrations = {r.username: r for r in load_roster(DEMO_ROSTER).registrations}
    parser = argparse.ArgumentParser(prog="python -m tests.support.specimens", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("username", nargs="?", choices=registrations, default=next(iter(registrations)))
    given = parser.parse_args()
    chosen = registrations[given.username]
    for path in write_papers(given.folder, Person(chosen.name, chosen.id_number)):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
