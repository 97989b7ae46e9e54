"""How long `classeur --help` takes, against what Python needs to import Typer and Rich: the median of 15 pairs in turn.

The target is under 2.5 times. Run with: python benchmarks/help_time.py
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path


def seconds(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    program = str(Path(sys.executable).with_name("classeur"))
    pairs = [(seconds(program, "--help"), seconds(sys.executable, "-c", "import typer, rich")) for _ in range(16)][1:]
    ratios = sorted(ours / base for ours, base in pairs)
    ours, base = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"--help {ours:.3f} s, import of Typer and Rich {base:.3f} s; ratio {statistics.median(ratios):.2f}"
        f" ({ratios[0]:.2f} … {ratios[-1]:.2f}), n = {len(pairs)}"
    )


if __name__ == "__main__":
    main()
