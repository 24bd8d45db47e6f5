"""The cases of a small run: one of each kind, and what it stands for."""

SMALL = {
    "F1": "a worker dies",
    "F2": "Temporal dies and forgets",
    "F4": "the mail server fails in every way",
    "F7": "senders repeat themselves",
    "F9": "clocks and zones",
    "F10": "rules that are no rules",
    "F12": "hostile requests",
    "F14": "signatures",
    "F15": "the database dies",
    "F17": "people change their mind while a message waits",
    "F18": "a customer is erased",
    "F20": "a new build takes over",
    "F22": "several web processes, one of which dies",
    "F23": "a network swallows everything",
    "F39": "values as long as they may be",
    "R1": "what a rule means while machines fail",
}
