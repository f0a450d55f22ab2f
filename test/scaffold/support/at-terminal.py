"""Runs a program at a terminal and plays the person in front of it.

at-terminal.py '[["wait for this text", "then type this"], ...]' program argument ...

Prints a JSON object: the exit status, and what was on the terminal without
escape sequences.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    # A new terminal has no size, and nothing can be drawn on it.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")
raw = b""
seen = 0
deadline = time.monotonic() + 280
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        raw += data
    text = ESCAPES.sub("", raw.decode("utf8", "replace"))
    if steps and steps[0][0] in text[seen:]:
        seen = len(text)
        for key in steps[0][1]:
            os.write(terminal, key.encode())
            time.sleep(0.03)
        steps.pop(0)
else:
    os.kill(pid, 9)

_, status = os.waitpid(pid, 0)
print(
    json.dumps(
        {
            "status": os.waitstatus_to_exitcode(status),
            "output": ESCAPES.sub("", raw.decode("utf8", "replace")),
            "left": [step[0] for step in steps],
        }
    )
)
