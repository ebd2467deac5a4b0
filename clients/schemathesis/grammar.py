"""Values of the query options that no JSON schema can tell: valid ones, made from the model that the server describes."""

import json
from pathlib import Path

from hypothesis import strategies as st

NAMESPACE = "microsoft.graph"
COMPARISONS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
EQUALITIES = st.sampled_from(["eq", "ne"])
# A lone surrogate is no character, and cannot be sent.
# What no text may have is U+0000.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
DIGITS = st.text("0123456789", min_size=1, max_size=7)
OFFSETS = st.one_of(
    st.just("Z"),
    st.builds("{}{:02}:{:02}".format, st.sampled_from("+-"), st.integers(0, 13), st.integers(0, 59)),
)


def times():
    """Points in time; not in the first and last year that there are, since an offset might move them out of those."""
    return st.builds(
        "{:04}-{:%m-%dT%H:%M:%S}{}{}".format,
        st.integers(2, 9998),
        st.datetimes().filter(lambda at: (at.month, at.day) != (2, 29)),
        st.one_of(st.just(""), DIGITS.map(".{}".format)),
        OFFSETS,
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Grammar:
    """Filters of one of the model's types."""

    def __init__(self, model: Path):
        self.types = json.loads(model.read_text())[NAMESPACE]

    def filters(self, name: str):
        conditions = self.conditions(name, "", depth=0)
        return st.recursive(
            conditions,
            lambda inner: st.one_of(
                st.builds("{} and {}".format, inner, inner),
                st.builds("({} or {})".format, inner, inner),
                st.builds("not ({})".format, inner),
                st.builds("({}) eq {}".format, inner, st.sampled_from(["true", "false"])),
            ),
            max_leaves=6,
        )

    def conditions(self, name: str, before: str, depth: int):
        """One condition about any property of a type; its path begins with that."""
        found = [st.sampled_from(["true", "false"])]
        for type_ in self.family(name):
            for member, is_ in self.types[type_].items():
                if not member.startswith(("$", "@")) and is_.get("$Kind") != "NavigationProperty":
                    found.append(self.about(before + member, is_, depth))
        return st.one_of(found)

    def family(self, name: str):
        while name:
            yield name
            name = self.types[name].get("$BaseType", "").removeprefix("graph.")

    def about(self, path: str, is_: dict, depth: int):
        of = is_.get("$Type", "Edm.String")
        if is_.get("$Collection"):
            return self.about_many(path, of, depth)
        short = of.removeprefix("graph.")
        kind = self.types.get(short, {}).get("$Kind")
        if kind == "ComplexType":
            return self.conditions(short, f"{path}/", depth)
        if kind == "EnumType":
            return self.about_enum(path, short)
        return {
            "Edm.String": about_text,
            "Edm.Guid": about_guid,
            "Edm.DateTimeOffset": about_time,
            "Edm.Boolean": about_truth,
        }[of](path)

    def about_many(self, path: str, of: str, depth: int):
        variable = "abc"[depth]
        short = of.removeprefix("graph.")
        if short in self.types:
            inner = self.conditions(short, f"{variable}/", depth + 1)
        else:
            inner = about_text(variable)
        return st.one_of(
            st.just(f"{path}/any()"),
            inner.map(lambda condition: f"{path}/any({variable}:{condition})"),
            inner.map(lambda condition: f"{path}/all({variable}:{condition})"),
        )

    def about_enum(self, path: str, name: str):
        members = [member for member in self.types[name] if not member.startswith("$")]
        values = st.sampled_from([quoted(m) for m in members] + [f"{NAMESPACE}.{name}{quoted(m)}" for m in members])
        return st.one_of(
            st.builds(f"{path} {{}} {{}}".format, COMPARISONS, values),
            st.lists(values, min_size=1, max_size=3).map(lambda some: f"{path} in ({', '.join(some)})"),
        )


def about_text(path: str):
    text = TEXTS.map(quoted)
    functions = st.sampled_from(["startswith", "endswith", "contains"])
    return st.one_of(
        st.builds(f"{path} {{}} {{}}".format, COMPARISONS, text),
        EQUALITIES.map(lambda how: f"{path} {how} null"),
        st.builds(f"{{}}({path}, {{}})".format, functions, text),
        st.builds(f"tolower({path}) {{}} {{}}".format, COMPARISONS, text),
        st.builds(f"contains(toupper({path}), {{}})".format, text),
        st.lists(text, min_size=1, max_size=3).map(lambda some: f"{path} in ({','.join(some)})"),
    )


def about_guid(path: str):
    return st.builds(f"{path} {{}} {{}}".format, COMPARISONS, st.uuids().map(str))


def about_time(path: str):
    return st.builds(f"{path} {{}} {{}}".format, COMPARISONS, times())


def about_truth(path: str):
    return st.one_of(st.just(path), st.builds(f"{path} {{}} {{}}".format, EQUALITIES, st.sampled_from(["true", "false"])))


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters='"()\\'), min_size=1, max_size=12)
PHRASES = WORDS.map('"{}"'.format)


def searches():
    terms = st.one_of(WORDS.filter(lambda word: word not in ("AND", "OR", "NOT")), PHRASES)
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            st.builds("{} {}".format, inner, inner),
            st.builds("{} AND {}".format, inner, inner),
            st.builds("({} OR {})".format, inner, inner),
            st.builds("NOT {}".format, inner),
        ),
        max_leaves=6,
    )
