"""Where a comparison ran, and how quiet it was there."""

import os
import pathlib
import platform
import re

from comparison.places import GENERATOR_PROCESSOR, SERVER_PROCESSOR


def describe():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"cpu": model[1] if model else platform.machine(), "processors": os.cpu_count(),
            "server_processor": SERVER_PROCESSOR, "generator_processor": GENERATOR_PROCESSOR,
            "kernel": platform.release(), "system": distribution()}


def distribution():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


class Noise:
    """What else the machine did between making this and asking for it."""

    def __init__(self):
        self.before = ticks()

    def so_far(self):
        spent = [now - before for now, before in zip(ticks(), self.before)]
        return {"load_average": round(os.getloadavg()[0], 2),
                "stolen_percent": round(100 * spent[7] / max(1, sum(spent[:8])), 2)}


def ticks():
    """User, nice, system, idle, iowait, irq, softirq, steal, … of all processors together (proc(5))."""
    return [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
