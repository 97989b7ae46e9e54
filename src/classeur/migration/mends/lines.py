"""Import lines, in order: one line for all names that a cell takes from classeur.keras_image."""

from collections.abc import Callable, Iterable, Sequence

import libcst as cst

from classeur.migration import api
from classeur.migration.mends.imports import Rewritten, rewrite_import, statement_of
from classeur.migration.mends.plan import Plan, dotted

Alias = tuple[str, str | None]
_Line = cst.SimpleStatementLine | cst.BaseCompoundStatement


def rewrite_lines(module: cst.Module, plan: Plan, *, is_first: bool, is_used: bool) -> cst.Module:
    """Return a cell with its imports rewritten.

    Args:
        module: the cell; what is no import may be a stand-in.
        plan: of the file.
        is_first: whether it also imports what later cells need.
        is_used: whether `scipy.misc` is used in it.
    """
    inner = module.visit(_Inner(plan)) if plan.cell in plan.cells_with_inner_imports else module
    rewritten = [_rewritten(line, plan, is_used) for line in inner.body]
    merged: dict[Alias, None] = {}
    for line, new in zip(inner.body, rewritten, strict=True):
        if new and not (_has_comment(line) and not new.kept):
            merged |= dict.fromkeys(new.redirected)
    existing = next((number for number, line in enumerate(inner.body) if _is_ours(line)), None)
    needed: dict[Alias, None] = dict.fromkeys((name, None) for name in sorted(plan.needed)) if is_first else {}
    if needed and _is_among_first(inner.body, rewritten, existing):
        merged |= needed
        needed = {}
    body: list[_Line] = []
    blank: Sequence[cst.EmptyLine] = ()
    for number, (line, new) in enumerate(zip(inner.body, rewritten, strict=True)):
        if number == existing and merged:
            body.append(_with_more(line, merged))  # type: ignore[arg-type]
            merged = {}
            continue
        if new is None:
            body.append(_after(line, blank))
            blank = ()
            continue
        own = new.redirected if _has_comment(line) and not new.kept else []
        take_all = bool(new.redirected) and not own and merged and (existing is None or existing > number)
        statements = list(new.kept) + ([_import(own)] if own else []) + ([_import(merged)] if take_all else [])
        if take_all:
            merged = {}
        if not statements:
            blank = (*blank, *_what_stays(line))
            continue
        first, *more = statements
        body.append(_after(line.with_changes(body=[first]), blank))
        body += [cst.SimpleStatementLine([each]) for each in more]
        blank = ()
    extra = sorted(plan.imports) if is_first else []
    of_keras = [statement_of(each) for each in extra if "keras" in each]
    of_keras += [_import(each) for each in (merged, needed) if each]
    others = [statement_of(each) for each in extra if "keras" not in each]
    footer = [*(blank if any(each.comment for each in blank) else ()), *inner.footer]
    module = _inserted(inner.with_changes(body=body, footer=footer), others, after=_imported)
    return _inserted(module, of_keras, after=_loads_keras)


def _is_among_first(body: Sequence[_Line], rewritten: Sequence[Rewritten | None], existing: int | None) -> bool:
    """Return whether the import from classeur comes before any use of it."""
    lines = [number for number, new in enumerate(rewritten) if new and new.redirected]
    lines += [] if existing is None else [existing]
    return bool(lines) and all(
        _imported(line) or (number == 0 and _is_docstring(line)) for number, line in enumerate(body[: min(lines)])
    )


