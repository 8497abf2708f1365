"""The Python end of python-peer.mjs: arrays from a folder, tasks from standard input, answers to standard output."""
import json
import pathlib
import sys
import time

import numpy as np


def load_arrays():
    """{name: array} of what python-peer.mjs wrote into the folder named on the command line."""
    folder = pathlib.Path(sys.argv[1])
    shapes = json.loads((folder / "shapes.json").read_text())
    return {name: np.fromfile(folder / f"{name}.f64").reshape(shape) for name, shape in shapes.items()}


def timed(function, *args, **options):
    """Seconds and result of one call."""
    begun = time.perf_counter()
    result = function(*args, **options)
    return time.perf_counter() - begun, result


def serve(tasks):
    """Answers each line {"task": name, ...options} with the JSON of tasks[name](**options)."""
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(tasks[request.pop("task")](**request)), flush=True)
