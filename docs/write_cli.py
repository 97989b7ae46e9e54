"""Write docs/cli.md from the commands themselves: python docs/write_cli.py. A test holds the page to them."""

import inspect
from pathlib import Path

import typer

from classeur.cli import app

HEAD = """# The command line

Written by `docs/write_cli.py` from the commands themselves. Every command works with its defaults.

- **DATA** is `D/class/*`, `D/{train,val|valid|validation,test}/class/*`, a zip of either, or a CSV `path,label[,split]`
  with paths relative to it.
- **Results** go to standard output, progress and warnings to standard error. `--json` prints a result as JSON.
- **Exit status**: 0 success, 1 failure, 2 wrong usage, 3 errors among the findings (`inspect --strict`), 130
  interrupted by Ctrl-C. An error is one line; `--debug` shows the traceback.
- **Cache**: decoded pixels are cached in the system's cache folder, or in the folder `CLASSEUR_CACHE`.
"""


def page() -> str:
    """Return the whole page."""
    root = typer.main.get_command(app)
    return HEAD + "".join(_section(name, command) for name, command in root.commands.items())  # type: ignore[attr-defined]


def _section(name: str, command: typer.core.TyperCommand) -> str:
    text = inspect.cleandoc(command.help or "")
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    usage = " ".join(
        ["classeur", name, *("[OPTIONS]" for _ in options[:1]), *(_metavar(argument) for argument in arguments)]
    )
    lines = [f"\n## {name}\n", text, "", f"    {usage}", "", "| | | default |", "|---|---|---|"]
    lines += [f"| `{_metavar(argument)}` | {getattr(argument, 'help', '') or ''} | |" for argument in arguments]
    for option in options:
        if option.name != "help":
            shown = getattr(option, "show_default", None)
            default = shown if isinstance(shown, str) else option.default
            given = "" if default in (None, False) else f"`{default}`"
            names = ", ".join(f"`{spelling}`" for spelling in (*option.opts, *option.secondary_opts))
            lines.append(f"| {names} | {getattr(option, 'help', '')} | {given} |")
    return "\n".join(lines) + "\n"


def _metavar(argument: object) -> str:
    return getattr(argument, "metavar", None) or str(getattr(argument, "name", "")).upper()


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(page(), encoding="utf-8")
