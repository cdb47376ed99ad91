"""How a verb ends when it does not end well: one paragraph, one exit code, no traceback."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

from frontal.errors import FrontalError

BUG, BAD_INPUT, STOPPED, BROKEN_PIPE = 1, 2, 130, 141


def guard(action: Callable[[], int], title: str, *, as_json: bool, debug: bool) -> int:
    """Run `action` and return the exit code; what it raises becomes a paragraph on stderr.

    Args:
        action: what to do; it returns the exit code.
        title: how the paragraph starts, such as "frontal forecast".
        as_json: also print `{"error": …}` on stdout.
        debug: show the traceback before the paragraph.
    """
    try:
        code = _attempt(action, title, as_json=as_json, debug=debug)
        sys.stdout.flush()
        return code
    except OSError as error:  # stdout itself: its disk is full, or its reader, such as `head`, has seen enough
        _silence_stdout()
        return BROKEN_PIPE if isinstance(error, BrokenPipeError) else BAD_INPUT


def _attempt(action: Callable[[], int], title: str, *, as_json: bool, debug: bool) -> int:
    try:
        code = action()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        message, code = explain(error)
        if debug:
            _print_traceback(error)
        print(paragraph(f"{title}: {message}"), file=sys.stderr)
        if as_json:
            print(json.dumps({"error": message}))
        return code


def explain(error: BaseException) -> tuple[str, int]:
    """Return what to tell the person, in one line, and the exit code."""
    if isinstance(error, FrontalError):
        return _one_line(str(error)), BAD_INPUT
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C", STOPPED
    if _out_of_memory(error):
        return "not enough memory; fewer or smaller layers, or a shorter context, need less", BAD_INPUT
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return _one_line(f"{where}{error.strerror or error}"), BAD_INPUT
    what = f"{type(error).__name__}: {error}"
    return _one_line(f"this is a bug in frontal: {what}; run again with --debug to see where, and report it"), BUG


def paragraph(text: str) -> str:
    """Return `text` wrapped to the terminal, or as one line where stderr is not a terminal."""
    if not sys.stderr.isatty():
        return text
    from shutil import get_terminal_size
    from textwrap import fill

    width = max(get_terminal_size().columns, 20)
    return fill(text, width, break_long_words=False, break_on_hyphens=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out; torch says so with a plain RuntimeError."""
    said_by_torch = isinstance(error, RuntimeError) and "allocate memory" in str(error)
    return said_by_torch or isinstance(error, MemoryError)


def _print_traceback(error: BaseException) -> None:
    from traceback import print_exception

    print_exception(error)


def _silence_stdout() -> None:
    """Let the interpreter's own flush at exit go nowhere instead of failing again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
