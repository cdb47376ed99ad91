"""Any text as the text of an HTML page or of an attribute in double quotes."""

from __future__ import annotations

import re
from html import escape

# what HTML has no place for: control characters, halves of pairs, non-characters; and what turns the line around
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def text(raw: object) -> str:
    """Return `raw` as it should be read, and never as markup; a character that cannot be shown becomes U+FFFD."""
    return _UNFIT.sub("\ufffd", escape(str(raw).replace("\r\n", "\n"), quote=True))
