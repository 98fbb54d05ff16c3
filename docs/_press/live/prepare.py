"""Compile and cut the standard library and the wheels; `prepare.mjs` runs this in the Python that will run the result.

Modules are kept as compiled code only: no loading Python compares or compiles anything. What the page never needs is
left out: tests, type stubs, headers, sample data, fonts for PDF and PostScript. Licence texts stay.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import sys
import zipfile
from importlib import _bootstrap_external as machinery

PACKAGES = "/lib/python3.12/site-packages"
STDLIB = "/lib/python312.zip"
# What no page can use: tests, windows, processes, mail, sound, files for compilers, codecs of the last century.
LEFT_OUT = re.compile(
    r"(^|/)(__pycache__|tests?|testing/tests|_examples|idlelib|lib2to3|turtledemo|ensurepip|pydoc_data|__phello__|wsgiref"
    r"|xmlrpc|sample_data|afm|pdfcorefonts|include|f2py|distutils|_pyinstaller|axes_grid1|axisartist|sphinxext"
    r"|multiprocessing)(/|$)"
    r"|\.(pyi|pxd|pyx|h|hpp|c|a|lib|orig|tar\.gz|typed|ipynb|pdf|gif|eps|wasm)$"
    r"|/(RECORD|INSTALLER|WHEEL|top_level\.txt|entry_points\.txt|zip-safe)$"
    r"|^(_aix_support|_osx_support|_pyio|_pydecimal|_pydatetime|aifc|cgi|cgitb|chunk|crypt|ftplib|imaplib|mailbox|mailcap"
    r"|nntplib|nturl2path|pipes|poplib|pty|smtplib|sndhdr|sunau|telnetlib|turtle|uu|wave|xdrlib)\.py$"
    r"|^encodings/(?!__init__|aliases|ascii|cp1252|cp437|idna|latin_1|punycode|raw_unicode|undefined|unicode|utf)"
)
KEPT = re.compile(r"^numpy/(testing|_core/tests/_natype)|^matplotlib/testing/(__init__|_markers)")
# Of matplotlib's backends the one that draws into arrays, and SVG.
BACKENDS = re.compile(
    r"^matplotlib/backends/(?!__init__|_backend_agg|backend_(agg|svg|mixed|template)|registry)|^PIL/_(webp|imaging\w)"
)
DATA = re.compile(
    r"^matplotlib/fontlist|^matplotlib/mpl-data/(images/|plot_directive/|fonts/ttf/(DejaVuSerif|DejaVuSansMono-|Humor))"
)
GROUPS = {"numpy": ("numpy",), "matplotlib": ()}  # what is in no other group goes to matplotlib


def wanted(name):
    if name.endswith("/") or BACKENDS.search(name) or DATA.search(name):
        return False
    return bool(KEPT.search(name)) or not LEFT_OUT.search(name)


def compiled(source, path):
    """The content of a .pyc that Python never compares with a source; tracebacks name `path`."""
    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    return bytes(machinery._code_to_hash_pyc(code, importlib.util.source_hash(source), False))


def entries(archive, folder):
    """(name, content) of what is kept of an archive."""
    with zipfile.ZipFile(archive) as source:
        for name in sorted(source.namelist()):
            if not wanted(name):
                continue
            content = source.read(name)
            if name.endswith(".py"):
                yield name + "c", compiled(content, f"{folder}/{name}")
            else:
                yield name, content


def add_compiled(archive, folder):
    """Add the compiled code of all modules in a zip, beside their sources."""
    with zipfile.ZipFile(archive) as source:
        files = [(name, source.read(name)) for name in source.namelist()]
    for name, content in list(files):
        if name.endswith(".py"):
            package, _, module = name.rpartition("/")
            target = f"{package}/__pycache__/" if package else "__pycache__/"
            cached = f"{target}{module[:-3]}.{sys.implementation.cache_tag}.pyc"
            files.append((cached, compiled(content, f"{folder}/{name}")))
    write(archive, files)


def write(path, files):
    """A zip that is the same for the same files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, content in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            target.writestr(entry, content)
    with open(path, "wb") as file:
        file.write(made.getvalue())


def unpack(files):
    for name, content in files:
        path = f"{PACKAGES}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)


def font_list():
    """matplotlib's list of fonts, which takes seconds to make; Pyodide's matplotlib looks for it beside its modules."""
    from matplotlib import font_manager

    font_manager.fontManager.ttflist.sort(key=lambda font: font.fname)
    path = f"{PACKAGES}/matplotlib/fontlist.json"
    font_manager.json_dump(font_manager.fontManager, path)
    with open(path, "rb") as file:
        return "matplotlib/fontlist.json", file.read()


def main():
    write("/out/python_stdlib.zip", entries("/source/python_stdlib.zip", STDLIB))
    with open("/here/wheels.json", encoding="utf-8") as file:
        wheels = json.load(file)["wheels"]
    groups = {group: [] for group in GROUPS}
    for wheel in wheels:
        group = next((group for group, packages in GROUPS.items() if wheel.split("-")[0] in packages), "matplotlib")
        groups[group] += entries(f"/wheels/{wheel}", PACKAGES)
    for files in groups.values():
        unpack(files)
    importlib.invalidate_caches()
    groups["matplotlib"].append(font_list())
    for group, files in groups.items():
        write(f"/out/{group}.zip", files)
