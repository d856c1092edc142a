"""Run the same code in several processes that share arrays: a leader and its helpers.

Threads of one Python process wait for the GIL at every call of a kernel; processes do
not. The leader forks the helpers, so they have its compiled kernels and its networks.
Arrays that `shared` made before the fork are common to all of them. `Team.wait` is a
barrier: no process passes it before all have arrived, and each then finds what the
others have written.

A waiting process first spins, because the others arrive within microseconds if each has
a core of its own. Then it sleeps. This frees its core, which a late process may need if
another program uses that process's core.

Only Linux is supported. On other systems, a forked process that uses the system's
libraries may hang.
"""

import ctypes
import math
import os
import select
import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from mmap import mmap
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnet.fast.kernels.atomics import ROW, all_reach, any_is_set, publish

# How often to read the counters of the others before sleeping: about 0.3 ms on an x86.
SPINS = 10_000
POLL_SECONDS = 0.1  # how often a sleeping process checks that the others are alive
MAX_WAIT_SECONDS = 120.0  # a helper that does not arrive in this time has failed
# File descriptors. `select` supports only those below 1024.
STDERR = 2
MAX_FILES = 1024
# From linux/prctl.h: sets the signal that a process receives when its parent dies.
PR_SET_PDEATHSIG = 1


class TeamError(Exception):
    """A helper has died or hangs, so an update may be half done.

    The leader must not save the weights.
    """


def shared(shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """Return zeros in memory that later forks of this process will share."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap(-1, max(1, size)), dtype, math.prod(shape)).reshape(shape)


class Team:
    """Processes that compute together: a leader, which starts them, and its helpers.

    Attributes
    ----------
    rank : int
        0 in the leader, and 1, 2, .. in the helpers.
    """

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self.rank = 0
        self._count = 0  # how often this process has waited
        # how often each process has waited
        self._arrived = shared((cores, ROW), np.int64)
        # 1 for each process that sleeps in `wait`
        self._asleep = shared((cores, ROW), np.int64)
        # one event for each process, which wakes it
        self._wakers = [
            os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC) for _ in range(cores)
        ]
        self._leader = os.getpid()
        self.helpers: list[int] = []  # their process ids; in a helper, none

    def fork(self, work: Callable[[], None]) -> None:
        """Fork the helpers, each of which calls `work`.

        This process must not have other threads. If it ends, the system kills the
        helpers.

        Raise OSError if the system is out of memory or process slots.
        """
        # If a parent process ignored SIGCHLD, `waitpid` would not find ended helpers.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for rank in range(1, self.cores):
            try:
                pid = os.fork()
            except OSError as error:
                message = (
                    f"could not start process {rank + 1} of {self.cores}: "
                    f"{error.strerror}; use fewer cores"
                )
                raise OSError(error.errno, message) from error
            if pid == 0:
                self._become_helper(rank, work)
            self.helpers.append(pid)

    def _become_helper(self, rank: int, work: Callable[[], None]) -> NoReturn:
        """Call `work`, then exit. A helper never returns into the leader's code."""
        try:
            # Only their parent, the leader, can wait for the other helpers.
            self.rank = rank
            self.helpers = []
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            for before, after in pairwise([STDERR, *sorted(self._wakers), MAX_FILES]):
                # Close all inherited files, such as locks and pipes, except the wakers.
                os.closerange(before + 1, after)
            work()
        except BaseException as error:
            print(f"helper {rank}: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(1)

    def wait(self) -> None:
        """Wait until all processes have called this the same number of times.

        In the leader, raise TeamError if a helper fails.
        """
        self._count += 1
        publish(self._arrived, self.rank, self._count)
        if any_is_set(self._asleep):
            for rank in np.flatnonzero(self._asleep[:, 0]):
                # A woken process that still has to wait goes back to sleep.
                os.eventfd_write(self._wakers[rank], 1)
        if not all_reach(self._arrived, self._count, SPINS):
            self._sleep()

    def _sleep(self) -> None:
        publish(self._asleep, self.rank, 1)
        waited = 0.0
        while not all_reach(self._arrived, self._count, 1):
            if select.select([self._wakers[self.rank]], [], [], POLL_SECONDS)[0]:
                os.eventfd_read(self._wakers[self.rank])
            else:
                # Count polls instead of reading a clock, which runs on during a Ctrl-Z.
                waited += POLL_SECONDS
                self.check(waited)
        publish(self._asleep, self.rank, 0)

    def check(self, waited: float) -> None:
        """Exit a helper whose leader has ended, or check the helpers of this leader.

        Raise TeamError if a helper has ended, or if the leader has waited for one for
        more than MAX_WAIT_SECONDS. `waited` is that time in seconds.
        """
        if self.rank and os.getppid() != self._leader:
            os._exit(0)
        for pid in self.helpers:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.helpers.remove(pid)
                code = os.waitstatus_to_exitcode(status)
                how = (
                    "ended unexpectedly"
                    if code >= 0
                    else f"was ended by signal {-code}"
                )
                raise TeamError(f"a helper process {how}")
        if self.helpers and waited > MAX_WAIT_SECONDS:
            raise TeamError(
                f"a helper process did not answer for {MAX_WAIT_SECONDS:.0f} s"
            )

    def close(self) -> None:
        """Kill the helpers, which have nothing to save, and close the events."""
        for pid in self.helpers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for waker in self._wakers:
            os.close(waker)
        self.helpers = []
        self._wakers = []
