"""The command line: parse, call one function, print. Nothing heavy is imported before a command needs it."""

import io
import os
import sys
import warnings
from typing import Annotated, Any

import typer

from classeur.cli import data, explaining, exports, maintenance, migration, predicting, reporting, runs
from classeur.cli.options import GroupedCommand, QuickCommand, QuickGroup
from classeur.cli.status import INTERRUPTED
from classeur.extras import naming_missing_extras
from classeur.options import nearest_flag
from classeur.storage import FULL

app = typer.Typer(
    name="classeur",
    cls=QuickGroup,
    help="From a folder of images to a classifier you can trust.",
    epilog="Start with: classeur demo, or: classeur inspect DATA",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    rich_markup_mode=None,  # panels would double the time until help appears
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"classeur {version('classeur-core')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks instead of one-line errors.")] = False,
) -> None:
    """From a folder of images to a classifier you can trust."""


# In the order of the tutorial's steps.
for command in (
    data.fetch,
    data.inspect,
    data.split,
    data.preview,
    runs.train,
    runs.curve,
    runs.summary,
    runs.evaluate,
    predicting.predict,
    explaining.explain,
    runs.compare,
    reporting.report,
    exports.export,
    migration.migrate,
    maintenance.demo,
    maintenance.cache,
    maintenance.doctor,
):
    app.command(cls=QuickCommand if command is predicting.predict else GroupedCommand)(command)

# Click's error class, whether Typer bundles Click or not: `typer.BadParameter` is its only public subclass.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
_ClickException: type[Exception] = _UsageError.__bases__[0]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status.

    0 success, 1 failure, 2 wrong usage, 3 what `--strict` looks for, 130 interrupted.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments or bool(os.environ.get("CLASSEUR_DEBUG"))
    arguments = [argument for argument in arguments if argument != "--debug"]
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):  # Python has None for what is closed
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 — until the process ends
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # a path that is not UTF-8 is printed as its bytes
    # Pillow warns of damaged metadata; a file that it makes unusable is reported anyway.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    warnings.showwarning = _print_warning
    sys.exit(_status(arguments, debug=debug))


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    from classeur.delivery.printable import in_one_line

    print(f"warning: {in_one_line(' '.join(str(message).split()))}", file=sys.stderr)


def _status(arguments: list[str], *, debug: bool) -> int:
    """Run a command and return its exit status; every error is one line on standard error."""
    from classeur.errors import ClasseurError

    try:
        with naming_missing_extras(next(iter(arguments), "classeur")):
            status = int(app(arguments, standalone_mode=False) or 0)
        sys.stdout.flush()  # here, where a full disk is one line
        if status == INTERRUPTED:  # Typer has caught Ctrl-C
            _say("stopped")
        return status
    except typer.Exit as ended:
        return ended.exit_code
    except _UsageError as error:
        context, message = getattr(error, "ctx", None), str(getattr(error, "message", error))
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            print(message, file=sys.stderr)
            return 2
        command = context.command_path if context else "classeur"
        _say(f"{_in_one_line(error, context)} See: {command} --help")
        return 2
    except _ClickException as error:
        _say(_in_one_line(error))
        return int(getattr(error, "exit_code", 1))
    except ClasseurError as error:
        if debug:
            raise
        _say(str(error))
        return error.exit_status
    except BrokenPipeError:  # the reader of a pipe, such as head, has ended
        _drop_output()
        return 1
    except (KeyboardInterrupt, typer.Abort):
        _say("stopped")
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno in FULL:  # all that classeur writes itself says where it is full
            _drop_output()
            _say("the disk is full where standard output goes; free some space, or write to another place")
            return 1
        _say(
            f"unexpected {type(error).__name__}: {' '.join(str(error).split())[:300]}; run again with --debug, and"
            " report the traceback with the output of: classeur doctor"
        )
        return 1


def _drop_output() -> None:
    """Let what is left of standard output go nowhere, as it cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _in_one_line(error: Exception, context: Any = None) -> str:
    flag = getattr(error, "option_name", None)
    if context is not None and type(error).__name__ == "NoSuchOption" and flag:
        flags = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
        nearest = nearest_flag(flag, flags)
        return f"no option {flag}{f'; did you mean {nearest}?' if nearest else '.'}"
    format_message = getattr(error, "format_message", None)
    return " ".join(str(format_message() if format_message else error).split())


def _say(text: str) -> None:
    from classeur.delivery.printable import in_one_line

    print(f"error: {in_one_line(text)}", file=sys.stderr)
