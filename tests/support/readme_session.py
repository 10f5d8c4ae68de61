#!/usr/bin/python3
"""Types the console sessions of a Markdown file into one shell and holds each answer to what the file shows.

usage: readme_session.py FILE URL      URL stands in for localhost:8000; the shell starts in FILE's folder

A session is a ```console block: lines after "$ " are typed (a line ending in \\ goes on in the next), the lines up to the
next "$ " are what must come out, to the letter (but for how many ms it took).
"""
import os
import re
import subprocess
import sys


def sessions(text):
    """(command, expected output) of every console block, in order."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        lines = iter(block.splitlines())
        command, output = None, []
        for line in lines:
            if line.startswith("$ "):
                if command is not None:
                    yield command, output
                command, output = line[2:], []
                while command.endswith("\\"):
                    command += "\n" + next(lines)
            else:
                output.append(line)
        if command is not None:
            yield command, output


def timeless(lines):
    return [re.sub(r"\b[0-9.]+ ms\b", "… ms", line) for line in lines]


def main():
    path, url = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        steps = list(sessions(file.read()))
    assert steps, f"{path} shows no session"
    shell = subprocess.Popen(["bash"], cwd=os.path.dirname(os.path.abspath(path)), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wrong = 0
    for number, (command, expected) in enumerate(steps):
        mark = f"---- end of {number} ----"
        shell.stdin.write(command.replace("localhost:8000", url.removeprefix("http://")) + f"\necho; echo '{mark}'\n")
        shell.stdin.flush()
        got = []
        for line in shell.stdout:
            if line.rstrip("\n") == mark:
                break
            got.append(line.rstrip("\n"))
        while got and not got[-1]:
            got.pop()
        if timeless(got) != timeless(expected):
            wrong += 1
            print(f"{path}: $ {command}\n  shows {expected}\n  gives {got}")
    shell.stdin.close()
    shell.wait(10)
    print(f"{len(steps) - wrong} commands as shown, {wrong} not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
