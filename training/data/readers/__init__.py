"""Readers of annotated photos, one file a layout, and of packed clips; those of other clips are in engine.datasets."""

from __future__ import annotations

from training.data.readers.boxes_csv import BoxesCsv
from training.data.readers.coco import Coco
from training.data.readers.instances import Instances
from training.data.readers.voc import Voc
from training.data.stills import StillLayout

STILL_LAYOUTS: tuple[StillLayout, ...] = (Instances(), BoxesCsv(), Coco(), Voc())
