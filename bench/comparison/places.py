"""Where things are, and which processor does what."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench/peers"
BUILD = ROOT / ".build/bench"
FILES = BUILD / "files"  # what file servers serve

# What those words mean in a command: see contenders.py.
WORDS = {"root": ROOT, "peers": PEERS, "build": BUILD, "files": FILES}

# One each of those that this may use; command.py sees to it that there are two.
PROCESSORS = sorted(os.sched_getaffinity(0))
SERVER_PROCESSOR = PROCESSORS[0]
GENERATOR_PROCESSOR = PROCESSORS[-1]


class Unable(Exception):
    """This machine lacks something; the text says what, and the remedy."""


class Broken(Exception):
    """A contender does not do what it is measured at."""
