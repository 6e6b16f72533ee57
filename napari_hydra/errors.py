"""The two exceptions that a user may meet on purpose."""


class HydraError(ValueError):
    """Something the user gave cannot be used.

    The message is one sentence that names the file or value and the remedy. The command line prints it
    and exits with 2; the window shows it as a notification.
    """


class Cancelled(Exception):
    """A long computation stopped because its cancel event was set."""