class _Inner(cst.CSTTransformer):
    """Imports in functions, branches and lines with several statements: each is rewritten in its place."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._depth = 0

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> None:
        self._depth += 1

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        self._depth -= 1
        if original_node.body and not updated_node.body:
            return updated_node.with_changes(body=[cst.SimpleStatementLine([cst.Pass()])])
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine] | cst.RemovalSentinel:
        if self._depth == 0 and len(original_node.body) == 1:
            return updated_node
        return self._in_place(updated_node)

    def _in_place(
        self, line: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        statements: list[cst.BaseSmallStatement] = []
        changed = False
        for each in line.body:
            new = rewrite_import(each, self._plan)
            changed |= new is not None
            if new is None:
                statements.append(each)
            else:
                statements += [*new.kept, *([_import(new.redirected)] if new.redirected else [])]
        if not changed:
            return line
        statements = statements or [cst.Pass()]
        if len(line.body) > 1:
            plain = [each.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for each in statements]
            return line.with_changes(body=plain)
        lines = [line.with_changes(body=[statements[0]])]
        return cst.FlattenSentinel([*lines, *(cst.SimpleStatementLine([each]) for each in statements[1:])])


def _rewritten(line: _Line, plan: Plan, is_used: bool) -> Rewritten | None:
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        return rewrite_import(line.body[0], plan, is_used=is_used)
    return None


def _import(aliases: Iterable[Alias]) -> cst.BaseSmallStatement:
    written = ", ".join(f"{name} as {alias}" if alias and alias != name else name for name, alias in _sorted(aliases))
    return statement_of(f"from {api.CLASSEUR} import {written}")


def _sorted(aliases: Iterable[Alias]) -> list[Alias]:
    return sorted(
        {(name, None if alias == name else alias) for name, alias in aliases}, key=lambda a: (a[0], a[1] or "")
    )


def _has_comment(line: _Line) -> bool:
    if not isinstance(line, cst.SimpleStatementLine):
        return False
    return line.trailing_whitespace.comment is not None or any(each.comment for each in line.leading_lines)


def _imported(line: _Line) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and any(
        isinstance(each, cst.Import | cst.ImportFrom) for each in line.body
    )


def _loads_keras(line: _Line) -> bool:
    code = cst.Module([line]).code.split("#")[0] if _imported(line) else ""
    return any(word in code for word in ("keras", "tensorflow"))


def _is_ours(line: _Line) -> bool:
    return (
        isinstance(line, cst.SimpleStatementLine)
        and len(line.body) == 1
        and isinstance(statement := line.body[0], cst.ImportFrom)
        and statement.module is not None
        and dotted(statement.module) == api.CLASSEUR
        and not isinstance(statement.names, cst.ImportStar)
    )


def _with_more(line: cst.SimpleStatementLine, merged: Iterable[Alias]) -> cst.SimpleStatementLine:
    statement = line.body[0]
    assert isinstance(statement, cst.ImportFrom)
    assert not isinstance(statement.names, cst.ImportStar)
    had = [
        (
            dotted(each.name) or "",
            each.asname.name.value if each.asname and isinstance(each.asname.name, cst.Name) else None,
        )
        for each in statement.names
    ]
    if set(_sorted(merged)) <= set(_sorted(had)):
        return line
    return line.with_changes(body=[_import([*had, *merged])])


def _after(line: _Line, blank: Sequence[cst.EmptyLine]) -> _Line:
    """Return a line with the empty lines and comments before the removed line."""
    if not blank or (line.leading_lines and not any(each.comment for each in blank)):
        return line
    return line.with_changes(leading_lines=[*blank, *line.leading_lines])


def _what_stays(line: _Line) -> list[cst.EmptyLine]:
    """Return the lines before a removed one, and its comment."""
    comment = line.trailing_whitespace.comment if isinstance(line, cst.SimpleStatementLine) else None
    return [*line.leading_lines, *([cst.EmptyLine(comment=comment)] if comment else [])]


def _inserted(
    module: cst.Module, statements: list[cst.BaseSmallStatement], *, after: Callable[[_Line], bool]
) -> cst.Module:
    """Return a cell with more imports, after the first import line or among those at its top.

    Imports of Keras must not come before lines that set its backend or its devices.
    """
    if not statements:
        return module
    body = list(module.body)
    first = next((number for number, line in enumerate(body) if after(line)), None)
    position = first + 1 if first is not None and after is _loads_keras else 0
    for number, line in enumerate(body if not position else ()):
        if _imported(line):
            position = number + 1
        elif number == 0 and _is_docstring(line):
            position = 1
        else:
            break
    present = {
        module.code_for_node(each)
        for line in body[:position]
        if isinstance(line, cst.SimpleStatementLine)
        for each in line.body
    }
    lines = [cst.SimpleStatementLine([each]) for each in statements if module.code_for_node(each) not in present]
    return module.with_changes(body=[*body[:position], *lines, *body[position:]])


def _is_docstring(line: _Line) -> bool:
    return (
        isinstance(line, cst.SimpleStatementLine)
        and isinstance(line.body[0], cst.Expr)
        and isinstance(line.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )
