"""Running commands and measuring wall time, processor time and peak memory."""

import os
import platform
import statistics
import time

# A tool that takes longer than this is run SLOW_ROUNDS times only.
SLOW_SECONDS = 3
SLOW_ROUNDS = 3


class Failed(Exception):
    """A command that did not do its work."""


class Command:
    """A command with its environment and the folder that it runs in."""

    def __init__(self, argv, environment, folder):
        self.argv = [str(word) for word in argv]
        self.environment = environment
        self.folder = folder

    def spawn(self):
        os.chdir(self.folder)
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        return os.posix_spawn(self.argv[0], self.argv, self.environment, file_actions=null)

    def run(self):
        """Wall time and processor time in seconds; raises unless the exit status is 0."""
        begin = time.perf_counter()
        _, status, usage = os.wait4(self.spawn(), 0)
        wall = time.perf_counter() - begin
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            raise Failed(f"`{' '.join(self.argv)[:200]}` exited with {code}")
        return wall, usage.ru_utime + usage.ru_stime

    def peak_memory(self):
        """Peak resident bytes, as the kernel counts them for the command itself.

        `ru_maxrss` would begin with the memory of this interpreter, which starts the command, so
        the high-water mark is read while the command runs.
        """
        peak = 0
        pid = self.spawn()
        try:
            with open(f"/proc/{pid}/status", encoding="ascii") as status:
                while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                    status.seek(0)
                    peak = max(peak, high_water_mark(status.read()))
                    time.sleep(0.0005)
        finally:
            os.waitpid(pid, 0)
        return peak


def high_water_mark(status):
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def interleaved(commands, rounds, memory):
    """Figures by tool, and why some have none. Each round runs every command once."""
    failures = {}
    samples = {}
    for tool, command in commands.items():
        try:
            command.run()  # warms the caches, and shows whether it works
            samples[tool] = []
        except (Failed, OSError) as reason:
            failures[tool] = str(reason)
    for number in range(rounds):
        for tool, taken in samples.items():
            if number < SLOW_ROUNDS or taken[0][0] < SLOW_SECONDS:
                taken.append(commands[tool].run())
    figures = {tool: summary(taken) for tool, taken in samples.items()}
    if memory:
        for tool, row in figures.items():
            row["memory"] = commands[tool].peak_memory()
    return figures, failures


def summary(taken):
    times = [wall for wall, _ in taken]
    return {
        "median": statistics.median(times),
        "min": min(times),
        "wall": sum(times),
        "cpu": sum(cpu for _, cpu in taken),
        "times": times,
    }


def environment(folder):
    """What tools may see: a home of their own, and no password to ask for."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "XDG_CONFIG_HOME": str(home), "LC_ALL": "C"}


def machine():
    model = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as text:
            model = next((line.split(":", 1)[1].strip() for line in text if line.startswith("model name")), model)
    except OSError:
        pass
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} x {model}, {platform.system()} {platform.release()}, load {load}\n"
