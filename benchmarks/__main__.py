"""`python -m benchmarks NAME`: run a benchmark; `--json FILE` keeps its figures."""

from __future__ import annotations

import sys

from benchmarks import (
    capture,
    demo,
    forecast,
    generate,
    gpu,
    panel,
    remedies,
    reservoir,
    scan,
    scope,
    speed,
    stock,
    systems,
)
from frontal.errors import FrontalError, did_you_mean

MODULES = (capture, demo, forecast, generate, gpu, panel, remedies, reservoir, scan, scope, speed, stock)
BENCHMARKS = {**{module.__name__.split(".")[-1]: module.main for module in MODULES}, "results": systems.main}


def main(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(f"usage: python -m benchmarks {{{','.join(BENCHMARKS)}}} [options]; NAME --help shows its options")
        return 0
    try:
        if words[0] not in BENCHMARKS:
            raise FrontalError(f"unknown benchmark {words[0]!r}; {did_you_mean(words[0], BENCHMARKS)}")
        BENCHMARKS[words[0]](words[1:])
    except FrontalError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
