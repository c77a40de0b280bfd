"""When two pictures are files of one shot, and when they show the same paper; the thresholds are measured.

How they were measured, and on what: `docs/decisions/likeness.md`.
"""

from dataclasses import dataclass
from typing import Final

# A file of the same shot is moved, turned or scaled, not tilted: its corners lie where a similarity puts
# them. In pixels of 1280: up to 1.3 for the same shot (3.5 at half its size), from 2.7, mostly 9, for a new
# one.
MOST_TILT: Final = 5.0
# The grain of sensor and table survives recompression: from 0.35 on the same shot, up to 0.2 on a new one.
LEAST_GRAIN: Final = 0.27
# White paper has no grain that strong compression leaves; then equal light has to do: up to 0.003 (more
# where the contrast was raised) for the same shot, from 0.021 for a new one.
EVEN_LIGHT: Final = 0.02
# Recompressed, resized and cropped files are up to 1.1 times as sharp; what was there before a picture was
# made small or soft is more.
SHARPER: Final = 1.25
# How many bits of the whole picture's hash a crop or a turn may change: 22 measured, strangers differ in 32.
FURTHEST_SHOT: Final = 26
# Too little print to tell one person's paper from another's.
LEAST_WINDOWS: Final = 60
# How well a window of print is found in the other picture: from 0.93 on the same paper, photographed again,
# printed or recompressed. Of two people's papers of one form at least 25 windows lie below, of two that
# differ in one digit three.
ALIKE: Final = 0.7
# What dust or a reflection may spoil.
MOST_UNLIKE: Final = 2


@dataclass(frozen=True, slots=True)
class Kinship:
    """How near a second picture is to a first one as a shot.

    `tilt` is in pixels, `grain` a correlation, `light` the spread of the difference in (logarithmic) light,
    `sharpness_gain` how much sharper the second one's print is.
    """

    tilt: float
    grain: float
    light: float
    sharpness_gain: float

    @property
    def is_same_shot(self) -> bool:
        """Tell whether both are files of one exposure."""
        return self.tilt <= MOST_TILT and (self.grain >= LEAST_GRAIN or self.light <= EVEN_LIGHT)

    @property
    def brings_nothing_new(self) -> bool:
        """Tell whether the second is the first again, and no sharper."""
        return self.is_same_shot and self.sharpness_gain <= SHARPER


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How far two pictures agree, window by window of what is printed in them.

    `agreement` is that of the window which would be one unlike window too many.
    """

    windows: int
    unlike: int
    agreement: float

    @property
    def is_same_paper(self) -> bool:
        """Tell whether what is printed agrees everywhere."""
        return self.windows >= LEAST_WINDOWS and self.unlike <= MOST_UNLIKE


STRANGERS: Final = Kinship(tilt=1e4, grain=0.0, light=1.0, sharpness_gain=1.0)
NOTHING_SHARED: Final = Resemblance(windows=0, unlike=0, agreement=0.0)
