"""The tools that are compared: how each is found, given a key, and asked to do the same work."""

import os
import shutil
import subprocess

import measure


class Missing(Exception):
    """A tool that is not here."""


class Tool:
    """One tool; a method gives None for what the tool does not do."""

    name = ""
    binaries = ()
    required = False
    about = ""

    def __init__(self, options, folder, environment):
        self.binary = self.find(options)
        self.folder = folder / self.name
        self.folder.mkdir()
        self.environment = dict(environment)
        self.prepare()

    def find(self, options):
        folders = [str(options.peers)] if options.peers else []
        path = os.pathsep.join([*folders, os.environ.get("PATH", "")])
        for name in self.binaries or (self.name,):
            if found := shutil.which(name, path=path):
                return os.path.abspath(found)
        raise Missing(f"not found in {' or '.join([*folders, 'PATH'])}")

    def prepare(self):
        """Makes a key."""

    def close(self):
        """Ends what was started."""

    def start(self):
        return None

    def sign(self, file):
        return None

    def verify(self, file):
        return None

    def sign_folder(self, folder):
        return None

    def verify_folder(self, folder):
        return None

    def command(self, *words):
        return measure.Command([self.binary, *words], self.environment, self.folder)

    def must(self, *words):
        """Runs a command of the preparation."""
        place = {"env": self.environment, "cwd": self.folder, "stdin": subprocess.DEVNULL}
        done = subprocess.run(words, **place, capture_output=True, check=False)
        if done.returncode != 0:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise measure.Failed(f"`{' '.join(words)[:120]}` exited with {done.returncode}: {' '.join(last)[:200]}")


class EmptyClap(Tool):
    name = "empty-clap"
    required = True
    about = "an empty program with a command line: the limit of starting"

    def find(self, options):
        return built(options.references / self.name)

    def start(self):
        return self.command("--version")

    def verify(self, file):
        return self.command("--version") if file.stat().st_size <= 1024 else None


class ReadAndHash(Tool):
    name = "read-and-hash"
    required = True
    about = "open, read 64 KiB, SHA-256: the limit of binding a file, on one core"

    def find(self, options):
        return built(options.references / self.name)

    def sign(self, file):
        return self.command(file)

    verify = sign

    def sign_folder(self, folder):
        # all names fit into one command line when they are short
        files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return measure.Command([self.binary, *files], self.environment, folder)

    verify_folder = sign_folder


class Signer(Tool):
    name = "signer"
    required = True
    about = "Ed25519 over SLSA provenance that names the SHA-256"

    def find(self, options):
        return built(options.signer)

    def prepare(self):
        self.must(self.binary, "key", "generate", "--algorithm", "ed25519", "--no-password", "--out", "key")

    def start(self):
        return self.command("--version")

    def sign(self, file):
        return self.command(*self.attest, "--bundle", f"{file.name}.json", file)

    def verify(self, file):
        self.ensure(self.sign(file))
        return self.command("verify", "--key", "key.pub", "--bundle", f"{file.name}.json", file)

    sign_folder = sign
    verify_folder = verify

    attest = ("attest", "--key", "key", "--identity", "urn:example:bench", "--build-context", "none", "--force")

    def ensure(self, sign):
        if not (self.folder / sign.argv[sign.argv.index("--bundle") + 1]).exists():
            sign.run()


class FileSigner(Tool):
    """A tool that signs a file into another; subclasses say how."""

    def signature(self, file):
        return self.folder / f"{file.name}.sig"

    def verify(self, file):
        if not self.signature(file).exists():
            self.sign(file).run()
        return self.check(file)

    def check(self, file):
        raise NotImplementedError


class Minisign(FileSigner):
    name = "minisign"
    about = "Ed25519 over BLAKE2b"

    def prepare(self):
        self.must(self.binary, "-G", "-W", "-p", "pub", "-s", "key")

    def start(self):
        return self.command("-v")

    def sign(self, file):
        return self.command("-S", "-s", "key", "-x", self.signature(file), "-m", file)

    def check(self, file):
        return self.command("-V", "-p", "pub", "-x", self.signature(file), "-m", file)


