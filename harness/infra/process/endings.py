"""What the exit code of a process says beside its number: the name of a signal, or of what Windows ended it with."""

from __future__ import annotations

import signal

STATUSES = {
    0x80000003: "STATUS_BREAKPOINT",
    0xC0000005: "STATUS_ACCESS_VIOLATION",
    0xC0000006: "STATUS_IN_PAGE_ERROR",
    0xC0000008: "STATUS_INVALID_HANDLE",
    0xC0000017: "STATUS_NO_MEMORY",
    0xC000001D: "STATUS_ILLEGAL_INSTRUCTION",
    0xC0000025: "STATUS_NONCONTINUABLE_EXCEPTION",
    0xC0000026: "STATUS_INVALID_DISPOSITION",
    0xC000008C: "STATUS_ARRAY_BOUNDS_EXCEEDED",
    0xC000008E: "STATUS_FLOAT_DIVIDE_BY_ZERO",
    0xC0000094: "STATUS_INTEGER_DIVIDE_BY_ZERO",
    0xC0000095: "STATUS_INTEGER_OVERFLOW",
    0xC0000096: "STATUS_PRIVILEGED_INSTRUCTION",
    0xC00000FD: "STATUS_STACK_OVERFLOW",
    0xC000012D: "STATUS_COMMITMENT_LIMIT",
    0xC0000135: "STATUS_DLL_NOT_FOUND",
    0xC0000138: "STATUS_ORDINAL_NOT_FOUND",
    0xC0000139: "STATUS_ENTRYPOINT_NOT_FOUND",
    0xC000013A: "STATUS_CONTROL_C_EXIT",
    0xC0000142: "STATUS_DLL_INIT_FAILED",
    0xC0000374: "STATUS_HEAP_CORRUPTION",
    0xC0000409: "STATUS_STACK_BUFFER_OVERRUN",
    0xC0000417: "STATUS_INVALID_CRUNTIME_PARAMETER",
    0xC0000420: "STATUS_ASSERTION_FAILURE",
}
"""Windows ends a process with one of these (`ntstatus.h`) when it does something that nobody handles."""
_ERROR = 0xC0000000
"""Where the codes begin that stand for errors of the system's; programs choose small ones."""


def signal_name(number: int) -> str:
    """The name of a signal, e.g. `SIGKILL`; its number where this platform does not know it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def exit_name(code: int) -> str:
    """An exit code as it is told: by its name where Windows ended the process, e.g. `STATUS_ACCESS_VIOLATION`.

    One of the system's without a name here is written as Windows writes it, `0xC0000123`; any other is its number.
    """
    return STATUSES.get(code) or (f"0x{code:08X}" if code >= _ERROR else str(code))
