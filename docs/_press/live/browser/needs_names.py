"""What a cell does with names, read from its source: which it uses, makes, and changes in place. See `needs`."""

from __future__ import annotations

import ast
import builtins
import re

# Functions that change arguments, by their places, and methods that change the object that they belong to.
FIRST = ("step", "lsuv", "clip_by_norm", "clip_by_value", "copyto", "put", "place", "putmask", "fill_diagonal", "at")
CHANGE_ARGUMENTS = dict.fromkeys((*FIRST, "setattr", "shuffle"), (0,)) | {"train": (0, 2)}
CHANGE_OBJECT = {"append", "extend", "insert", "add", "update", "pop", "popitem", "remove", "discard", "clear", "sort"}
CHANGE_OBJECT |= {"reverse", "setdefault", "fill", "step"}
RANDOM = re.compile(r"rng|random_state|generator")  # to draw from it changes it
LOOPS = {"zip", "enumerate", "reversed", "sorted", "list", "tuple", "dict", "items", "values", "iter"}
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
BUILTINS = set(vars(builtins))


def roots(node):
    """Names whose objects the value of an expression may share."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.NamedExpr)):
        return roots(node.value)
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return set().union(*map(roots, node.elts))
    if isinstance(node, ast.Dict):
        return set().union(*map(roots, node.values))
    if isinstance(node, ast.IfExp):
        return roots(node.body) | roots(node.orelse)
    if isinstance(node, ast.BinOp):  # a list and another
        return roots(node.left) | roots(node.right)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        return set().union(*(roots(part.iter) for part in node.generators))
    if isinstance(node, ast.Call):
        name = called(node)
        inside = {*LOOPS} | ({name} if name[:1].isupper() else set())  # a class keeps what it is given
        if name in inside:
            owner = roots(node.func.value) if isinstance(node.func, ast.Attribute) else set()
            values = [*node.args, *(word.value for word in node.keywords)]
            return owner.union(*map(roots, values))
    return set()


def called(call):
    """The last word of what is called."""
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


class Scope(ast.NodeVisitor):
    """What a cell, or a function in it, does with names, in the order of its lines."""

    def __init__(self, book, local=()):
        self.book = book  # what the cells above have told about functions and shared objects
        self.made = set(local)
        self.links = {name: set() for name in local}  # name -> names that may stand for the same object
        self.uses, self.binds, self.changes = set(), set(), set()

    def share(self, name, others):
        others = others - self.book.imported - BUILTINS - {name}
        self.links.setdefault(name, set()).update(others)
        for other in others:
            self.links.setdefault(other, set()).add(name)

    def change(self, names):
        """These objects change, whatever their names."""
        found, new = set(), names - self.book.imported - BUILTINS
        while new:
            found |= new
            links = (self.links.get(name, set()) | self.book.links.get(name, set()) for name in new)
            new = {name for name in set().union(*links) if not CONSTANT.fullmatch(name)} - found
        self.changes |= found

    def bind(self, target, value=None, keep=False):
        """A name gets a value; with `keep` cells below know whose object it shares."""
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                self.made.add(node.id)
                self.binds.add(node.id)
                self.share(node.id, roots(value) if value is not None else set())
                if keep and self is self.book.scope:
                    self.book.share(node.id, roots(value))
            elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                self.change(roots(node))
                self.visit(node.value)
                if isinstance(node, ast.Subscript):
                    self.visit(node.slice)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load):
            if node.id not in self.made:
                self.uses.add(node.id)
            if RANDOM.search(node.id):
                self.change({node.id})

    def visit_Assign(self, node):
        self.visit(node.value)
        for target in node.targets:
            self.bind(target, node.value, keep=True)

    def visit_AugAssign(self, node):
        self.visit(node.value)
        self.change(roots(node.target))
        for name in roots(node.target) - self.made:
            self.uses.add(name)
        self.bind(node.target, node.target)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit(node.value)
            self.bind(node.target, node.value)

    def visit_NamedExpr(self, node):
        self.visit(node.value)
        self.bind(node.target, node.value)

    def visit_For(self, node):
        self.visit(node.iter)
        self.bind(node.target, node.iter)
        for part in [*node.body, *node.orelse]:
            self.visit(part)

    def visit_With(self, node):
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, item.context_expr)
        for part in node.body:
            self.visit(part)

    def perhaps(self, node):
        """What is bound here may not be bound after it; it may also be what was bound before."""
        before = set(self.made)
        self.generic_visit(node)
        self.uses |= self.binds - before
        self.made = before

    visit_If = visit_While = visit_Try = visit_Match = perhaps

    def visit_Import(self, node):
        for alias in node.names:
            name = (alias.asname or alias.name).split(".")[0]
            self.made.add(name)
            self.binds.add(name)
            self.book.imported.add(name)

    visit_ImportFrom = visit_Import

    def comprehension(self, node):
        before = set(self.made)
        for part in node.generators:
            self.visit(part.iter)
            for name in (found.id for found in ast.walk(part.target) if isinstance(found, ast.Name)):
                self.made.add(name)
                self.share(name, roots(part.iter))
            for condition in part.ifs:
                self.visit(condition)
        for field in ("key", "value", "elt"):
            if hasattr(node, field):
                self.visit(getattr(node, field))
        self.made = before

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    def function(self, node):
        """A definition: its free names are needed when it is called, so wherever it is used."""
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        parameters = [argument.arg for argument in named if argument is not None]
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                self.visit(default)
        inner = Scope(self.book, parameters)
        for part in node.body if isinstance(node.body, list) else [node.body]:
            inner.visit(part)
        declared = {
            name for part in ast.walk(node) if isinstance(part, (ast.Global, ast.Nonlocal)) for name in part.names
        }
        outer = inner.uses | declared
        changed = [number for number, name in enumerate(parameters) if name in inner.changes]
        if isinstance(node, ast.Lambda):
            self.uses |= inner.uses - self.made
            self.change(inner.changes & outer)
            return
        for decorator in node.decorator_list:
            self.visit(decorator)
        self.made.add(node.name)
        self.binds |= declared | {node.name}
        self.book.functions[node.name] = outer, parameters, changed, inner.changes & outer

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = function

    def visit_ClassDef(self, node):
        inner = Scope(self.book, ())
        for part in [*node.bases, *node.keywords, *node.decorator_list, *node.body]:
            inner.visit(part)
        methods = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
        free = inner.uses.union(*(self.book.functions[name][0] for name in methods))
        self.uses |= inner.uses - self.made
        self.made.add(node.name)
        self.binds.add(node.name)
        self.book.functions[node.name] = free, [], [], set()

    def visit_Call(self, node):
        name = called(node)
        _, parameters, places, free = self.book.functions.get(name, (None, [], CHANGE_ARGUMENTS.get(name, ()), set()))
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) and parameters[:1] == ["self"] else []
        for number, value in enumerate([*owner, *node.args]):
            if number in places or (places and isinstance(value, ast.Starred)):
                self.change(roots(value))
        for word in node.keywords:
            if word.arg == "out" or word.arg in [parameters[number] for number in places if number < len(parameters)]:
                self.change(roots(word.value))
        self.change(free)
        if name in CHANGE_OBJECT and isinstance(node.func, ast.Attribute):
            self.change(roots(node.func.value))
        self.generic_visit(node)

    def visit_Expr(self, node):
        """A call for its effect alone: on the object whose method it is."""
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            self.change(roots(call.func.value))
        self.visit(call)