class Signify(FileSigner):
    name = "signify"
    binaries = ("signify-openbsd", "signify")
    about = "Ed25519 over the whole file in memory"

    def prepare(self):
        self.must(self.binary, "-G", "-n", "-p", "key.pub", "-s", "key.sec")

    def sign(self, file):
        return self.command("-S", "-s", "key.sec", "-x", self.signature(file), "-m", file)

    def check(self, file):
        return self.command("-V", "-p", "key.pub", "-x", self.signature(file), "-m", file)


class Openssl(FileSigner):
    name = "openssl"
    about = "dgst: ECDSA P-256 over SHA-256"

    def prepare(self):
        self.must(self.binary, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key")
        self.must(self.binary, "pkey", "-in", "key", "-pubout", "-out", "pub")

    def start(self):
        return self.command("version")

    def sign(self, file):
        return self.command("dgst", "-sha256", "-sign", "key", "-out", self.signature(file), file)

    def check(self, file):
        return self.command("dgst", "-sha256", "-verify", "pub", "-signature", self.signature(file), file)


class Gpg(FileSigner):
    name = "gpg"
    about = "Ed25519 over SHA-512, the agent running"

    def prepare(self):
        self.environment["GNUPGHOME"] = str(self.folder)
        self.folder.chmod(0o700)
        self.must(self.binary, "--batch", "--passphrase", "", "--quick-generate-key", "bench@example.org", "ed25519")

    def start(self):
        return self.command("--version")

    def sign(self, file):
        return self.command("--batch", "--yes", "--detach-sign", "-o", self.signature(file), file)

    def check(self, file):
        return self.command("--batch", "--verify", self.signature(file), file)

    def close(self):
        if gpgconf := shutil.which("gpgconf"):
            subprocess.run([gpgconf, "--kill", "all"], env=self.environment, check=False)


class Cosign(FileSigner):
    name = "cosign"
    about = "sign-blob and verify-blob with a key, no log, ECDSA P-256 over SHA-256"

    def prepare(self):
        self.environment["COSIGN_PASSWORD"] = ""
        self.must(self.binary, "generate-key-pair")
        kinds = {"services": "signingconfig.v0.2+json", "root": "trustedroot+json;version=0.1"}
        for name, kind in kinds.items():  # without any service or authority, so that nothing is fetched
            (self.folder / name).write_text(f'{{"mediaType":"application/vnd.dev.sigstore.{kind}"}}')

    def start(self):
        return self.command("version")

    def sign(self, file):
        services = ("--signing-config", "services", "--trusted-root", "root")
        return self.command(
            "sign-blob", "--yes", "--key", "cosign.key", *services, "--bundle", self.signature(file), file
        )

    def check(self, file):
        ignore = "--insecure-ignore-tlog"  # a key-only bundle carries no log entry
        return self.command("verify-blob", "--key", "cosign.pub", ignore, "--bundle", self.signature(file), file)


class Notation(Tool):
    name = "notation"
    about = "start only: its releases sign images in registries, not files"

    def start(self):
        return self.command("version")


class SlsaVerifier(Tool):
    name = "slsa-verifier"
    about = "start only: it cannot verify with a key of one's own"

    def start(self):
        return self.command("version")


class Witness(Tool):
    name = "witness"
    about = "start only"

    def start(self):
        return self.command("version")


class SigstoreGo(Tool):
    name = "sigstore-go-conformance"
    about = "nothing: it has no version command, and refuses bundles without log entries"


def built(path):
    if not os.access(path, os.X_OK):
        raise Missing(f"{path} is not built")
    return str(path.resolve())


ALL = (
    EmptyClap,
    ReadAndHash,
    Signer,
    Minisign,
    Signify,
    Openssl,
    Gpg,
    Cosign,
    Notation,
    SlsaVerifier,
    Witness,
    SigstoreGo,
)
