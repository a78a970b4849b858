"""A tautline client in Python, written from PROTOCOL.md alone: what a stranger needs, and nothing more.

Needs Python 3.9 or newer, and msgpack (Debian: python3-msgpack). One thread, one connection: `open` begins a call, and
whoever waits for an answer reads frames for all calls. `probe.py` shows it in use.
"""

import itertools
import socket
import ssl
import struct

import msgpack

# Kinds of frames, and flags (PROTOCOL.md §4).
HELLO, OPEN, MESSAGE, HEAD, END, CANCEL = 1, 2, 3, 4, 5, 6
WINDOW, PING, PONG, DRAIN, DRAIN_ACK, GOAWAY = 7, 8, 9, 10, 11, 12
FIRST, LAST, FIN, ONE_WAY = 1, 2, 4, 8

FRAGMENT = 16_384  # or what the server's maxFrameBytes leaves room for
OVERHEAD = 32  # what a message costs besides its bytes (§8.2)

# What we accept (§5); what is missing has its default.
OURS = {"window": 65_536, "connectionWindow": 131_072, "agent": "tautline.py"}
DEFAULTS = {"window": 262_144, "connectionWindow": 1_048_576, "reserve": 16_384, "maxFrameBytes": 65_536}


def encode(value):
    return msgpack.packb(value, datetime=True)


def decode(data):
    # Extension 0 stands for `undefined` (§10.1), which a language without it may read as nil.
    return msgpack.unpackb(data, timestamp=3, ext_hook=lambda code, _: None)


class Failure(Exception):
    """A call that ended with a code other than 0 (§6.4, §9.2)."""

    def __init__(self, code, outcome):
        super().__init__(outcome.get("message", f"code {code}"))
        self.code, self.outcome = code, outcome


class Call:
    """One stream, from its opener's side (§6)."""

    def __init__(self, connection, stream, credit):
        self.connection, self.stream = connection, stream
        self.credit = credit  # what we may still send on it
        self.unreturned = 0  # what we consumed of it, and owe the server as credit
        self.messages = []  # whole and not taken yet
        self.partial = b""
        self.metadata, self.trailers = {}, {}
        self.outcome = None  # (code, map) once the server has ended

    def send(self, item, last=False):
        """Sends one item of our stream, in fragments where it is long (§7)."""
        body = encode(item)
        self.connection.await_credit(self, OVERHEAD + len(body))
        self.connection.send_fragments(self, body, FIN if last else 0)

    def end(self):
        """No more items."""
        self.connection.send(END, 0, self.stream, b"\0")

    def cancel(self, code=1, reason=""):
        self.connection.send(CANCEL, 0, self.stream, bytes([code]) + reason.encode())

    def items(self):
        """What the server streams. Taking an item returns its credit (§8.6)."""
        while True:
            while not self.messages and self.outcome is None:
                self.connection.read()
            if not self.messages:
                break
            body = self.messages.pop(0)
            self.connection.consumed(self, OVERHEAD + len(body))
            yield decode(body)
        if self.outcome[0] != 0:
            raise Failure(*self.outcome)

    def result(self):
        """The one answer of a unary call or a client stream."""
        (answer,) = self.items()
        return answer


