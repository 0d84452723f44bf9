"""Where a training run finds its data and keeps its files, and the process that feeds it."""

from __future__ import annotations

import dataclasses
import json
import time
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

from engine.errors import SourceError
from training.data.clips import read_clips, split_clips
from training.data.episodes import EpisodeConfig
from training.data.pack import pack_clips
from training.data.packfile import PACK_SUFFIX, unpack
from training.data.pool import Pool
from training.data.produce import FeatureRunner, fill_dev, training_maker
from training.export import FEATURES_SPEC, export_graph
from training.helper import Share, be_helper, helped, parent_lives
from training.trunk import load_trunk, tuned_trunk

FIRST_EPISODES = 300  # enough to start with: more come while training runs
ROUND = 100


@dataclasses.dataclass(frozen=True)
class Workspace:
    """Folders of a run.

    ``data`` holds ``train/`` with clips and ``images/`` with photos, in any of the layouts that are known, or is a
    file that ``attntrack data pack`` has made of such a folder. All that is made from them lies under ``work``.
    """

    data: Path
    work: Path
    capacity: int = 4000
    """Samples kept at a time: episodes, or for attention whole frames of each shape."""
    seed: int = 0
    feeders: int = 1
    """Processes that make samples while training runs."""
    turned: float = 0.0
    """Share of the views in episodes that are turned and stretched far."""

    @property
    def root(self) -> Path:
        """The data folder, unpacked if it is one file."""
        return self.work / "unpacked" if self.data.suffix == PACK_SUFFIX else self.data

    @property
    def clips(self) -> Path:
        """Folder of the annotated clips."""
        return self.root / "train"

    @property
    def photos(self) -> Path:
        """Folder of the photos, which need not be there."""
        return self.root / "images"

    @property
    def pack(self) -> Path:
        """Folder of the decoded frames."""
        return self.work / "pack"

    @property
    def tuned(self) -> Path:
        """The checkpoint of the tuned trunk, if ``attntrack train backbone`` has made one."""
        return self.work / "backbone" / "best.pt"

    @property
    def pool(self) -> Path:
        """Folder of the training features."""
        return self._of_trunk("pool")

    @property
    def dev(self) -> Path:
        """Folder of the development features."""
        return self._of_trunk("dev")

    @property
    def trunk(self) -> Path:
        """Folder of the ImageNet trunk's graphs, over which attention is trained."""
        return self.work / "trunk"

    @property
    def graph(self) -> Path:
        """The graph ``features`` of the trunk in use."""
        return self._of_trunk("trunk") / "features.onnx"

    @property
    def attention(self) -> Path:
        """Folder of the attention run: checkpoints, scores, figures."""
        return self.work / "attention"

    @property
    def frames(self) -> Path:
        """Folder of attention's training samples."""
        return self.attention / "pool"

    @property
    def held(self) -> Path:
        """Folder of attention's development samples."""
        return self.attention / "dev"

    def _of_trunk(self, name: str) -> Path:
        # features of one trunk are of no use to networks over the other
        return self.work / (f"{name}-tuned" if self.tuned.exists() else name)


def open_data(space: Workspace) -> None:
    """Unpacks the data if it is one file.

    Raises:
        SourceError: it holds no clips.
    """
    if space.data.suffix == PACK_SUFFIX and not space.root.exists():
        unpack(space.data, space.root)
    if not space.clips.is_dir():
        raise SourceError(f"{space.data} has no folder train with clips; give the folder of the training data")


def prepare(space: Workspace) -> None:
    """Packs the clips, writes the split down, exports the trunk and fills the development pool; what is there stays.

    Raises:
        SourceError: the data folder has no clips.
    """
    open_data(space)
    clips = read_clips(space.clips)
    pack_clips(clips, space.pack)
    split = split_clips(clips)
    space.work.mkdir(parents=True, exist_ok=True)
    (space.work / "split.json").write_text(json.dumps(dataclasses.asdict(split), indent=1) + "\n", encoding="utf-8")
    if not space.graph.exists():
        trunk = tuned_trunk(space.tuned) if space.tuned.exists() else load_trunk()
        export_graph(trunk, FEATURES_SPEC, space.graph.parent)
    if not (space.dev / "labels.npy").exists():
        fill_dev(space.dev, space.clips, space.pack, FeatureRunner(space.graph), space.seed)


def feeding(space: Workspace, config: EpisodeConfig, pause: float = 12.0) -> AbstractContextManager[None]:
    """Keeps the pool fresh in other processes while the block runs; entered once there is enough to start with.

    Args:
        space: The run's folders, prepared.
        config: How episodes are drawn.
        pause: Seconds of rest after every hundred episodes once the pool is full: training needs the core more.
    """
    pool = Pool.create(space.pool, space.capacity)
    enough = min(FIRST_EPISODES, space.capacity)
    return helped(_feed, (space, config, pause, pool.newest), lambda: len(pool) >= enough, space.feeders)


def _feed(space: Workspace, config: EpisodeConfig, pause: float, newest: int, share: Share) -> None:
    be_helper()
    pool = Pool.open(space.pool, writable=True)
    serials = share.serials(newest)
    maker = training_maker(space.clips, space.pack, space.photos, config, (space.seed, newest + 1, share.number))
    run = FeatureRunner(space.graph)
    while parent_lives():
        for serial in islice(serials, ROUND):
            pool.write(serial, run(maker.draw()))
        if len(pool) == space.capacity:
            time.sleep(pause)
