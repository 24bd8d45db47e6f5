"""How a command ends: one sentence or a list of findings for a person, never a traceback."""


class CannotRun(Exception):
    """The command could not run (exit code 2); the text is the sentence to print."""


class Findings(Exception):
    """The command ran and found something wrong (exit code 1); the text says what and where."""


def unusable(error: OSError) -> str:
    """What is wrong with a file, in the words of a person."""
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason
