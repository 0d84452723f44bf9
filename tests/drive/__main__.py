"""Take the tour and keep its pictures: `python -m tests.drive FOLDER [--all]`.

Without --all one look, for the guide; with it dark and light, two sizes, and a dense screen.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.drive.screen import missing
from tests.drive.tour import Look, Tour

SHORT = (30, 20, 40, 60)
"""Frames, where eight looks are wanted."""
ALL = tuple(
    Look(width, height, scale, theme, SHORT)
    for width, height in ((1280, 720), (1920, 1080))
    for scale in (1, 2)
    for theme in ("dark", "light")
)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.drive", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="in every look, a folder each")
    parser.add_argument("--colors", type=int, default=0, help="colours of the pictures (default: all)")
    values = parser.parse_args()
    if missing():
        parser.error(f"these programs are needed: {', '.join(missing())}")
    for look in ALL if values.all else (Look(),):
        folder = values.folder / look.name if values.all else values.folder
        folder.mkdir(parents=True, exist_ok=True)
        home = Path(tempfile.gettempdir()) / "you"  # seen in the pictures
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        tour = Tour(home, look, folder, values.colors)
        try:
            tour.run()
            shutil.copy(tour.track, folder)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
