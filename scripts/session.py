#!/usr/bin/python3
"""Draws a terminal session as SVG: runs the commands with the binary on a terminal of 80 columns and prints the picture.
usage: scripts/session.py BINARY >docs/session.svg"""
import html
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

COLUMNS, CELL, LINE, MARGIN = 80, 8.4, 18, 14
COLOURS = {"31": "#f47067", "32": "#57ab5a", "33": "#c69026", "34": "#539bf5", "35": "#b083f0", "36": "#39c5cf",
           "1": None, "2": "#768390"}


def on_terminal(command, environment, answer=None):
    """What the command shows on a terminal of its own; `answer` is typed when it asks."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("sh", ["sh", "-c", f"stty cols {COLUMNS} rows 200; exec {command}"], environment)
    shown, answered = b"", False
    while True:
        try:
            select.select([terminal], [], [], 60)
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if answer and not answered and shown.rstrip().endswith(b"[y/N]"):
            os.write(terminal, answer.encode() + b"\n")
            answered = True
    os.waitpid(pid, 0)
    return shown.decode(errors="replace").replace("\r\n", "\n")


def without_progress(text):
    """The lines as they are in the end: what a carriage return or an erased line has replaced is left out."""
    lines = []
    for line in text.split("\n"):
        line = re.split(r"\r|\x1b\[2K|\x1b\[K", line)
        lines.append(next((part for part in reversed(line) if part), ""))
    return re.sub(r"\x1b\[[0-9;?]*[A-LN-Zh-ln-z]", "", "\n".join(lines)).rstrip("\n").split("\n")


def spans(line):
    style = ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            codes = part[2:-1].split(";")
            if codes in ([""], ["0"]):
                style = ""
            for code in codes:
                if code == "1":
                    style += ' font-weight="bold"'
                elif COLOURS.get(code):
                    style += f' fill="{COLOURS[code]}"'
        elif part:
            yield f"<tspan{style}>{html.escape(part)}</tspan>"


def picture(lines):
    width, height = COLUMNS * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
           f'height="{height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#adbac7">')
    yield '<rect width="100%" height="100%" rx="8" fill="#22272e"/>'
    for number, line in enumerate(lines):
        yield (f'<text x="{MARGIN}" y="{MARGIN + 13 + number * LINE}" xml:space="preserve">'
               + "".join(spans(line)) + "</text>")
    yield "</svg>"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory() as home:
        os.symlink(binary, home + "/hookferry")
        environment = {"PATH": f"{home}:{os.environ['PATH']}", "HOME": home, "TERM": "xterm-256color", "PAGER": "cat",
                       "LC_ALL": "C.UTF-8"}
        with open(home + "/printed", "w+") as printed:
            sandbox = subprocess.Popen([binary, "sandbox", "--demo"], stdout=printed, env=environment)
            try:
                config = None
                while config is None and sandbox.poll() is None:
                    time.sleep(0.05)
                    config = re.search(r"HOOKFERRY_CONFIG=(\S+)", open(home + "/printed").read())
                environment["HOOKFERRY_CONFIG"] = config[1]
                lines = []
                for command, answer in (("hookferry diff eu us --type pager_duty,webhook", None),
                                        ("hookferry migrate eu us --type pager_duty,webhook", "y"),
                                        ("hookferry undo --last", "y")):
                    lines += [f"\x1b[1m$ {command}\x1b[0m"]
                    lines += [line.replace(home, "~") for line in without_progress(on_terminal(command, environment, answer))]
                    lines.append("")
            finally:
                sandbox.send_signal(signal.SIGTERM)
                sandbox.wait()
    print("\n".join(picture(lines[:-1])))


main()
