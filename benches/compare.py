#!/usr/bin/env -S python3 -B
"""Runs signer beside other tools on the same work and states the ratios.

    cargo build --release --locked --bins
    cargo build --release --locked -p benches --examples
    benches/compare.py [--peers DIR] [--check]

Tools that are not found are named, and left out. Runs are interleaved (A B C A B C ...), so that a
machine that slows down slows all of them. Nothing outside a temporary folder is written.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import measure
import tools

MIB = 1 << 20

# The targets: what is measured, against what, and the largest ratio that passes.
START = 1.5
SMALL = 1.3
SMALL_EXTRA_MS = 0.3
LARGE = 1.05
MEMORY_MIB = 16


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="compare-", dir=options.work) as folder:
        bench = Bench(options, Path(folder))
        try:
            bench.run()
        finally:
            bench.close()
    bench.report()
    if options.json:
        Path(options.json).write_text(json.dumps(bench.results, indent=2) + "\n")
    sys.exit(1 if options.check and bench.missed() else 0)


def arguments():
    target = Path(__file__).resolve().parent.parent / "target" / "release"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signer", type=Path, default=target / "signer", help="the binary to measure")
    parser.add_argument("--references", type=Path, default=target / "examples", help="folder of the bare programs")
    parser.add_argument("--peers", type=Path, help="a folder with further tools, looked at before PATH")
    parser.add_argument("--size", type=megabytes, action="append", help="MiB of a large file; default 1, 100 and 1024")
    parser.add_argument("--files", type=int, default=20_000, help="files of the folder (default 20000)")
    parser.add_argument("--rounds", type=int, default=60, help="rounds of the short cases (default 60)")
    parser.add_argument("--only", action="append", choices=["start", "small", "large", "many"], help="only these cases")
    parser.add_argument("--without", action="append", default=[], metavar="TOOL", help="leave a tool out")
    parser.add_argument("--work", help="where the temporary folder is made; it needs room for the largest file")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--json", metavar="FILE", help="write every figure there")
    options = parser.parse_args()
    options.size = options.size or [1, 100, 1024]
    options.only = options.only or ["start", "small", "large", "many"]
    return options


def megabytes(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number of MiB from 1, found {text}")
    return value


class Bench:
    """The cases, their figures, and the targets."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.results = {}
        self.left_out = {}
        self.tools = []
        environment = measure.environment(folder)
        for kind in tools.ALL:
            if kind.name not in options.without:
                self.add(kind, environment)

    def add(self, kind, environment):
        try:
            self.tools.append(kind(self.options, self.folder, environment))
        except (tools.Missing, measure.Failed) as reason:
            if kind.required:
                sys.exit(f"compare: {kind.name}: {reason}")
            self.left_out[kind.name] = str(reason)

    def run(self):
        for case in self.options.only:
            getattr(self, case)()

    def close(self):
        for tool in self.tools:
            tool.close()

    def start(self):
        self.case("start", lambda tool: tool.start(), self.options.rounds)

    def small(self):
        file = self.file("1KiB", 1024)
        self.case("sign 1 KiB", lambda tool: tool.sign(file), self.options.rounds)
        self.case("verify 1 KiB", lambda tool: tool.verify(file), self.options.rounds)

    def large(self):
        for size in self.options.size:
            file = self.file(f"{size}MiB", size * MIB)
            rounds = max(5, min(self.options.rounds, 1500 // size))
            self.case(f"sign {size} MiB", lambda tool, file=file: tool.sign(file), rounds, memory=True)
            self.case(f"verify {size} MiB", lambda tool, file=file: tool.verify(file), rounds, memory=True)
            file.unlink()

    def many(self):
        folder = self.folder / "many"
        for number in range(self.options.files):
            file = folder / f"{number // 100:03}" / f"{number:05}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(os.urandom(4096))
        os.sync()
        count = self.options.files
        self.case(f"sign {count} files", lambda tool: tool.sign_folder(folder), 10, memory=True)
        self.case(f"verify {count} files", lambda tool: tool.verify_folder(folder), 10, memory=True)

    def file(self, name, size):
        path = self.folder / name
        with path.open("wb") as out:
            for _ in range(0, size, MIB):
                out.write(os.urandom(min(size, MIB)))
        os.sync()  # else whoever syncs its own small output waits for this file
        return path

    def case(self, name, command, rounds, memory=False):
        commands = {tool.name: made for tool in self.tools if (made := command(tool))}
        figures, failures = measure.interleaved(commands, rounds, memory)
        self.results[name] = figures
        self.left_out.update({f"{tool} ({name})": reason for tool, reason in failures.items()})
        print(f"measured: {name}", file=sys.stderr)

    def report(self):
        print(measure.machine())
        for tool in self.tools:
            print(f"- {tool.name}: {tool.about}")
        for name, reason in self.left_out.items():
            print(f"- {name}: left out: {reason}")
        for name, figures in self.results.items():
            print_case(name, figures)
        print("\n| target | limit | found | |\n| --- | --- | --- | --- |")
        for what, limit, found, passed in self.targets():
            print(f"| {what} | {limit} | {found} | {'met' if passed else 'MISSED'} |")

    def missed(self):
        targets = list(self.targets())
        return not targets or not all(passed for *_, passed in targets)

    def targets(self):
        """What is aimed for, as (what, limit, found, whether it is met), of the cases that were run."""
        for name, figures in self.results.items():
            ours = figures.get("signer")
            if ours is None:
                yield name, "runs", "failed", False
            elif name == "start":
                yield ratio("signer --version / empty-clap", ours, figures["empty-clap"], START)
            elif name == "verify 1 KiB":
                yield self.small_target(ours, figures)
            elif name.endswith("MiB") and name.split()[1] in ("100", "1024"):
                yield ratio(f"{name} / read-and-hash", ours, figures["read-and-hash"], LARGE)
            if ours and "memory" in ours and name.endswith("MiB"):
                found = ours["memory"] / MIB
                yield f"{name}: peak memory", f"{MEMORY_MIB} MiB", f"{found:.1f} MiB", found <= MEMORY_MIB

    def small_target(self, ours, figures):
        empty, peer = figures["empty-clap"], figures.get("minisign")
        extra = 1000 * statistics.median(a - b for a, b in zip(ours["times"], empty["times"]))
        least = 1000 * (ours["min"] - empty["min"])
        limit, found = f"empty-clap + {SMALL_EXTRA_MS} ms", f"+ {extra:.2f} ms (of the minima {least:.2f} ms)"
        passed = extra <= SMALL_EXTRA_MS
        if peer:
            _, most, times, within = ratio("", ours, peer, SMALL)
            limit, found, passed = f"{limit}, or {most} x minisign", f"{found}; {times}", passed or within
        return "signer verify 1 KiB", limit, found, passed


def ratio(what, ours, reference, limit):
    """The median of the ratios within each round: what slows a round slows both."""
    found = statistics.median(a / b for a, b in zip(ours["times"], reference["times"]))
    return what, f"{limit:.2f}", f"{found:.3f} (of the minima {ours['min'] / reference['min']:.3f})", found <= limit


REFERENCES = ("empty-clap", "read-and-hash", "minisign")


def print_case(name, figures):
    references = [reference for reference in REFERENCES if reference in figures]
    columns = ["tool", "median", "min", "cpu / wall", "peak memory", *(f"/ {reference}" for reference in references)]
    print(f"\n### {name}\n\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    for tool, row in sorted(figures.items(), key=lambda item: item[1]["median"]):
        memory = f"{row['memory'] / MIB:.1f} MiB" if "memory" in row else ""
        ratios = [f"{row['median'] / figures[reference]['median']:.2f}" for reference in references]
        cores = f"{row['cpu'] / row['wall']:.2f}"
        print(f"| {' | '.join([tool, duration(row['median']), duration(row['min']), cores, memory, *ratios])} |")


def duration(seconds):
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.3f} s"


if __name__ == "__main__":
    main()
