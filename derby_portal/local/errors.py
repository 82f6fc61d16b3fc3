"""What may go wrong on somebody's machine, said in a sentence."""


class LocalError(Exception):
    """A problem that the person at the keyboard can solve; its text is a whole sentence."""


class BusyError(LocalError):
    """Another living process holds the folder."""
