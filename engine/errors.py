"""The engine's exceptions. Every message is one sentence that tells the user what to do."""


class AttnTrackError(Exception):
    """Base of everything this program raises on purpose."""


class SourceError(AttnTrackError):
    """A video, image folder, camera or stream cannot be opened or read."""


class BackendError(AttnTrackError):
    """Networks cannot be loaded or run."""


class BuildError(BackendError):
    """An engine file for a GPU cannot be compiled."""


class FormatError(AttnTrackError):
    """A track file, box or annotation cannot be read or written."""


class SessionError(AttnTrackError):
    """A project file cannot be read or written."""


class Cancelled(AttnTrackError):
    """The user stopped a long operation; nothing went wrong."""
