"""Plays a Renode with simtiny's plugin from a recorded conversation: python standin.py CONVERSATION TOLD [FAULT NUMBER]

It takes the arguments that Renode is started with, finds the port in the script that these name, and sends the recorded
chunks. Where simtiny spoke in the recording it waits for its lines; those that tell no pace go to the file TOLD.

FAULT, before the chunk of that number: `dies`, `hangs`, `errs` (says so on its monitor, as Renode does), `foreign` (a
chunk of another kind), `damaged`, `leaves` (closes the line, and goes on), or `deaf` (never connects).
"""

import gzip
import re
import socket
import struct
import sys
import time
import zlib
from pathlib import Path

MAGIC_BYTES, HEAD = 17, struct.Struct("<4sII")
PACE = ("go", "monitor")  # of lines that follow the count from question to question
ENDS = ("go", "memory", "registers")  # of an answer
LONG_S = 60


def main(recording: str, told: str, *rest: str) -> None:
    fault, number = (rest[0], int(rest[1])) if len(rest) > 2 and rest[1].isdigit() else ("", -1)
    if fault == "deaf":
        time.sleep(LONG_S)
    script = re.search(r"include @(.*)$", rest[-1])
    assert script is not None
    text = Path(script[1].replace("\\ ", " ")).read_text()
    port = re.search(r"^cpu SimtinyConnect (\d+)$", text, re.MULTILINE)
    assert port is not None
    data = gzip.decompress(Path(recording).read_bytes())
    line = socket.create_connection(("127.0.0.1", int(port[1])))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = line.makefile("r", encoding="ascii")
    line.sendall(data[:MAGIC_BYTES])
    at, count = MAGIC_BYTES, 0
    with Path(told).open("w") as heard:
        while at < len(data):
            kind, size, _ = HEAD.unpack_from(data, at)
            chunk = data[at : at + HEAD.size + size]
            at += len(chunk)
            if kind == b"TOLD":
                for answer in iter(answers.readline, ""):
                    word = answer.split()[0]
                    if word not in PACE:
                        heard.write(answer)
                        heard.flush()
                    if word in ENDS:
                        break
                continue
            if count == number:
                chunk = spoilt(fault, chunk, line)
            line.sendall(chunk)
            count += 1
    sys.stdin.read()  # as the monitor


def spoilt(fault: str, chunk: bytes, line: socket.socket) -> bytes:
    if fault == "dies":
        print("Segmentation fault", flush=True)
        sys.exit(139)
    if fault == "errs":
        print("\033[;031mThere was an error executing command 'start'\r\nCPU abort\r\n\033[0m", flush=True)
        time.sleep(LONG_S)
    if fault == "hangs":
        time.sleep(LONG_S)
    if fault == "leaves":
        line.shutdown(socket.SHUT_RDWR)
        time.sleep(LONG_S)
    if fault == "foreign":
        return HEAD.pack(b"WHAT", 1, zlib.crc32(b"WHAT!")) + b"!"
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


if __name__ == "__main__":
    main(*sys.argv[1:])
