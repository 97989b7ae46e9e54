"""Arguments of a call: find, remove, rename, or give another value."""

import ast

import libcst as cst

from classeur.migration.values import Imported


def argument(call: cst.Call, name: str) -> cst.Arg | None:
    """Return a call's keyword argument."""
    return next((each for each in call.args if each.keyword is not None and each.keyword.value == name), None)


def without(call: cst.Call, names: set[str]) -> cst.Call:
    """Return a call without some keyword arguments, in the same layout."""
    args: list[cst.Arg] = []
    for each in call.args:
        if each.keyword is None or each.keyword.value not in names:
            args.append(each)
        elif args and _ends_line(each) and not _ends_line(args[-1]):
            args[-1] = args[-1].with_changes(comma=each.comma)  # line breaks stay where they were
    if len(args) == len(call.args):
        return call
    return call.with_changes(args=_closed(call, args))


def _ends_line(argument: cst.Arg) -> bool:
    comma = argument.comma
    return isinstance(comma, cst.Comma) and isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)


def _closed(call: cst.Call, args: list[cst.Arg]) -> list[cst.Arg]:
    """Give a shortened list of arguments the end of the old list."""
    if args:
        last = call.args[-1]
        args[-1] = args[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return args


def renamed(call: cst.Call, names: dict[str, str]) -> cst.Call:
    """Return a call whose keyword arguments have new names."""
    if not any(each.keyword is not None and each.keyword.value in names for each in call.args):
        return call
    args = [
        each.with_changes(keyword=each.keyword.with_changes(value=names[each.keyword.value]))
        if each.keyword is not None and each.keyword.value in names
        else each
        for each in call.args
    ]
    return call.with_changes(args=args)


def named(arg: cst.Arg, name: str) -> cst.Arg:
    """Return a positional argument with a name."""
    space = cst.SimpleWhitespace("")
    return arg.with_changes(keyword=cst.Name(name), equal=cst.AssignEqual(space, space))


def with_names(call: cst.Call, names: tuple[str, ...]) -> cst.Call:
    """Return a call whose positional arguments have names."""
    args = list(call.args)
    for number, (arg, name) in enumerate(zip(args, names, strict=False)):
        if arg.star:
            break
        args[number] = named(arg, name) if arg.keyword is None else arg
    return call.with_changes(args=args)


def with_value(call: cst.Call, name: str, value: cst.BaseExpression, *, new_name: str = "") -> cst.Call:
    """Return a call with another value for a keyword argument, perhaps under a new name."""
    args = [
        each.with_changes(value=value, keyword=each.keyword.with_changes(value=new_name or name))
        if each.keyword is not None and each.keyword.value == name
        else each
        for each in call.args
    ]
    return call.with_changes(args=args)


def code_of(node: cst.CSTNode) -> str:
    """Return a node's code."""
    return cst.Module([]).code_for_node(node)


def literal(node: cst.BaseExpression) -> object:
    """Return the number, text or tuple of a literal; for another expression an Imported without name."""
    try:
        return ast.literal_eval(code_of(node))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Imported("")
