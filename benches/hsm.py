#!/usr/bin/env -S python3 -B
"""Signs with keys in a SoftHSM token: by our library, by signer, and by other tools.

    cargo build --release --locked --bins
    cargo build --release --locked -p benches --examples
    benches/hsm.py [--check]

Two tables for each key. One counts signatures within a process: our library, which signs statements
and verifies each signature, beside a bare loop over C_Sign, which is the limit. The other times whole
processes with one signature each, start, login and exit included. Runs are interleaved. Nothing outside
a temporary folder is written.
"""

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import measure
from tools import Missing, Tool, built

LABEL = "bench"
PIN = "12345678"
KEYS = {"p256": ("EC:prime256v1", "01"), "rsa2048": ("rsa:2048", "02")}
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)

# The target: a whole `signer attest`, in milliseconds.
ATTEST_MS = 15


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="hsm-", dir=options.work) as folder:
        try:
            bench = Bench(options, Path(folder))
        except (Missing, measure.Failed) as reason:
            sys.exit(f"hsm: {reason}")
        missed = bench.run()
    sys.exit(1 if options.check and missed else 0)


def arguments():
    target = Path(__file__).resolve().parent.parent / "target" / "release"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signer", type=Path, default=target / "signer", help="the binary to measure")
    parser.add_argument("--references", type=Path, default=target / "examples", help="folder of token-rate")
    parser.add_argument("--module", default=next(filter(os.path.exists, MODULES), MODULES[0]), help="SoftHSM's library")
    parser.add_argument("--rounds", type=int, default=40, help="rounds of the processes (default 40)")
    parser.add_argument("--seconds", type=float, default=1, help="seconds of each run of the library (default 1)")
    parser.add_argument("--threads", type=int, action="append", help="threads of the library; default 1 and 4")
    parser.add_argument("--work", help="where the temporary folder is made")
    parser.add_argument("--check", action="store_true", help="exit with 1 if the target is missed")
    options = parser.parse_args()
    options.threads = options.threads or [1, 4]
    options.peers = None
    return options


class TokenTool(Tool):
    """A tool that signs a file with a key in the token."""

    def sign_with(self, key, file):
        raise NotImplementedError


class Signer(TokenTool):
    name = "signer"
    about = "attest: a statement that names the file, the signature verified, a bundle synced to the disk"

    def find(self, options):
        return built(options.signer)

    def sign_with(self, key, file):
        return self.attest(f"pkcs11:token={LABEL};object={key}", file)

    def attest(self, key, file):
        fixed = ("attest", "--identity", "urn:example:bench", "--build-context", "none", "--force")
        return self.command(*fixed, "--key", key, "--bundle", f"{file.name}.json", file)


class SignerFile(Signer):
    name = "signer, key in a file"
    about = "the same with a P-256 key that is not encrypted: what the token costs"

    def prepare(self):
        self.must(self.binary, "key", "generate", "--algorithm", "p256", "--no-password", "--out", "key")

    def sign_with(self, key, file):
        return self.attest("key", file) if key == "p256" else None


class Pkcs11Tool(TokenTool):
    name = "pkcs11-tool"
    about = "ECDSA of a digest that is ready made, since SoftHSM's C_Sign hashes for RSA only; no statement, no check"

    def sign_with(self, key, file):
        mechanism, data = "SHA256-RSA-PKCS", file
        if key == "p256":
            mechanism, data = "ECDSA", self.folder / "digest"
            data.write_bytes(hashlib.sha256(file.read_bytes()).digest())
        login = ("--module", self.environment["SIGNER_PKCS11_MODULE"], "--login", "--pin", PIN, "--token-label", LABEL)
        return self.command(*login, "--sign", "--mechanism", mechanism, "--id", KEYS[key][1],
                            "--input-file", data, "--output-file", "signature")


class OpensslEngine(TokenTool):
    name = "openssl, engine pkcs11"
    binaries = ("openssl",)
    about = "dgst -sha256 of the file with libengine-pkcs11-openssl; no statement, no check"

    def sign_with(self, key, file):
        uri = f"pkcs11:token={LABEL};object={key};type=private?pin-value={PIN}"
        return self.command("dgst", "-sha256", "-engine", "pkcs11", "-keyform", "engine", "-sign", uri,
                            "-out", "signature", file)


