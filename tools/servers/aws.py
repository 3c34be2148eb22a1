#!/usr/bin/env python3
"""An AWS for tests on loopback: moto's server, and what it lacks.

    tools/servers/aws.py -H 127.0.0.1 -p PORT

Each module in `additions` puts one thing beside what moto has. Needs requirements.txt.
"""
import importlib
import pathlib
import sys

from moto.server import main

HERE = pathlib.Path(__file__).resolve().parent

if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    for module in sorted((HERE / "additions").glob("[a-z]*.py")):
        importlib.import_module(f"additions.{module.stem}")
    main(sys.argv[1:])