class Connection:
    def __init__(self, host, port, *, ca, cert, key):
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(cert, key)
        context.set_alpn_protocols(["tautline/1"])
        self.socket = context.wrap_socket(socket.create_connection((host, port)), server_hostname=host)
        if self.socket.selected_alpn_protocol() != "tautline/1":
            raise ConnectionError("the server does not speak tautline/1")
        self.calls = {}
        self.ids = itertools.count(1, 2)  # a client's are odd (§6.1)
        self.last = 0
        self.pongs = []
        self.draining = False
        self.goaway = None
        self.received = self.returned = 0  # cost of messages, and credit of the connection that went back

        # Both sides say HELLO first, without waiting for the other's (§5).
        self.send(HELLO, 0, 0, b"TAUT\x01" + encode(OURS))
        kind, _, _, fields = self.frame()
        if kind != HELLO or fields[:5] != b"TAUT\x01":
            raise ConnectionError("the server's first frame is no HELLO of version 1")
        self.settings = {**DEFAULTS, **decode(fields[5:])}
        self.credit = self.settings["connectionWindow"]

    # Frames: length ‖ kind ‖ flags ‖ stream ‖ fields (§3, §4).

    def send(self, kind, flags, stream, fields=b""):
        self.socket.sendall(struct.pack("!IBBI", 6 + len(fields), kind, flags, stream) + fields)

    def frame(self):
        (length,) = struct.unpack("!I", self.exactly(4))
        kind, flags, stream = struct.unpack("!BBI", self.exactly(6))
        return kind, flags, stream, self.exactly(length - 6)

    def exactly(self, size):
        chunks = bytearray()
        while len(chunks) < size:
            chunk = self.socket.recv(size - len(chunks))
            if not chunk:
                raise ConnectionError("the server closed the connection")
            chunks += chunk
        return bytes(chunks)

    # Calls.

    def open(self, path, *arguments, items=False, one_way=False, timeout_ms=0, metadata=None):
        """Begins a call. `items`: we stream some afterwards, by `send` and `end`."""
        if self.draining:
            raise ConnectionError("the server drains: new calls belong on another connection (§12)")
        self.last = next(self.ids)
        call = Call(self, self.last, self.settings["window"])
        if not one_way:
            self.calls[call.stream] = call
        encoded = b"" if metadata is None else encode(metadata)
        name, body = path.encode(), encode(list(arguments))
        self.await_credit(call, OVERHEAD + len(encoded) + len(body))
        opening = struct.pack("!IB", timeout_ms, len(name)) + name + struct.pack("!H", len(encoded)) + encoded
        flags = (0 if items else FIN) | (ONE_WAY if one_way else 0)
        self.send_fragments(call, body, flags, opening)
        return call

    def call(self, path, *arguments, **options):
        """A unary call."""
        return self.open(path, *arguments, **options).result()

    def send_fragments(self, call, body, final, opening=None):
        """One message (§7): FIN goes with its last fragment; an OPEN carries the first, and ONE_WAY with it."""
        # Beside the fragment, a frame has its header, and the first one a total and what OPEN says.
        size = min(FRAGMENT, self.settings["maxFrameBytes"] - 10 - len(opening or b""))
        for start in range(0, len(body), size):
            first, last = start == 0, start + size >= len(body)
            flags = (LAST | final & FIN) if last else 0
            fields = struct.pack("!I", len(body)) if first and not last else b""
            fields += body[start : start + size]
            if first and opening is not None:
                self.send(OPEN, flags | final & ONE_WAY, call.stream, opening + fields)
            else:
                self.send(MESSAGE, flags | (FIRST if first else 0), call.stream, fields)

    # Flow control (§8).

    def await_credit(self, call, cost):
        """A message may begin while stream and connection have credit; its whole cost is taken then."""
        while not (call.credit > 0 and (self.credit > 0 or self.may_use_reserve(call, cost))):
            if call.outcome is not None:
                raise Failure(*call.outcome)
            self.read()
        call.credit -= cost
        self.credit -= cost

    def may_use_reserve(self, call, cost):
        return call.credit >= self.settings["window"] and cost <= self.settings["reserve"]

    def consumed(self, call, cost):
        """Returns credit as soon as it is owed; batches would save frames."""
        self.returned += cost
        self.send(WINDOW, 0, 0, struct.pack("!I", cost))
        if call is not None and call.outcome is None:
            self.send(WINDOW, 0, call.stream, struct.pack("!I", cost))

    # What arrives.

    def read(self):
        """Takes one frame and does what it asks."""
        kind, flags, stream, fields = self.frame()
        call = self.calls.get(stream)
        if kind == MESSAGE:
            self.take_fragment(call, flags, fields)
        elif kind == HEAD and call is not None:
            call.metadata = decode(fields)
        elif kind == END and call is not None:
            self.over(call, fields[0], decode(fields[1:]) if len(fields) > 1 else {})
        elif kind == WINDOW:
            (credit,) = struct.unpack("!I", fields)
            if stream == 0:
                self.credit += credit
            elif call is not None:
                call.credit += credit
        elif kind == PING:
            self.send(PONG, 0, 0, fields)
        elif kind == PONG:
            self.pongs.append(fields)
        elif kind == DRAIN:
            self.draining = True
            self.send(DRAIN_ACK, 0, 0, struct.pack("!I", self.last))
        elif kind == GOAWAY:
            self.goaway = (fields[0], struct.unpack("!I", fields[1:5])[0], fields[5:].decode())
        elif kind == OPEN:
            # The server may open streams too (§2.5); we serve nothing.
            self.send(END, 0, stream, bytes([12]) + encode({"executed": "no"}))

    def take_fragment(self, call, flags, fields):
        if flags & FIRST:
            size = len(fields) if flags & LAST else struct.unpack("!I", fields[:4])[0]
            self.received += OVERHEAD + size
            if call is None:  # it crossed our END or CANCEL: its credit returns, the rest is ignored (§6.3)
                return self.consumed(None, OVERHEAD + size)
            fields = fields if flags & LAST else fields[4:]
        if call is None:
            return None
        call.partial += fields
        if flags & LAST:
            call.messages.append(call.partial)
            call.partial = b""
        if flags & FIN:
            self.over(call, 0, {})

    def over(self, call, code, outcome):
        call.outcome = (code, outcome)
        call.trailers = outcome.get("trailers", {})
        del self.calls[call.stream]

    def ping(self, opaque=b"ping-tau"):
        self.send(PING, 0, 0, opaque)
        while not self.pongs:
            self.read()
        return self.pongs.pop()

    def close(self):
        """Tells the server that it is on purpose (§13), and closes."""
        self.send(GOAWAY, 0, 0, struct.pack("!BI", 0, 0))
        self.socket.close()
