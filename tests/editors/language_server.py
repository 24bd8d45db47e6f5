"""yaml-language-server, the program by which most editors read YAML, driven as an editor drives it.

It comes from npm, once, into a cache outside the tree.
"""

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

# The newest that runs on Node 20.
VERSION = "1.25.0"
_INSTALLING, _ANSWERING = 60, 20
_CAN = {
    "textDocument": {"completion": {"completionItem": {"snippetSupport": True}}},
    "workspace": {"configuration": True},
}
_YAML = {"validate": True, "completion": True, "schemaStore": {"enable": False}}


def installed() -> Path:
    """The server's program; the test is skipped where it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "purna" / f"yaml-language-server-{VERSION}"
    program = folder / "node_modules/yaml-language-server/bin/yaml-language-server"
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        pytest.skip("there is no Node here, which runs yaml-language-server")
    if not program.exists():
        _install(npm, folder)
    return program


def _install(npm: str, folder: Path) -> None:
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [*command, str(folder), f"yaml-language-server@{VERSION}"],
            check=True,
            capture_output=True,
            timeout=_INSTALLING,
        )
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"yaml-language-server cannot be had from npm: {error}")


class Editor:
    """An editor with one language server behind it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout
        self._answers: dict[int, queue.Queue[Any]] = {}
        self._marks: dict[str, queue.Queue[list[Any]]] = {}
        self._writing = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, folder: Path) -> None:
        """Say what this editor can and where its folder is."""
        told = {"processId": None, "rootUri": folder.as_uri(), "capabilities": _CAN}
        self.ask("initialize", told)
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": _YAML}})

    def open(self, path: Path, text: str) -> list[str]:
        """Open a file with a text that need not be saved; what is marked in it.

        A file is opened once: what is marked after a change comes without saying for which text.
        """
        assert path.as_uri() not in self._marks, path
        marks = self._marks.setdefault(path.as_uri(), queue.Queue())
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return [mark["message"] for mark in marks.get(timeout=_ANSWERING)]

    def offered(self, path: Path, line: int, column: int) -> dict[str, str]:
        """What is offered at a place of an open file, with its words."""
        place = {"line": line, "character": column}
        told = {"textDocument": {"uri": path.as_uri()}, "position": place}
        answer = self.ask("textDocument/completion", told)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"]: _words(item) for item in items}

    def ask(self, method: str, parameters: Any) -> Any:
        """A request, and its answer."""
        number = len(self._answers) + 1
        self._answers[number] = queue.Queue()
        self._write({"id": number, "method": method, "params": parameters})
        answer = self._answers[number].get(timeout=_ANSWERING)
        assert "error" not in answer, answer
        return answer.get("result")

    def _tell(self, method: str, parameters: Any) -> None:
        self._write({"method": method, "params": parameters})

    def _write(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self._writing:
            self._to.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._to.flush()

    def _listen(self) -> None:
        while (message := _read(self._from)) is not None:
            if "method" in message and "id" in message:
                self._write({"id": message["id"], "result": _answer(message)})
            elif message.get("method") == "textDocument/publishDiagnostics":
                told = message["params"]
                self._marks.setdefault(told["uri"], queue.Queue()).put(told["diagnostics"])
            elif message.get("id") in self._answers:
                self._answers[message["id"]].put(message)


def _answer(request: Mapping[str, Any]) -> Any:
    """What the server asks of the editor: its settings."""
    if request["method"] != "workspace/configuration":
        return None
    asked = [item.get("section") for item in request["params"]["items"]]
    return [_YAML if section == "yaml" else None for section in asked]


def _read(stream: IO[bytes]) -> Any:
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(stream.read(length)) if length else None


def _words(item: Mapping[str, Any]) -> str:
    words = item.get("documentation") or item.get("detail") or ""
    return str(words["value"] if isinstance(words, dict) else words)


@contextmanager
def an_editor(folder: Path) -> Iterator[Editor]:
    """An editor that has opened a folder."""
    program = installed()
    with subprocess.Popen(
        ["node", str(program), "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            editor = Editor(process)
            editor.start(folder)
            yield editor
        finally:
            process.kill()
