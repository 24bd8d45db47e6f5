"""The door of the worker: `python worker.py` in a checkout; `compose.worker` is the worker."""

import sys

from compose.worker import main

if __name__ == "__main__":
    sys.exit(main())
