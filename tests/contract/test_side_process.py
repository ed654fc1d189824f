"""The layers that test only the client run in a second process, with the same results as in one."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two processors"
)
LAYERS = "examples,client_decoding"
COMMAND = (sys.executable, "-m", "gemini_clearing_contract", "--profile", "recall", "--layers", LAYERS)


def report_of(folder: Path, *, processors: set[int], **options: str) -> dict[str, Any]:
    """Run the command on these processors, and return its report without the times."""
    more = [word for name, value in options.items() for word in (f"--{name}", value)]
    done = subprocess.run(
        [*COMMAND, "--report-dir", str(folder), *more],
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
        capture_output=True,
        text=True,
    )
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert done.returncode == (1 if report["root_causes"] else 0), done.stdout + done.stderr
    stripped: dict[str, Any] = without_times(report)
    return stripped


def without_times(part: Any) -> Any:
    """Return a part of a report without its times."""
    if isinstance(part, dict):
        return {name: without_times(value) for name, value in part.items() if name != "seconds"}
    return [without_times(value) for value in part] if isinstance(part, list) else part


def test_two_processes_report_what_one_does(tmp_path: Path) -> None:
    """With a spec that neither the mock nor the client follows, both have the same findings, counts and commands."""
    spec = tmp_path / "spec.yaml"
    text = Path("openapi/clearing.yaml").read_text(encoding="utf-8")
    assert "is_confirmed" in text
    spec.write_text(text.replace("is_confirmed", "confirmed"), encoding="utf-8")
    both = sorted(os.sched_getaffinity(0))[:2]

    one = report_of(tmp_path / "one", processors={both[0]}, spec=str(spec))
    two = report_of(tmp_path / "two", processors=set(both), spec=str(spec))

    assert {"examples", "client_decoding"} <= {finding["layer"] for finding in one["findings"]}
    assert one == two


def script(body: str) -> str:
    """Return the output of a script that runs a layer `own` of the client in a second process."""
    start = """
        import os, time
        from gemini_clearing_contract.run.profiles import PROFILES
        from gemini_clearing_contract.run.run import Layer, Run
        from gemini_clearing_contract.run.runner import run_layers
        from gemini_clearing_contract.run.side_process import side_process
        from gemini_clearing_contract.spec import Spec
        from gemini_clearing_contract.targets.mock import embedded_mock

        def layer(name, side, function):
            return Layer(name, name, frozenset({side}), load=lambda: function)

        run = Run(Spec(), embedded_mock(), PROFILES["recall"], 0, time.monotonic() + 60)
    """
    code = textwrap.dedent(start) + textwrap.dedent(body)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout


def test_process_that_dies_is_an_error_of_the_suite() -> None:
    """A layer whose process was killed has not passed, and neither have those after it in that process."""
    printed = script("""
        layers = [layer("server", "server", lambda context: None), layer("dies", "client", lambda context: os.kill(
            os.getpid(), 9)), layer("after", "client", lambda context: None)]
        with side_process(run, layers) as side:
            run_layers(run, layers, side)
        for result in run.results:
            print(result.layer.name, result.is_finished, result.is_suite_error, result.stopped)
    """)

    error = "the suite failed: the process of the layer ended with status -9"
    assert printed.splitlines() == ["server True False None", f"dies True True {error}", f"after True True {error}"]


def test_process_ends_with_the_run() -> None:
    """A run that is interrupted leaves no process behind."""
    printed = script("""
        def interrupted(context):
            raise KeyboardInterrupt

        layers = [layer("server", "server", interrupted), layer("long", "client", lambda context: time.sleep(60))]
        try:
            with side_process(run, layers) as side:
                pid = side._process.pid
                run_layers(run, layers, side)
        except KeyboardInterrupt:
            print(os.path.exists(f"/proc/{pid}"), time.process_time() < 50)
    """)

    assert printed == "False True\n"


def test_process_ends_if_its_results_are_not_read(tmp_path: Path) -> None:
    """A result that does not fit in a pipe does not wait for a first process that was killed."""
    file = tmp_path / "pid"
    with pytest.raises(subprocess.CalledProcessError):
        script(f"""
            def long(context):
                open({str(file)!r}, "w").write(str(os.getpid()))
                time.sleep(0.5)
                context.ledger.reasons.update(str(number) for number in range(100_000))

            layers = [layer("server", "server", lambda context: None), layer("long", "client", long)]
            with side_process(run, layers) as side:
                while not os.path.exists({str(file)!r}):
                    time.sleep(0.01)
                os.kill(os.getpid(), 9)
        """)

    wait_for(lambda: not Path(f"/proc/{file.read_text()}").exists())


def test_killed_run_ends_the_process(tmp_path: Path) -> None:
    """A run that gets SIGKILL leaves no process that waits for it."""
    with subprocess.Popen([*COMMAND, "--report-dir", str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        [child] = wait_for(lambda: children.read_text(encoding="ascii").split())
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{child}").exists())


def wait_for(condition: Any) -> Any:
    """Return the first result that is true, within half a minute."""
    end = time.monotonic() + 30
    while not (result := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return result
