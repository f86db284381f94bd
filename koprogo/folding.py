"""Templates whose words, addresses and icons are put in when they are compiled, not each time they are shown.

Most calls in a page say the same each time: `_("Lots")`, `url("units:list")`, `static("logo.svg")`, `icon("plus")`.
One environment for each language (koprogo.jinja.Templates) makes them constants, and writes into a page the parts
that it includes. What is left to do for each cell of a list is done with less ado than Jinja's own: it looks up how
each function wants to be called, and wraps each text.
"""

from collections import Counter
from collections.abc import Callable, MutableMapping
from itertools import repeat
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro, missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape


def escaped(value: Any) -> str:
    """What markupsafe's `escape` gives, quicker for numbers: a page only strings it together with others."""
    return str(value) if type(value) is int else escape(value)


ROWS = nodes.Getattr(nodes.Name("page", "load"), "rows", "load")
RECORD = "listed"


class LeanCode(CodeGenerator):
    """Writes the Python of a template with `escaped` where Jinja would put `escape`, and for most values without it.

    `{% for row in page.rows %}`: the rows of a page are records (koprogo.listing.Page), so `row.name` is no more than
    that; so is what a macro takes as `listed`. Jinja would ask the environment, for whom it could be a key of a
    dictionary as well.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._records = set[str]()

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        before = self._records
        if isinstance(node.target, nodes.Name):
            self._records = before - {node.target.name}
            if node.iter == ROWS:
                self._records.add(node.target.name)
        super().visit_For(node, frame)
        self._records = before

    def visit_Macro(self, node: nodes.Macro, frame: Frame) -> None:  # noqa: N802
        before = self._records
        self._records = {RECORD} & {argument.name for argument in node.args}
        super().visit_Macro(node, frame)
        self._records = before

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        if self._is_of_record(node):
            assert isinstance(node.node, nodes.Name)
            self.write(f"{frame.symbols.ref(node.node.name)}.{node.attr}")
        else:
            super().visit_Getattr(node, frame)

    def _is_of_record(self, node: nodes.Getattr) -> bool:
        return isinstance(node.node, nodes.Name) and node.node.name in self._records

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        self.writeline("from markupsafe import _escape_inner as escape_text")
        self.writeline(f"from {__name__} import escaped")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("(escape_text(value) if (kind := type(value := ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_post(node, frame, finalize)
        else:
            self.write(")) is str else value if kind is Markup else escaped(value))")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        """`words[row.kind]`: a table of words holds every kind."""
        if isinstance(node.arg, nodes.Getattr) and self._is_of_record(node.arg):
            self.visit(node.node, frame)
            self.write("[")
            self.visit(node.arg, frame)
            self.write("]")
        else:
            super().visit_Getitem(node, frame)


class LeanContext(Context):
    """Calls a macro or a plain function straight away; what asks for context or environment goes Jinja's own way."""

    def call(__self, __obj: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        if type(__obj) is Macro:
            return _called(__obj, __self.eval_ctx, args, kwargs)
        if not hasattr(__obj, "__code__") or hasattr(__obj, "jinja_pass_arg"):
            return super().call(__obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return __obj(*args, **kwargs)


def _called(macro: Macro, evaluation: EvalContext, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """As the macro would do it, without hearing by an exception of each argument that is not given."""
    kwargs.pop("_block_vars", None)
    kwargs.pop("_loop_vars", None)
    if macro.catch_kwargs or macro.catch_varargs or macro.caller != ("caller" in kwargs):
        return macro(evaluation, *args, **kwargs)
    arguments = [*args, *map(kwargs.pop, macro.arguments[len(args) :], repeat(missing))]
    if macro.caller and not macro.explicit_caller:
        arguments.append(kwargs.pop("caller"))
    if kwargs:
        raise TypeError(f"the macro {macro.name!r} takes no {', '.join(kwargs)}")
    text = macro._func(*arguments)
    return Markup(text) if evaluation.autoescape else text  # noqa: S704 (its values are escaped in it)


class LeanTemplate(Template):
    def _get_default_module(self, ctx: Context | None = None) -> Any:
        """What is imported from it: the same for every page, as no page has globals of its own."""
        return self._module or super()._get_default_module()


class FoldingEnvironment(Environment):
    """Knows functions that give the same for the same texts: `constants`, by the name that templates call them by."""

    context_class, code_generator_class, template_class = LeanContext, LeanCode, LeanTemplate

    def __init__(self, *, constants: dict[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(**options)
        self.constants = constants
        self._loaded: dict[str, Template] = {}

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None,
    ) -> Template:  # fmt: skip
        """A page asks for each of its parts by name: what does not change while we run is found at once."""
        if self.auto_reload or globals or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        found = self._loaded.get(name)
        if found is None:
            found = self._loaded[name] = super().get_template(name, parent)
        return found

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One plain dictionary for all: Jinja's chain of two is walked in Python for each page that is shown."""
        return {**self.globals, **d} if d else self.globals

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:  # fmt: skip
        """Jinja's hook between parsing and writing Python."""
        return super()._generate(self._folded(source), name, filename, defer_init)

    def _folded(self, source: nodes.Template) -> nodes.Template:
        stored = Counter(node.name for node in source.find_all(nodes.Name) if node.ctx in ("store", "param"))
        own = set(stored) | {node.name for node in source.find_all(nodes.Macro)}
        for imported in source.find_all(nodes.FromImport):
            own |= {each if isinstance(each, str) else each[1] for each in imported.names}
        known = {called: function for called, function in self.constants.items() if called not in own}
        set_once = {name for name, times in stored.items() if times == 1}
        folded: nodes.Template = _Folder(known, set_once, self.included).visit(source)
        return folded

    def included(self, name: str) -> list[nodes.Node] | None:
        """What stands in another template, to be put in where it is included; None if it is to stay by itself."""
        if self.auto_reload or self.loader is None:  # while one writes templates, each is read anew
            return None
        source, filename, _is_current = self.loader.get_source(self, name)
        parsed = self._parse(source, name, filename)
        is_layout = parsed.find(nodes.Extends) is not None or parsed.find(nodes.Block) is not None
        return None if is_layout else self._folded(parsed).body


class _Folder(NodeTransformer):
    """Puts in what the constants give, and what is set to such a value for good: `{% set base = url("…") %}`."""

    def __init__(
        self, constants: dict[str, Callable[..., Any]], set_once: set[str],
        included: Callable[[str], list[nodes.Node] | None],
    ) -> None:  # fmt: skip
        self.constants, self.set_once, self.included = constants, set_once, included
        self._known: dict[str, nodes.Const] = {}

    def visit_Assign(self, node: nodes.Assign, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802
        found = self.generic_visit(node)
        assert isinstance(found, nodes.Assign)
        pairs = [(found.target, found.node)]
        if isinstance(found.target, nodes.Tuple) and isinstance(found.node, nodes.Tuple):
            pairs = list(zip(found.target.items, found.node.items, strict=True))
        for target, value in pairs:
            if isinstance(target, nodes.Name) and isinstance(value, nodes.Const) and target.name in self.set_once:
                self._known[target.name] = value
        return found

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """What is set within a block or a loop may not be set behind it."""
        before = dict(self._known)
        found = super().generic_visit(node)
        if not isinstance(node, nodes.Template):
            self._known = before
        return found

    def visit_If(self, node: nodes.If, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802
        """Nor what is set within one branch in another."""
        before = dict(self._known)
        node.test = self.visit(node.test)
        for branch in (node.body, node.elif_, node.else_):
            branch[:] = [self.visit(each) for each in branch]
            self._known = dict(before)
        return node

    def visit_Name(self, node: nodes.Name, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802
        known = self._known.get(node.name) if node.ctx == "load" else None
        return nodes.Const(known.value, lineno=node.lineno) if known else node

    def visit_Include(self, node: nodes.Include, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802
        found = None
        if isinstance(node.template, nodes.Const) and node.with_context and not node.ignore_missing:
            found = self.included(node.template.value)
        return node if found is None else nodes.Scope(found, lineno=node.lineno, environment=node.environment)

    def visit_Call(self, node: nodes.Call, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802
        found = self.generic_visit(node)
        if not isinstance(found, nodes.Call) or found.kwargs or found.dyn_args or found.dyn_kwargs:
            return found
        function = self.constants.get(found.node.name) if isinstance(found.node, nodes.Name) else None
        values = [each.value for each in found.args if isinstance(each, nodes.Const)]
        if function is None or len(values) < len(found.args):
            return found
        return nodes.Const(function(*values), lineno=found.lineno)
