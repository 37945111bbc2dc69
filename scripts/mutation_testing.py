"""Removes protective code, such as a constraint, from a copy of the source, and checks that a test fails.

    scripts/mutation_testing.py --seed 7          ten places drawn by the seed, two of each kind
    scripts/mutation_testing.py --all --kind …    every place of a kind
    scripts/mutation_testing.py --list            what there is to draw from

Five kinds of protection: `visible_to` (whose rows), `@requires` (who may), `select_for_update` (one at a time),
constraints and triggers (what the database refuses, taken out of the model and of its migration alike). Each is cut
from a copy of the last commit; first the tests nearest to it run, then the fast suite, then the slow one, until one
is red; the test that failed must be green again without the cut. A place that stays green is printed as 漏网 and the
exit code is 1.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("hunan_trade", "targets", "projects", "parks", "enterprises", "events", "reporting")
KINDS = ("visible_to", "requires", "select_for_update", "constraint", "trigger")
CONSTRAINTS = {"CheckConstraint", "UniqueConstraint", "ExclusionConstraint"}
TRIGGERS = {"append_only", "freeze_rows_where"}
NEAREST_TESTS = {  # which test of the whole portal looks at this kind
    "visible_to": "test_row_visibility.py::test_no_module_reads_scoped_rows_without_visible_to",
    "requires": "test_access_matrix.py",
    "select_for_update": "test_row_locks.py",
    "constraint": "test_database_constraints.py",
    "trigger": "test_database_constraints.py",
}
CREATE_TRIGGER = re.compile(rb"CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER (?P<name>\S+).*?;\n?", re.S)


@dataclass(frozen=True)
class Cut:
    """A change of one source file: the bytes from `start` to `end` are replaced by the bytes `by`."""

    path: str
    start: int
    end: int
    by: bytes = b""


@dataclass(frozen=True)
class Mutation:
    kind: str
    path: str
    line: int
    what: str
    cuts: tuple[Cut, ...]

    def __str__(self) -> str:
        return f"{self.kind:<17} {self.path}:{self.line}  {self.what}"


@dataclass(frozen=True)
class SourceFile:
    path: str
    text: bytes
    tree: ast.Module
    offsets: tuple[int, ...]

    @classmethod
    def read(cls, path: Path, root: Path) -> SourceFile:
        text = path.read_bytes()
        lines = text.splitlines(keepends=True)
        offsets = (0, *(sum(map(len, lines[: n + 1])) for n in range(len(lines))))
        return cls(str(path.relative_to(root)), text, ast.parse(text), offsets)

    def start_offset(self, node: ast.expr | ast.stmt) -> int:
        return self.offsets[node.lineno - 1] + node.col_offset

    def end_offset(self, node: ast.expr | ast.stmt) -> int:
        return self.offsets[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def cut_of_list_element(self, node: ast.expr) -> Cut:
        """Return the `Cut` that deletes a list element and the comma after it from the source file."""
        tail = re.match(rb"\s*,[ \t]*", self.text[self.end_offset(node) :])
        return Cut(self.path, self.start_offset(node), self.end_offset(node) + (tail.end() if tail else 0))

    def cut_of_chained_call(self, node: ast.Call) -> Cut:
        """Return the `Cut` that deletes the last call of a method chain, such as `.visible_to(user)`."""
        assert isinstance(node.func, ast.Attribute)
        dot = self.text.rindex(b".", self.end_offset(node.func.value), self.end_offset(node.func))
        return Cut(self.path, dot, self.end_offset(node))

    def cut_of_lines(self, node: ast.expr) -> Cut:
        return Cut(self.path, self.offsets[node.lineno - 1], self.offsets[node.end_lineno or node.lineno])


def read_sources(root: Path) -> list[SourceFile]:
    files = (path for app in APPS for path in sorted((root / app).rglob("*.py")))
    return [SourceFile.read(path, root) for path in files if not {"tests", "testing"} & set(path.parts)]


def find_mutations(root: Path) -> list[Mutation]:
    read = read_sources(root)
    declared = [*_constraint_mutations(read)]
    found = [
        mutation
        for source in read
        for mutation in (
            *_visibility_and_lock_mutations(source),
            *_permission_decorator_mutations(source),
            *_trigger_mutations(source),
        )
    ]
    return sorted([*found, *declared], key=lambda mutation: (KINDS.index(mutation.kind), mutation.path, mutation.line))


def _visibility_and_lock_mutations(source: SourceFile) -> Iterator[Mutation]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if (name := node.func.attr) in {"visible_to", "select_for_update"}:
                line = node.func.end_lineno or node.lineno
                yield Mutation(name, source.path, line, _line_text(source, line), (source.cut_of_chained_call(node),))
        elif isinstance(node, ast.FunctionDef) and node.name == "visible_to":
            first = node.body[1] if isinstance(node.body[0], ast.Expr) and len(node.body) > 1 else node.body[0]
            everything = Cut(source.path, source.start_offset(first), source.end_offset(node.body[-1]), b"return self")
            yield Mutation("visible_to", source.path, node.lineno, _line_text(source, node.lineno), (everything,))


def _permission_decorator_mutations(source: SourceFile) -> Iterator[Mutation]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "requires":
                    yield Mutation("requires", source.path, mark.lineno, f"{node.name}", (source.cut_of_lines(mark),))


def _trigger_mutations(source: SourceFile) -> Iterator[Mutation]:
    if "migrations" not in source.path and "append_only" not in source.path:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRIGGERS:
            yield Mutation(
                "trigger",
                source.path,
                node.lineno,
                _line_text(source, node.lineno),
                (source.cut_of_list_element(node),),
            )
    for made in CREATE_TRIGGER.finditer(source.text):
        name = re.escape(made["name"])
        always = re.finditer(rb"ALTER TABLE \S+ ENABLE ALWAYS TRIGGER " + name + rb"\s*;\n?", source.text)
        line = source.text.count(b"\n", 0, made.start()) + 1
        cuts = tuple(Cut(source.path, *found.span()) for found in (made, *always))
        yield Mutation("trigger", source.path, line, _line_text(source, line), cuts)


def _constraint_mutations(read: list[SourceFile]) -> Iterator[Mutation]:
    """Yield, for each model constraint, a mutation that removes the constraint from the model and its migrations."""
    made: dict[str, list[Cut]] = {}
    declared: list[tuple[SourceFile, ast.Call, str]] = []
    for source in read:
        in_migration = "migrations" in source.path
        inside = {id(keyword.value): call for call in ast.walk(source.tree) if isinstance(call, ast.Call)
                  for keyword in call.keywords}  # fmt: skip
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)):
                continue
            if (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) not in CONSTRAINTS:
                continue
            name = next(ast.literal_eval(part.value) for part in node.keywords if part.arg == "name")
            if in_migration:
                made.setdefault(name, []).append(source.cut_of_list_element(inside.get(id(node), node)))
            else:
                declared.append((source, node, name))
    for source, node, name in declared:
        cuts = (source.cut_of_list_element(node), *made.get(name, ()))
        yield Mutation("constraint", source.path, node.lineno, name, cuts)


def _line_text(source: SourceFile, number: int) -> str:
    return source.text.splitlines()[number - 1].decode().strip()


def choose_mutations(found: list[Mutation], seed: int, count: int) -> list[Mutation]:
    """Return `count` // 5 random mutations of each of the five kinds, such as removed database constraints."""
    dice = random.Random(seed)
    return [
        mutation
        for kind in KINDS
        for mutation in dice.sample([p for p in found if p.kind == kind], count // len(KINDS))
    ]


class WorkingCopy:
    """Clone of the Git repository in which a mutation (deliberate fault) is applied and the tests are run.

    The clone is of the last commit, and shares .venv and node_modules.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tree"
        subprocess.run(["git", "clone", "-q", "--shared", ROOT, self.folder], check=True)
        for tools in (".venv", "node_modules"):
            (self.folder / tools).symlink_to(ROOT / tools)

    def apply(self, mutation: Mutation) -> None:
        for path in {cut.path for cut in mutation.cuts}:
            text = (self.folder / path).read_bytes()
            for cut in sorted((cut for cut in mutation.cuts if cut.path == path), key=lambda cut: -cut.start):
                text = text[: cut.start] + cut.by + text[cut.end :]
            ast.parse(text)  # what does not even parse would prove nothing
            (self.folder / path).write_bytes(text)

    def restore(self) -> None:
        subprocess.run(["git", "checkout", "-q", "--", "."], cwd=self.folder, check=True)

    def first_failing_test(self, *arguments: str) -> str:
        """Run pytest; return the name of the first failing test, or "" if all tests pass."""
        command = [
            str(ROOT / ".venv/bin/python"),
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
        ]
        # pytest clears old folders of all its sessions away, also those of a suite that runs beside this
        environment = {**os.environ, "CI": "true", "PYTEST_DEBUG_TEMPROOT": str(self.folder.parent)}
        ran = subprocess.run([*command, *arguments], cwd=self.folder, capture_output=True, text=True, env=environment)
        if ran.returncode in {0, 5}:
            return ""
        failed = re.search(r"^(?:FAILED|ERROR) (\S.*)$", ran.stdout, re.M)
        return failed[1] if failed else (ran.stdout + ran.stderr).strip()[-200:].replace("\n", " ")


def pytest_argument_lists(mutation: Mutation, root: Path) -> Iterator[list[str]]:
    """Yield pytest's arguments for each test run on a mutation, the tests most likely to detect it first."""
    folder = Path(mutation.path).parent
    package = next(parent for parent in (folder, *folder.parents) if (root / parent / "tests").is_dir())
    yield ["-m", "not slow", f"hunan_trade/tests/{NEAREST_TESTS[mutation.kind]}"]
    if mutation.kind == "visible_to":
        yield ["-m", "not slow", "hunan_trade/tests/test_row_visibility.py"]
    yield ["-n", "2", "-m", "not slow", str(package / "tests")]
    yield ["-n", "2", "-m", "not slow"]
    yield ["-m", "slow"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--count", type=int, default=10, help="places to draw, shared out over the five kinds")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind, with --all or --list")
    parser.add_argument("--path", default="", help="only places whose path holds this, with --all or --list")
    parser.add_argument("--near", action="store_true", help="stop after the tests of its package: quick, and stricter")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-mutants-") as folder:
        return _test_mutations(WorkingCopy(Path(folder)), options)


def _test_mutations(copy: WorkingCopy, options: argparse.Namespace) -> int:
    found = find_mutations(copy.folder)
    matching = [
        mutation for mutation in found if mutation.kind in (options.kind or KINDS) and options.path in mutation.path
    ]
    chosen = matching if options.all or options.list else choose_mutations(found, options.seed, options.count)
    if options.list:
        print(*chosen, f"{len(chosen)} places", sep="\n")
        return 0
    print(f"{len(found)} places; " + ("all of them" if options.all else f"seed {options.seed} draws {len(chosen)}"))
    undetected = 0
    for mutation in chosen:
        began = time.monotonic()
        copy.apply(mutation)
        runs = list(pytest_argument_lists(mutation, copy.folder))[: -2 if options.near else None]
        failed = next((failed for arguments in runs if (failed := copy.first_failing_test(*arguments))), "")
        copy.restore()
        test = failed.split(" - ")[0]
        if failed and copy.first_failing_test("-m", "slow or not slow", test):
            print(f"{test} is red without any cut as well: mend it first", file=sys.stderr)
            return 2
        undetected += not failed
        took = f"({time.monotonic() - began:.0f} s)"
        print(
            f"{'red' if failed else '漏网'}  {mutation}\n     {failed[:110] or 'no test noticed'}  {took}", flush=True
        )
    print(f"{len(chosen) - undetected} of {len(chosen)} noticed")
    return 1 if undetected else 0


if __name__ == "__main__":
    sys.exit(main())
