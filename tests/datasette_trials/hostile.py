"""Three hundred texts that no honest record holds: twenty ways in, fifteen things to do there. Each leaves the mark
`window.ran` if it runs."""

from __future__ import annotations

DOINGS = (
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "<svg onload=window.ran=1></svg>",
    "<details open ontoggle=window.ran=1>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<a href='javascript:window.ran=1' autofocus onfocus=window.ran=1>x</a>",
    "<style onload=window.ran=1>*{display:none}</style>",
    "<base href='https://elsewhere.example/'><link rel=stylesheet href=//elsewhere.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:window.ran=1'>",
    "<form action=//elsewhere.example><input autofocus onfocus=window.ran=1><button>",
    "<body onload=window.ran=1></main></article></body></html>",
    "<math><mi xlink:href='javascript:window.ran=1'>x</mi></math><table><tr><td>",
    "javascript:window.ran=1",
    "data:text/html,<script>window.ran=1</script>",
    "{{ ''.__class__ }}{% raw %}${window.ran=1}",
)
WAYS_IN = (
    "{}",
    '">{}',
    "'>{}",
    "</title>{}",
    "</textarea></script>{}",
    "--> {} <!--",
    "]]>{}",
    '" onmouseover=window.ran=1 x="{}',
    "` {}",
    "* a\n* {}\n\n1. {}",
    "[x]({})",
    "![x]({})",
    "<{}>",
    "\u202e{}\u2066",
    "a\u0000b {}",
    "\ud83d\ude00 {}".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\\<{}\\>",
    "| {} |\n| --- |",
    "=cmd() {}",
    "x" * 400 + "{}",
)
HOSTILE = tuple(way.replace("{}", doing) for way in WAYS_IN for doing in DOINGS)
