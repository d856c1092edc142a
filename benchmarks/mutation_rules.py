"""The small code changes that benchmarks/mutants.py makes.

`ast` provides the start and end of every node, so the rest of the source does not change. Some nodes are never mutated:
f-strings, annotations, decorators, `raise`, `assert`, and keyword arguments that affect only speed or strictness
(`copy=`, `strict=`).
"""

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

SWAPS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult, ast.Mod: ast.FloorDiv, ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
SYMMETRIC = set("min max minimum maximum logical_and logical_or hypot add multiply isinstance".split())
SKIPPED_NODES = (ast.JoinedStr, ast.Raise, ast.Assert, ast.Import, ast.ImportFrom)
SKIPPED_FIELDS = set("annotation returns decorator_list bases type_params".split())
SKIPPED_KEYWORDS = set("copy strict casting help description".split())


class Mutant(NamedTuple):
    """One change to one file: `text` replaces the bytes from `start` to `end`."""

    file: str
    line: int
    column: int
    start: int
    end: int
    text: str
    before: str  # the code before the change, in one line
    after: str  # the code after the change, in one line

    @property
    def name(self) -> str:
        """The full name of the mutant: file, line, and the code before and after."""
        return f"{self.file}:{self.line}:{self.column}  {self.before}  ->  {self.after}"

    def __str__(self) -> str:
        """Return the name, with long code shortened to the part around the first difference."""
        first = next((i for i, (a, b) in enumerate(zip(self.before, self.after, strict=False)) if a != b), 0)
        shown = (text[max(0, first - 40) : first + 60] for text in (self.before, self.after))
        return f"{self.file}:{self.line}:{self.column}  {'  ->  '.join(shown)}"


def is_skipped(node: ast.AST) -> bool:
    """Return whether the node and everything in it must stay unchanged."""
    if isinstance(node, ast.FunctionDef):
        return node.name == "__repr__"
    if isinstance(node, ast.If):
        return any(
            name.id in ("__name__", "TYPE_CHECKING") for name in ast.walk(node.test) if isinstance(name, ast.Name)
        )
    if isinstance(node, ast.keyword):
        return node.arg in SKIPPED_KEYWORDS
    return isinstance(node, SKIPPED_NODES)


def nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes that may be changed."""
    if is_skipped(node):
        return
    yield node
    for field, value in ast.iter_fields(node):
        for inner in value if isinstance(value, list) else [value]:
            if field not in SKIPPED_FIELDS and isinstance(inner, ast.AST):
                yield from nodes(inner)


def altered(node: ast.AST, **fields: object) -> ast.AST:
    """Return a copy of the node with these fields replaced."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the replacements of a node."""
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in SWAPS:
            yield altered(node, op=SWAPS[type(op)]())
        case ast.Compare(ops=ops):
            yield from (altered(node, ops=[*ops[:i], SWAPS[type(op)](), *ops[i + 1 :]]) for i, op in enumerate(ops))
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(0 if value == 1 else value + 1)
        case ast.Constant(value=float(value)):
            yield ast.Constant(value * 1.1 or 1.0)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Subscript(slice=ast.Constant(value=0)):
            yield altered(node, slice=ast.UnaryOp(ast.USub(), ast.Constant(1)))
        case ast.Slice(lower=lower, upper=upper):
            yield from [altered(node, lower=None)] * (lower is not None) + [altered(node, upper=None)] * (
                upper is not None
            )
        case ast.Call():
            yield from call_variants(node)
        case _:
            yield from statement_variants(node)


def call_variants(node: ast.Call) -> Iterator[ast.AST]:
    """Yield the call with one keyword argument removed and with two adjacent arguments swapped, in every way."""
    for word in node.keywords:
        if word.arg and word.arg not in SKIPPED_KEYWORDS:
            yield altered(node, keywords=[other for other in node.keywords if other is not word])
    name = ast.unparse(node.func).rsplit(".", 1)[-1]
    for i, (a, b) in enumerate(zip(node.args, node.args[1:], strict=False)):
        if name not in SYMMETRIC and not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred):
            yield altered(node, args=[*node.args[:i], b, a, *node.args[i + 2 :]])


def statement_variants(node: ast.AST) -> Iterator[ast.AST]:
    """Yield replacements that remove the statement or its effect."""
    match node:
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield()):
            yield ast.Pass()
        case ast.AugAssign(op=op):
            yield ast.Pass()
            if type(op) in SWAPS:
                yield altered(node, op=SWAPS[type(op)]())
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield ast.Pass()
        case ast.With():
            yield ast.If(ast.Constant(True), node.body, [])
        case ast.Return(value=ast.Compare() | ast.BoolOp() as value):
            yield ast.Return(ast.UnaryOp(ast.Not(), value))
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))


def mutants_of(file: str, source: bytes) -> Iterator[Mutant]:
    """Yield every mutant of a file, in source order."""
    starts = [0]  # byte offset of each line
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in nodes(ast.parse(source)):
        for new in variants(node):
            assert isinstance(node, ast.expr | ast.stmt)
            old, text = ast.unparse(node), ast.unparse(ast.fix_missing_locations(new))
            if text == old:  # f(x, x) is unchanged when its arguments are swapped
                continue
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            before, after = (" ".join(code.split()) for code in (source[start:end].decode(), text))
            if isinstance(node, ast.stmt):
                text = text.replace("\n", "\n" + " " * node.col_offset)
            elif not isinstance(node, ast.Slice):
                text = f"({text})"
            yield Mutant(file, node.lineno, node.col_offset, start, end, text, before, after)
