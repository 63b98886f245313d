"""What surrounds a HAProxy whose promises are tried: an agent that changes its mind, a name server
whose addresses change, a disk that takes its time, a clock that jumps."""

import contextlib
import socket
import socketserver
import struct
import subprocess
import threading

from harness import free_port
from parts import Served
from storage_faults import ClockJumped


class ChangingAgent(Served):
    """Answers every agent check with its present words."""

    def __init__(self, words):
        self.words = words
        self.asked = 0
        agent = self

        class Talk(socketserver.BaseRequestHandler):
            def handle(self):
                agent.asked += 1
                self.request.sendall(f"{agent.words}\n".encode())

        super().__init__(Talk)


class NameServer(contextlib.AbstractContextManager):
    """Answers every question with its present IPv4 addresses."""

    A, IN, TTL = 1, 1, 0

    def __init__(self, *addresses):
        self.addresses = list(addresses)
        self.port = free_port(socket.SOCK_DGRAM)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):  # it wakes the thread, though nothing is connected
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                question, client = self._socket.recvfrom(4096)
                if not question:
                    return
                self._socket.sendto(self._answer(question), client)

    def _answer(self, question):
        end = question.index(b"\0", 12) + 5  # the name, its type and its class
        kind = struct.unpack("!H", question[end - 4:end - 2])[0]
        found = self.addresses if kind == self.A else []
        head = question[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        return head + question[12:end] + b"".join(
            struct.pack("!HHHIH4s", 0xC00C, self.A, self.IN, self.TTL, 4, socket.inet_aton(each))
            for each in found)


SLOW_DISK = """
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void wait_if(const char* name, unsigned microseconds) {
  const char* path = getenv(name);
  if (path && access(path, F_OK) == 0) usleep(microseconds);
}
int fdatasync(int file) {
  wait_if("SLOW_SYNCS", 3000000);
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  return real(file);
}
ssize_t pread64(int file, void* into, size_t size, off64_t at) {
  wait_if("SLOW_READS", 300000);
  ssize_t (*real)(int, void*, size_t, off64_t) = dlsym(RTLD_NEXT, "pread64");
  return real(file, into, size, at);
}
"""


class SlowDisk:
    """Takes three seconds for a sync, or a third of one for a read, once it is told to;
    `environment` is that of the steward."""

    def __init__(self, home):
        source, library = home / "slow_disk.c", home / "slow_disk.so"
        source.write_text(SLOW_DISK)
        subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library, source, "-ldl"],
                       check=True)
        self._syncs, self._reads = home / "slow-syncs", home / "slow-reads"
        self.environment = {"LD_PRELOAD": str(library), "SLOW_SYNCS": str(self._syncs),
                            "SLOW_READS": str(self._reads)}

    def sync_slowly(self):
        self._syncs.touch()

    def read_slowly(self):
        self._reads.touch()

    def normal(self):
        self._syncs.unlink(missing_ok=True)
        self._reads.unlink(missing_ok=True)


class Clock(ClockJumped):
    """The steward's wall clock; `environment` is the steward's."""

    def __init__(self, home):
        super().__init__(0)
        self._offset = home / f"clock{free_port()}"
        self.set(0)
        self.environment = {"LD_PRELOAD": self._library, "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                            "FAKETIME_TIMESTAMP_FILE": str(self._offset)}

    def set(self, seconds):
        """Moves it so many seconds from the real time."""
        self._offset.write_text(f"{seconds:+d}")
