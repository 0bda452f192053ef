"""Runs every command of the program over hostile files, and measures time and memory.

    hostile.py PROGRAM FOLDER ... [--files N | --all] [--seed N] [--seconds S] [--memory MB] [--commands NAME,...]

PROGRAM is `memtiff`; each FOLDER holds files (searched recursively), of which N are drawn at random. For each command the
slowest file and the largest peak of resident memory are printed. A crash (a signal, exit code 101, "panicked" on standard
error), a run that takes longer than S seconds, and one that takes more memory than allowed are failures.

The memory that is allowed by default is 4,608 MB: the library's default limit of 4 GiB for one operation, and 512 MB for the
file, the output and the program. The time is measured in this process, so leave a processor free.
"""

import argparse
import collections
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

OUTPUTS = {"read": "out.npy", "preview": "out.png"}
COMMANDS = {
    "info": ["info", "--json", "FILE"],
    "bounds": ["bounds", "FILE"],
    "check": ["check", "FILE"],
    "validate": ["validate", "FILE"],
    "stats": ["stats", "FILE"],
    "sample": ["sample", "--own", "FILE", "0", "0", "5.5", "7.5"],
    "preview": ["preview", "FILE", "OUT"],
    "read": ["read", "FILE", "-o", "OUT"],
    "convert": ["convert", "FILE", "OUT"],
    "cog": ["cog", "FILE", "OUT"],
    "overviews": ["overviews", "FILE", "2", "4", "-o", "OUT"],
    "edit": ["edit", "FILE", "--tag", "A=B", "-o", "OUT"],
}
# The kernel counts resident memory in kilobytes.
KILOBYTES = 1024


def run(command, folder, seconds):
    """Exit code (None after the time limit), seconds, peak megabytes, and standard error of a child process."""
    errors = folder / "stderr"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, str(errors), flags, 0o600),
    ]
    start = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    pause, killed = 0.001, False
    while True:
        found, status, usage = os.wait4(child, os.WNOHANG)
        taken = time.monotonic() - start
        if found:
            break
        if taken > seconds and not killed:
            os.kill(child, signal.SIGKILL)
            killed = True
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    code = None if killed else os.waitstatus_to_exitcode(status)
    return code, taken, usage.ru_maxrss / KILOBYTES, errors.read_text(errors="replace")


def problem(code, taken, megabytes, said, arguments):
    """What is wrong with a run; nothing if it is as it should be."""
    if code is None:
        return f"longer than {arguments.seconds:g} s"
    if code < 0:
        return f"ended by signal {-code}"
    if code == 101 or "panicked" in said:
        return f"crashed: {said.strip()[:200]}"
    if megabytes > arguments.memory:
        return f"{megabytes:.0f} MB"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--files", type=int, default=200, help="drawn at random")
    parser.add_argument("--all", action="store_true", help="all files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10, help="that a run may take")
    parser.add_argument("--memory", type=float, default=4608, help="megabytes that a run may take")
    parser.add_argument("--commands", default=",".join(COMMANDS), help="separated by commas")
    arguments = parser.parse_args()

    files = sorted(file for folder in arguments.folders for file in folder.rglob("*") if file.is_file())
    if not arguments.all:
        files = sorted(random.Random(arguments.seed).sample(files, min(arguments.files, len(files))))
    program, failures = str(arguments.program.resolve()), []
    print(f"{'command':<10} {'runs':>6} {'exit 0':>7} {'slowest':>9} {'peak':>9}  files")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        for name in arguments.commands.split(","):
            slowest, largest, codes = (0, None), (0, None), collections.Counter()
            for file in files:
                out = work / "out"
                out.mkdir()
                output = str(out / OUTPUTS.get(name, "out.tif"))
                words = [{"FILE": str(file), "OUT": output}.get(word, word) for word in COMMANDS[name]]
                code, taken, megabytes, said = run([program, *words], work, arguments.seconds)
                codes[code] += 1
                slowest = max(slowest, (taken, file.name), key=lambda pair: pair[0])
                largest = max(largest, (megabytes, file.name), key=lambda pair: pair[0])
                wrong = problem(code, taken, megabytes, said, arguments)
                if wrong is None and code != 0 and any(out.iterdir()):
                    wrong = f"exit code {code}, and files are left: {sorted(path.name for path in out.iterdir())}"
                if wrong is not None:
                    failures.append(f"{name} {file}: {wrong}")
                shutil.rmtree(out)
            times = f"{slowest[0]:>7.2f} s {largest[0]:>6.0f} MB"
            print(f"{name:<10} {len(files):>6} {codes[0]:>7} {times}  {slowest[1]}, {largest[1]}", flush=True)
    for failure in failures[:100]:
        print("FAILED", failure)
    if failures:
        sys.exit(f"{len(failures)} runs failed")


if __name__ == "__main__":
    main()
