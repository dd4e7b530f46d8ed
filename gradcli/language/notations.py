"""Whole texts in another notation (LaTeX, typography, Python, C, MATLAB), rewritten in the language's own.

Each rewriting is proposed only if it is an expression of the language itself.
"""

from __future__ import annotations

import re

from gradcli.language.names import SPELLINGS, SUPERSCRIPT_RUN, SUPERSCRIPTS

_LONGEST = 100  # characters; a longer text is no help when it is repeated
_READ = 4 * _LONGEST

_FOREIGN = re.compile(r"[\\{}$]|[^\x00-\x7fα-ξπ-ωΓΔΘΛΞΠΣΦΨΩµ]")
_OPERAND = r"([A-Za-z_]\w*(?:\([^()]*\))?|[0-9.]+|\([^()]*\))"
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_BRACED = r"\{([^{}]*)\}"
_LATEX = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\$", ""),
        (r"\\(?:left|right|,|;|!|quad|displaystyle)\s*", ""),
        (r"\\(?:cdot|times|ast)\s*", "*"),
        (r"\\(?:le|leq)\b", "<="),
        (r"\\(?:ge|geq)\b", ">="),
        (r"\\(?:ne|neq)\b", "!="),
        (r"\\(?:mathrm|operatorname|text|mathbf)\s*" + _BRACED, r"\1"),
        (r"\\(?:frac|dfrac|tfrac)\s*" + _BRACED + r"\s*" + _BRACED, r"((\1)/(\2))"),
        (r"\\sqrt\s*\[3\]\s*" + _BRACED, r"cbrt(\1)"),
        (r"\\sqrt\s*" + _BRACED, r"sqrt(\1)"),
        (r"_" + _BRACED, r"_\1"),
        (r"\^\s*" + _BRACED, r"^(\1)"),
        (r"\\([A-Za-z]+)\^([0-9])\s*" + _OPERAND, r"\1(\3)^\2"),
        (r"\\((?:arc)?(?:sin|cos|tan)h?|ln|log|exp)\s+([A-Za-z0-9]\w*)", r"\1(\2)"),
    )
)
_GROUP = re.compile(_BRACED)
_NESTED = 8  # braces within braces that are followed
_NEEDLESS = re.compile(r"(?<![A-Za-z0-9_])\(((?:[A-Za-z_]\w*|[0-9.]+)(?:\([^()]*\))?)\)")
_DOUBLE = re.compile(r"\(\(([^()]*)\)\)")
_WHOLE = re.compile(r"\A\(([^()]*)\)\Z")
_SIGNS = {
    sign: spelling
    for sign, spelling in SPELLINGS.items()
    if "..." not in spelling and spelling not in ('"', "and", "or", "not", ":")
}
_ROOTS = {"√": "sqrt", "∛": "cbrt", "∑": "sum", "∏": "prod"}
_ROOT = re.compile(r"([√∛∑∏])\s*" + _OPERAND)
_CHOICES = (
    (re.compile(r"(.+?)\bif\b(.+)\belse\b(.+)", re.DOTALL), (1, 0, 2)),
    (re.compile(r"(.+?)\?(.+?):(.+)", re.DOTALL), (0, 1, 2)),
)
_STATEMENT = re.compile(
    r"\s*(?:lambda\b[^:]*:|def\b[^:]*:\s*return\b|return\b|let\s+\w+\s*=|\w+\s*\([^()]*\)\s*:?=)\s*(.+?)\s*;?\s*",
    re.DOTALL,
)
_MODULES = "np|numpy|jnp|torch|tf|math|Math|cmath|scipy|sp|sympy|special|linalg|cp|keras|std"
_PREFIX = re.compile(
    rf"(?<![\w.])(?:{_MODULES})(?:\.(?:special|linalg|math|nn|functional|stats|numpy))*\.(?=[A-Za-z_])"
)
_PI = re.compile(r"\bPI\b")


