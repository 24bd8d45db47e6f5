"""How a command ends: one sentence or a list of findings for a person, never a traceback."""


class CannotRun(Exception):
    """The command could not run (exit code 2); the text is the sentence to print."""


class Findings(Exception):
    """The command ran and found something wrong (exit code 1); the text says what and where."""