class Bench:
    """The token, the tools, and their figures."""

    def __init__(self, options, folder):
        self.options = options
        self.rate = built(options.references / "token-rate")
        config = folder / "softhsm2.conf"
        (folder / "tokens").mkdir()
        config.write_text(f"directories.tokendir = {folder / 'tokens'}\n")
        self.environment = measure.environment(folder) | {
            "SOFTHSM2_CONF": str(config),
            "SIGNER_PKCS11_MODULE": options.module,
            "PKCS11_MODULE_PATH": options.module,
            "SIGNER_PKCS11_PIN": PIN,
        }
        self.file = folder / "file"
        self.file.write_bytes(os.urandom(1024))
        self.make_token()
        self.tools, self.left_out = [], {}
        for kind in (Signer, SignerFile, Pkcs11Tool, OpensslEngine):
            try:
                self.tools.append(kind(options, folder, self.environment))
            except Missing as reason:
                if kind is Signer:
                    raise
                self.left_out[kind.name] = str(reason)

    def make_token(self):
        init = ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "87654321"]
        self.output(init)
        for label, (kind, number) in KEYS.items():
            login = ["pkcs11-tool", "--module", self.options.module, "--login", "--pin", PIN, "--token-label", LABEL]
            self.output([*login, "--keypairgen", "--key-type", kind, "--label", label, "--id", number, "--usage-sign"])

    def output(self, words):
        try:
            done = subprocess.run(words, env=self.environment, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        except FileNotFoundError as missing:
            raise Missing(f"{missing.filename} is missing: install softhsm2 and opensc") from None
        if done.returncode != 0:
            raise measure.Failed(f"`{' '.join(words[:3])} …` failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()

    def run(self):
        print(measure.machine())
        results = {key: (self.rates(key), self.processes(key)) for key in KEYS}
        for tool in self.tools:
            print(f"- {tool.name}: {tool.about}")
        for name, reason in self.left_out.items():
            print(f"- {name}: left out: {reason}")
        for key, (rates, processes) in results.items():
            print_rates(key, rates)
            print_processes(key, processes)
        median = 1000 * results["p256"][1]["signer"]["median"]
        missed = median > ATTEST_MS
        print("\n| target | limit | found | |\n| --- | --- | --- | --- |")
        print(f"| a whole `signer attest`, P-256 | {ATTEST_MS} ms | {median:.1f} ms | {'MISSED' if missed else 'met'} |")
        return missed

    def rates(self, key):
        """Signatures a second, by (who, threads), each the median of five interleaved runs."""
        cases = [(who, threads) for threads in self.options.threads for who in ("bare", "ours")]
        taken = {case: [] for case in cases}
        for _ in range(5):
            for who, threads in cases:
                words = [self.rate, who, self.options.module, LABEL, key, str(threads), str(self.options.seconds)]
                count, seconds = self.output(words).split()
                taken[who, threads].append(int(count) / float(seconds))
        print(f"measured: {key} in one process", file=sys.stderr)
        return {case: statistics.median(rates) for case, rates in taken.items()}

    def processes(self, key):
        commands = {tool.name: made for tool in self.tools if (made := tool.sign_with(key, self.file))}
        figures, failures = measure.interleaved(commands, self.options.rounds, memory=False)
        self.left_out.update({f"{tool} ({key})": reason for tool, reason in failures.items()})
        if "signer" in failures:
            raise measure.Failed(failures["signer"])
        print(f"measured: {key}, a process for each signature", file=sys.stderr)
        return figures


def print_rates(key, rates):
    print(f"\n### {key}: signatures a second in one process\n\n| threads | C_Sign | our library | / C_Sign |")
    print("| --- | --- | --- | --- |")
    for threads in sorted({threads for _, threads in rates}):
        bare, ours = rates["bare", threads], rates["ours", threads]
        print(f"| {threads} | {bare:.0f} | {ours:.0f} | {ours / bare:.2f} |")


def print_processes(key, figures):
    print(f"\n### {key}: a process for each signature\n\n| tool | median | min | cpu | / signer |")
    print("| --- | --- | --- | --- | --- |")
    signer = figures["signer"]
    for tool, row in sorted(figures.items(), key=lambda item: item[1]["median"]):
        ratio = statistics.median(a / b for a, b in zip(row["times"], signer["times"]))
        cpu = 1000 * row["cpu"] / len(row["times"])
        print(f"| {tool} | {1000 * row['median']:.1f} ms | {1000 * row['min']:.1f} ms | {cpu:.1f} ms | {ratio:.2f} |")


if __name__ == "__main__":
    main()
