"""Policies for whole systems, written for one test beside copies of the shipped ones."""

import shutil
from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parents[2] / "deploy" / "policies"
# Handed in as the guide S3 has it; the rest is the demo's.
AUTOSAVE: Final = """
inherits: demo
submit: {mode: autosave, require_mandatory: false}
lock: {on: [review_claim, review_decision]}
unlock: {scope: image}
review: {open_when: any_image}
"""


def a_policy_file(folder: Path, text: str, name: str = "trial") -> Path:
    """Write a policy that may inherit from any shipped one."""
    folder.mkdir(exist_ok=True)
    for shipped in SHIPPED.glob("*.yaml"):
        shutil.copy(shipped, folder)
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file
