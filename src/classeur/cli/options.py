"""The recipe's options on the command line, made from the table in `classeur.options`."""

import inspect
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from classeur.options import FIRST, MORE, RANGES, Option, Share, Size

# The parameter of a command's signature that these options replace: `**options`.
Command = Callable[..., Any]


def with_options(known: Iterable[Option]) -> Callable[[Command], Command]:
    """Give a command with `**options` a parameter for each option; an option that is not given is None."""
    known = tuple(known)

    def made(command: Command) -> Command:
        signature = inspect.signature(command)
        plain = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        named = [
            inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(option))
            for option in known
        ]
        command.__signature__ = signature.replace(parameters=[*plain, *named])  # type: ignore[attr-defined]
        command.__annotations__ = {
            **{name: value for name, value in command.__annotations__.items() if name != "options"},
            **{option.name: _annotation(option) for option in known},
        }
        return command

    return made


class GroupedCommand(TyperCommand):
    """A command whose help shows its options in groups, the most important first."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options group by group, in the order in which the groups first appear."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            # Click puts a default given as text in brackets.
            record = record[0], re.sub(r"\[default: \((.*)\)\]$", r"[default: \1]", record[1])
            is_argument = parameter.param_type_name == "argument"
            group = "Arguments" if is_argument else getattr(parameter, "rich_help_panel", None) or FIRST
            groups.setdefault(group, []).append(record)
        for name in sorted(groups, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER)):
            with formatter.section(name):
                formatter.write_dl(groups[name])


class QuickCommand(GroupedCommand):
    """A command whose values are made of text without pydantic, which Typer loads for that: 0.1 s."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `--help` among them."""
        return _convert_plainly(super().get_params(ctx))


class QuickGroup(TyperGroup):
    """The commands; its own options need no pydantic either."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `--help` among them."""
        return _convert_plainly(super().get_params(ctx))


def _convert_plainly(parameters: list[Any]) -> list[Any]:
    """Have parameters of plain types converted here. A Typer that does not ask converts them as it always does."""
    for parameter in parameters:
        annotation = parameter.type_descriptor.annotation if hasattr(parameter, "type_descriptor") else None
        if annotation in _CONVERSIONS and parameter._runtime_param is None:
            parameter._runtime_param = _Conversion(_CONVERSIONS[annotation])
    return parameters


class _Conversion:
    """Turns the text of a parameter into its value, in the place where Typer 0.29 keeps its own."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self._convert = convert

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """Return the value. What cannot be converted is left to Typer, which says what is wrong."""
        if value is None:
            return None
        try:
            return self._convert(value)
        except ValueError:
            param._runtime_param = None
            return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _flag(value: Any) -> bool:
    """Return a flag's value; text, as from an environment variable, is left to Typer."""
    if isinstance(value, bool):
        return value
    raise ValueError(value)


# Annotation → what makes a value of text.
_CONVERSIONS: dict[Any, Callable[[Any], Any]] = {str: str, int: int, bool: _flag, Path: Path, list[str]: list}

_ORDER = ("Arguments", FIRST, MORE, RANGES)


def _annotation(option: Option) -> Any:
    kind = str if option.kind in (Size, Share) else option.kind
    names = [option.flag] if option.kind is bool else []
    info = typer.Option(
        *names,
        help=option.help,
        show_default=shown_default(option),
        metavar="SIZE" if option.kind is Size else "SHARE" if option.kind is Share else None,
        rich_help_panel=option.group,
        autocompletion=(lambda incomplete: [each for each in option.choices if each.startswith(incomplete)])
        if option.choices
        else None,
    )
    return Annotated[kind | None, info]


def shown_default(option: Option) -> str | bool:
    """Return a default as help shows it; False if there is none."""
    if option.default is None or option.default is False:
        return False
    if option.kind is Size:
        height, width = option.default
        return str(height) if height == width else f"{height}x{width}"
    return f"{option.default:g}" if isinstance(option.default, float) else str(option.default)
