"""Recognising a secret in clear, by the name of its key or by the form of its value."""

import re
from typing import Final

NAME: Final = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|token|authorization|requirepass"
    r"|(?:api|access|secret|private|account|encryption|signing|shared)_key"
    r"|(?:client|shared|app|consumer|jwt|session|cookie|hmac|webhook)_secret)$"
)
"""Last words of a key whose value is the secret itself. ``existingSecret``, ``passwordKey``, ``tokenFile`` are not."""
FORMS: Final = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")),
    ("an age identity", re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{20,}")),
    ("an AWS access key", re.compile(r"(?<![0-9A-Z])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])")),
    ("a Google API key", re.compile(r"(?<![\w-])AIza[\w-]{35}(?![\w-])")),
    ("a GitHub token", re.compile(r"(?<!\w)(?:gh[pousr]_\w{36,}|github_pat_\w{40,})")),
    ("a Slack token", re.compile(r"(?<!\w)xox[abprs]-[\w-]{10,}")),
    ("an API key of a language model's provider", re.compile(r"(?<![\w-])sk-[A-Za-z0-9_-]{20,}")),
    ("a JSON web token", re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("a password in an address", re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@$<{]*:[^\s/:@$<{(][^\s/:@]*@")),
)
REFERENCE: Final = re.compile(
    r"^(?:[/$<]|\{\{|#\{|%\(|file:|vault:|\*+$|(?:true|false|none|null|string)$)", re.IGNORECASE
)
"""Where the secret is, or that there is none, in place of what it is."""
_QUOTED: Final = re.compile(r"""(?<![\w.-])["']?([A-Za-z][\w.-]*)["']?\s*[:=]\s*(["'])([^\s"']{4,})\2""")
_LINE: Final = re.compile(
    r"^\s*(?:-\s+|export\s+)?([A-Za-z][\w.-]*)(?:\s*[:=]\s*|[ \t]+)([^\s\"'()\[\]{}<>$]{4,})\s*$", re.MULTILINE
)


def names_a_secret(key: str) -> bool:
    """Whether the value under ``key`` would be a secret itself."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[.\s/-]+", "_", key.rpartition(".")[2])
    return bool(NAME.search(words.lower()))


def secret_in(key: str, value: str) -> str | None:
    """What kind of secret stands in clear in ``value``, found under ``key``; None where there is none."""
    for what, form in FORMS:
        if form.search(value):
            return what
    if "\n" in value.strip():
        inside = [(found[1], found[3]) for found in _QUOTED.finditer(value)]
        inside += [(found[1], found[2]) for found in _LINE.finditer(value)]
        return next((f"a value of {name}" for name, text in inside if _is_literal(name, text)), None)
    return f"a value of {key}" if _is_literal(key, value) else None


def _is_literal(key: str, value: str) -> bool:
    return names_a_secret(key) and bool(value.strip()) and not REFERENCE.match(value.strip())
