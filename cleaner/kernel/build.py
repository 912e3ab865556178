"""Builds the compiled kernel: a hook of the package's own build, and a command.

    python -m cleaner.kernel.build [--sanitize]      builds it in the source tree, after changes of the C files

The hook runs when a wheel is built, and when the source tree is installed to be edited. Without a C compiler, or if
the compiler fails, or if the environment says `CLEANER_KERNEL=numpy`, the package is built without the kernel, as a
wheel for all platforms. The module is for the stable interface of Python 3.11, so one wheel serves this Python and
all later ones.

`--sanitize` builds with the address and undefined behaviour sanitizers of gcc and clang, for the tests. Python must
load the first before anything else then, and must not load such a kernel to build the next one:

    python -m cleaner.kernel.build --sanitize
    export ASAN_OPTIONS=detect_leaks=0
    LD_PRELOAD=$(gcc -print-file-name=libasan.so) pytest tests/test_gate.py tests/test_makers.py
    CLEANER_KERNEL=numpy python -m cleaner.kernel.build
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
SOURCES = ("module.c", "gate.c", "judge.c", "lines.c", "places.c", "net.c", "decide.c")
MODULE = "_compiled"
STABLE_ABI = "0x030B0000"  # that of Python 3.11
# Without contraction a product and a sum are rounded one after the other, as numpy does it. The C code asks for no
# exceptions of floating point and no `errno`, without which compilers make faster loops of the same results.
FLAGS = ("-O3", "-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno", "-fvisibility=hidden", "-std=c11")
WINDOWS_FLAGS = ("/std:c11",)
SANITIZER_FLAGS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")


def build(root: Path, *, sanitize: bool = False) -> Path | None:
    """Build the kernel of the source tree `root` there, and return the module's file; None if that is impossible."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    if sysconfig.get_config_var("Py_GIL_DISABLED"):  # such a Python has no stable interface
        return None
    flags = [*WINDOWS_FLAGS] if sys.platform == "win32" else [*FLAGS, *(SANITIZER_FLAGS if sanitize else ())]
    folder = root / "cleaner" / "kernel"
    extension = Extension(
        f"cleaner.kernel.{MODULE}",
        [str(folder / name) for name in SOURCES],
        define_macros=[("Py_LIMITED_API", STABLE_ABI)],
        depends=[str(header) for header in folder.glob("*.h")],
        extra_compile_args=flags,
        extra_link_args=list(SANITIZER_FLAGS[2:]) if sanitize else [],
        optional=True,
        py_limited_api=True,
    )
    with TemporaryDirectory() as scratch:
        command = build_ext(Distribution({"ext_modules": [extension]}))
        command.build_lib, command.build_temp, command.force = str(root), scratch, True
        command.ensure_finalized()
        built = Path(command.get_ext_fullpath(extension.name))
        built.unlink(missing_ok=True)
        command.run()
    return built if built.exists() else None


class KernelHook(BuildHookInterface[Any]):
    """Adds the compiled kernel to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the kernel; `build_data` says afterwards what is in the wheel and for which platforms it is."""
        root = Path(self.root)
        if os.environ.get("CLEANER_KERNEL") == "numpy":
            return
        built = build(root)
        if built is None:
            self.app.display_warning("built without the compiled kernel: there is no C compiler that can build it")
            return
        platform = self.build_config.builder.get_best_matching_tag().split("-")[-1]
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"
        build_data["artifacts"].append(f"/{built.relative_to(root).as_posix()}")


def main() -> int:
    """Build the kernel of this source tree; return the exit code."""
    options = sys.argv[1:]
    if options not in ([], ["--sanitize"]):
        print(f"{' '.join(options)}: no such option; leave it out, or write --sanitize", file=sys.stderr)
        return 2
    built = build(HERE.parent.parent, sanitize=bool(options))
    print(built or "The kernel cannot be built here: is there a C compiler?")
    return 0 if built else 1


if __name__ == "__main__":
    sys.exit(main())
