"""The forms of a page as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class SentForm:
    """`values`: name → what is sent when nobody touches it; `choices`: name → what its list or boxes offer; `texts`:
    what one may type into → how many characters it takes."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.found = path, list[SentForm]()
        self.form: SentForm | None = None
        self.select = self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self.form = (
                SentForm(given.get("action") or self.path) if given.get("method", "").lower() == "post" else None
            )
            return
        if self.form is not None:
            self._take(self.form, tag, name, value, given)

    def _take(self, form: SentForm, tag: str, name: str, value: str, given: dict[str, str]) -> None:
        is_text = tag == "textarea" or (tag == "input" and given.get("type", "text") in {"text", "search"})
        if name and is_text:
            form.texts[name] = int(given.get("maxlength", 1000))
        if tag == "select":
            self.select = name
            form.choices.setdefault(name, [])
        elif tag == "option" and self.select:
            form.choices[self.select].append(value)
            if "selected" in given or self.select not in form.values:
                form.values[self.select] = [value]
        elif tag == "textarea":
            self.text, form.values[name] = name, [""]
        elif name and tag == "input" and given.get("type") in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" in given:
                form.values.setdefault(name, []).append(value or "on")
        elif name and (tag == "button" or (tag == "input" and given.get("type") != "file")):
            form.values.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form is not None:
            self.found.append(self.form)
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.text = ""

    def handle_data(self, data: str) -> None:
        if self.form is not None and self.text:
            self.form.values[self.text] = [self.form.values[self.text][0] + data]


def forms_of(page: str, path: str) -> list[SentForm]:
    """Those that post."""
    parser = _Forms(path)
    parser.feed(page)
    return parser.found
