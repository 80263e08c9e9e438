"""Where things are, and which processor does what."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench/peers"
BUILD = ROOT / ".build/bench"
FILES = BUILD / "files"  # what file servers serve

# What those words mean in a command: see contenders.py.
WORDS = {"root": ROOT, "peers": PEERS, "build": BUILD, "files": FILES}

SERVER_PROCESSOR = 0
GENERATOR_PROCESSOR = 1


class Unable(Exception):
    """This machine lacks something; the text says what, and the remedy."""


class Broken(Exception):
    """A contender does not do what it is measured at."""
