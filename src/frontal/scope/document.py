"""The page as one file that needs nothing else: what an export is, and what a notebook shows."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from frontal.scope.bundle import PAGE, bundle, styles

POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data: blob:; media-src data: blob:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'"
)
COMMENT = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)\n", re.DOTALL | re.MULTILINE)  # on lines of its own


def document(entry: str) -> tuple[str, str]:
    """Return a page before and after the JSON that its script reads from `#recorded`.

    Its policy allows this script and these styles and no request at all. The JSON must not hold "<".

    Args:
        entry: the module that begins it.
    """
    script, style = f"\n{COMMENT.sub('', bundle(entry))}", f"\n{styles()}"
    worker = (PAGE / "search_worker.js").read_text(encoding="utf-8")
    policy = POLICY.format(script=_hash(script), style=_hash(style))
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>frontal scope</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<script type="application/json" id="recorded">'
    )
    tail = f'</script>\n<script type="text/plain" id="search-worker">\n{worker}</script>\n<script>{script}</script>\n'
    return head, f"{tail}</body>\n</html>\n"


def _hash(text: str) -> str:
    """Return how a content security policy names an inline script or sheet."""
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
