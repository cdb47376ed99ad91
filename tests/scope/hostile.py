"""500 strings that try to be more than text; made here, always the same."""

from __future__ import annotations

from itertools import cycle, islice, product

SCRIPTS = ("alert(1)", "hacked()", "print()", "document.title=1", "top.hacked=1", "fetch('//x.invalid')")
MARKUP = (
    "<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "<svg><script>{}</script></svg>",
    "<iframe srcdoc='<script>{}</script>'>", "<a href='javascript:{}'>x</a>", "<body onload={}>",
    "<b onclick={}>b</b>", "<math><mi xlink:href='javascript:{}'>", "<details open ontoggle={}>",
    "<video><source onerror={}>", "<object data='javascript:{}'>", "<style>@import 'javascript:{}'</style>",
    "<link rel=stylesheet href='javascript:{}'>", "<meta http-equiv=refresh content='0;javascript:{}'>",
    "<form action='javascript:{}'><input type=submit>", "<base href='javascript:{}//'>",
    "<frontal-home onclick={}>", "<template><script>{}</script></template>", "</script><script>{}</script>",
    "</title><script>{}</script>", "</style><script>{}</script>", "--><script>{}</script>",
    "]]><script>{}</script>", "</textarea><script>{}</script>", "<!--<script>{}",
    "<![CDATA[<script>{}</script>]]>", "<?xml version='1.0'?><svg onload={} />",
    "<foreignObject><img src=x onerror={}></foreignObject>", "<animate onbegin={} attributeName=x dur=1s>",
    "<use href='data:image/svg+xml,{}#x'/>",
)  # fmt: skip
QUOTED = (
    '"onmouseover="{}', "'onfocus='{}' autofocus='", "`${{{}}}`", "${{{}}}", "{{{{{}}}}}", "#{{{}}}",
    "<%= {} %>", "javascript:{}", "JaVaScRiPt:{}", "java\tscript:{}", "data:text/html,<script>{}</script>",
    "vbscript:{}", "');{}//", "\");{}//", "\\');{}//", "*/{}/*", "\n{}\n//", "url(javascript:{})",
    "expression({})", "}}</style>{}", "\u2028{}\u2029", "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;img src=x onerror={}&#62;", "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "%3Cscript%3E{}%3C/script%3E", "+ADw-script+AD4-{}+ADw-/script+AD4-", "constructor.constructor('{}')()",
    "__proto__[{}]", "=HYPERLINK(\"javascript:{}\")",
)  # fmt: skip
OTHERS = (
    "", " ", "\t", "\n", "\r\n", "\0", "\0\0<b>", "a\0b", "\x01\x02\x1b[31mred\x1b[0m", "\x7f", "\x85",
    "\u00a0", "\u00ad", "\ufeff", "\ufffe", "\uffff", "\u200b", "\u200d\u200c\u2060", "\u202ereversed\u202c",
    "\u2066isolated\u2069", "\u202d\u202e\u202d", "שלום עולם", "مرحبا بالعالم", "abc \u0591\u0592 \u05d0",
    "e\u0301\u0302\u0303\u0304" * 20, "Z\u0335\u0321\u0322" * 30, "\u0627\u0644\u0644\u0647", "ﷺ", "𒐫" * 9,
    "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪🇫🇷", "\ud800", "\udc00", "\ud83d", "a\udfffb", "\udc00\ud800", "=1+1", "+1+1",
    "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "=WEBSERVICE(\"http://x.invalid\")", "\t=1", "\r=1",
    "=\"a\"&\"b\"", "';--", "' OR 1=1 --", "\"; DROP TABLE runs; --", "../../../../etc/passwd",
    "..\\..\\windows\\win.ini", "/etc/passwd", "file:///etc/passwd", "C:\\con\\nul", "con", "nul.txt", "~root",
    "|ls", "`id`", "$(id)", "; rm -rf x", "%2e%2e%2f", "a/../b", ".", "..", "...", "%", "%s%n%x", "%00", "{0}",
    "{}", "{", "}", "[", "]", "[object Object]", "\"", "'", "\\", "\\\\", "\\x", "\\u0000", "\\", "\"}]}",
    "{\"a\":1}", "null", "undefined", "NaN", "Infinity", "-0", "true", "false", "1e999", "0x10", "1_000",
    "constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "prototype", "then", "length",
    "x" * 5000, "<" * 2000, "&" * 2000, "\"" * 1000, "\\" * 999, "漢" * 3000, "😀" * 2000, "a " * 2000,
    "\n" * 500, "#read?unit=3", "?t=1", "#", "&amp;", "&", "<", ">", "<>", "</", "<!", "<a", "<b>", "</b>",
)  # fmt: skip


def strings(count: int = 500) -> list[str]:
    """`count` different strings, of every family."""
    made = [pattern.format(script) for script, pattern in product(SCRIPTS, (*MARKUP, *QUOTED))]
    mixed = [a + b for a, b in zip(made[::7], cycle(OTHERS[5:40]), strict=False)]
    every = dict.fromkeys([*OTHERS, *made, *mixed])
    return list(islice((text for text in every if text), count))
