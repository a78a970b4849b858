"""A wire between two network namespaces: two TUN devices, and what networks do to packets between them.

Takes one JSON object a line from standard input, and answers "ok": delayMs, loss and reorder (0 to 1), bytesPerSecond (0: without
bound), cut ("", "ab", "ba" or "both"). Knows nothing of what the packets are. Ends with its standard input.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
QUEUE_SECONDS = 0.2


def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


class Direction:
    def __init__(self, out, name):
        self.out = out
        self.name = name
        self.free_at = 0.0

    def departure(self, packet, rules, now, chance):
        """When it arrives; None where it is lost."""
        if rules["cut"] in (self.name, "both") or chance.random() < rules["loss"]:
            return None
        at = now
        if rules["bytesPerSecond"] > 0:
            if self.free_at - now > QUEUE_SECONDS:
                return None
            at = max(now, self.free_at) + len(packet) / rules["bytesPerSecond"]
            self.free_at = at
        at += rules["delayMs"] / 1000
        if chance.random() < rules["reorder"]:
            at += (5 + rules["delayMs"]) / 1000 * chance.random()
        return at


def main(name_a, name_b):
    a, b = tun(name_a), tun(name_b)
    ways = {a: Direction(b, "ab"), b: Direction(a, "ba")}
    rules = {"delayMs": 0, "loss": 0, "reorder": 0, "bytesPerSecond": 0, "cut": ""}
    chance = random.Random(1)
    under_way, count, commands = [], 0, b""
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            _, _, out, packet = heapq.heappop(under_way)
            try:
                os.write(out, packet)
            except OSError:
                pass  # The device is down, or full: lost, as on any wire.
        wait = max(0, under_way[0][0] - now) if under_way else None
        for fd in select.select([a, b, 0], [], [], wait)[0]:
            if fd == 0:
                got = os.read(0, 4096)
                if not got:
                    return
                *lines, commands = (commands + got).split(b"\n")
                for line in lines:
                    rules.update(json.loads(line))
                    print("ok", flush=True)
                continue
            try:
                packet = os.read(fd, 65536)
            except OSError:
                time.sleep(0.001)  # The device is down.
                continue
            at = ways[fd].departure(packet, rules, time.monotonic(), chance)
            if at is not None:
                count += 1
                heapq.heappush(under_way, (at, count, ways[fd].out, packet))


main(*sys.argv[1:3])