def rewritten(source: str) -> str | None:
    """`source` without LaTeX, braces, superscripts, roots and typographic signs, if that is an expression."""
    if len(source) > _READ:
        return None
    text = source
    if re.search(r"[\\{}$]", text):
        for _ in range(_NESTED):  # innermost braces first
            before = text
            for pattern, replacement in _LATEX:
                text = pattern.sub(replacement, text)
            if text == before:
                text = _GROUP.sub(r"(\1)", text)
            if text == before:
                break
        text = re.sub(r"(?<=[\w)\]])\\([A-Za-z]+)", r" \1", text)  # two names do not become one
        text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"([0-9]|\))?([½⅓¼¾])", lambda m: (m[1] + "*" if m[1] else "") + SPELLINGS[m[2]], text)
    text = re.sub("[₀-₉]+", lambda m: m.group().translate(_SUBSCRIPTS), text)
    text = re.sub("([A-Za-z]+)(" + SUPERSCRIPT_RUN.pattern + r")(\([^()]*\))", _power_of_call, text)
    text = SUPERSCRIPT_RUN.sub(lambda m: "^" + m.group().translate(SUPERSCRIPTS), text)
    text = _ROOT.sub(lambda m: f"{_ROOTS[m[1]]}({m[2][1:-1] if m[2].startswith('(') else m[2]})", text)
    text = re.sub("[“”„″]", '"', text) if "einsum" in text else text.strip("“”„″‘’\"' ")
    text = re.sub(r"[‖∥]([^‖∥]*)[‖∥]", r"norm(\1)", text)
    for sign, spelling in _SIGNS.items():
        text = text.replace(sign, spelling)
    text = re.sub(r"([0-9)])(\(1/|(?=[A-Za-zα-ωΓ-Ω(]))", _times, text) if "½" in source else text
    text = _DOUBLE.sub(r"(\1)", _NEEDLESS.sub(r"\1", text))
    return _proposal(source, _WHOLE.sub(r"\1", text.replace(" *", "*")))


def choice(source: str) -> str | None:
    """`where(condition, a, b)` for `a if condition else b` and `condition ? a : b`."""
    if len(source) > _READ:
        return None
    for pattern, order in _CHOICES:
        found = pattern.fullmatch(source)
        if found:
            parts = [part.strip() for part in found.groups()]
            return _proposal(source, f"where({', '.join(parts[k] for k in order)})")
    return None


def body(source: str) -> str | None:
    """What a `lambda`, a `def`, a `return` or a definition `f(x) = ...` computes."""
    if len(source) > _READ:
        return None
    found = _STATEMENT.fullmatch(source)
    return _proposal(source, found.group(1)) if found else None


def without_modules(source: str) -> str | None:
    """`sin(x)` for `np.sin(x)`."""
    if len(source) > _READ:
        return None
    return _proposal(source, _PI.sub("pi", _PREFIX.sub("", source)))


def as_array(source: str, start: int) -> str | None:
    """`source` with the parentheses, or the blanks and semicolons, that open at `start` as an array `[a, b]`."""
    depth, end = 0, start
    for end in range(start, min(len(source), start + _READ)):
        depth += (source[end] in "([") - (source[end] in ")]")
        if depth == 0:
            break
    if depth:
        return None
    inner = source[start + 1 : end].strip()
    rows = [row.strip() for row in inner.split(";")]
    if ";" in inner or "," not in inner:
        rows = [re.sub(r"(?<=[\w.)\]])\s+(?=[\w.(\[-])", ", ", row) for row in rows if row]
    listed = rows[0] if len(rows) == 1 else ", ".join(f"[{row}]" for row in rows)
    return _proposal(source, f"{source[:start]}[{listed}]{source[end + 1 :]}")


def readable(text: str) -> str | None:
    """`text` by itself, if it is a short expression."""
    return _proposal("", text)


def removed(source: str, start: int, end: int) -> str | None:
    """`source` without the characters from `start` to `end`."""
    return _proposal(source, source[:start] + source[end:])


def _proposal(source: str, text: str) -> str | None:
    """`text`, if it is a short expression of the language and not what was typed."""
    from gradcli.errors import GradcliError
    from gradcli.language.parser import parse

    text = " ".join(text.split())
    if text == source or len(text) > _LONGEST or _FOREIGN.search(text):
        return None
    try:
        parse(text)
    except GradcliError:
        return None
    return text


def _power_of_call(found: re.Match[str]) -> str:
    """`sin²(x)` is the square of the sine; `x²(y)` is left alone."""
    name, exponent, arguments = found.groups()
    power = exponent.translate(SUPERSCRIPTS)
    return f"{name}{arguments}^{power}" if len(name) > 1 else found.group()


def _times(found: re.Match[str]) -> str:
    return f"{found[1]}*{found[2]}"
