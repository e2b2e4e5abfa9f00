"""Draws changes to src/ by rule, for `scripts/mutate --random`. Clang's tree of each file shows the places.

The rules: negate a condition, drop a condition, move a boundary, exchange an operator, swap arguments of one type, drop a
call whose result is unused, return early, return the default, drop a member of an aggregate, exchange an enumerator, delete
a case label, change a literal. Only places inside of functions are drawn, because those can be built all at once."""
import collections
import json
import multiprocessing
import pathlib
import random
import re
import shlex

Place = collections.namedtuple("Place", "file begin end new rule")

COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
OTHERS = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "/"}


def of_unit(job):
    """Places of one translation unit, its headers included."""
    from clang.cindex import CursorKind, Index, TypeKind
    root, command, path = job
    words = shlex.split(command)
    flags = [word for n, word in enumerate(words)
             if word.startswith(("-I", "-D", "-std", "-isystem")) or (n and words[n - 1] == "-isystem")]
    unit = Index.create().parse(path, args=flags)
    source = pathlib.Path(root) / "src"
    texts, out = {}, set()

    def text_of(name):
        if name not in texts:
            # Clang counts bytes.
            texts[name] = pathlib.Path(name).read_bytes()
        return texts[name]

    def span(cursor):
        extent = cursor.extent
        begin, end = extent.start, extent.end
        if not begin.file or not end.file or begin.file.name != end.file.name or begin.offset >= end.offset:
            return None
        return begin.file.name, begin.offset, end.offset

    def cut(where):
        return text_of(where[0])[where[1]:where[2]].decode()

    def add(where, new, rule):
        name = pathlib.Path(where[0]).resolve().relative_to(root).as_posix()
        if new != cut(where):
            out.add(Place(name, where[1], where[2], new, rule))

    def whole_statement(where):
        """With its semicolon; nothing if something else follows."""
        text = text_of(where[0])
        end = where[2]
        while text[end:end + 1].isspace():
            end += 1
        return (where[0], where[1], end + 1) if text[end:end + 1] == b";" else None

    def condition(cursor):
        children = list(cursor.get_children())
        where = span(children[0]) if children else None
        if where is None or not children[0].kind.is_expression():
            return
        before = text_of(where[0])[:where[1]].rstrip()
        if not re.search(rb"\b(if|while)\s*\($", before):
            return
        add(where, f"!({cut(where)})", "negate a condition")
        add(where, "true", "drop a condition")
        add(where, "false", "drop a condition")

    def operator(cursor, children):
        left, right = span(children[0]), span(children[-1])
        if not left or not right or left[0] != right[0] or left[2] > right[1]:
            return
        between = text_of(left[0])[left[2]:right[1]].decode()
        sign = re.sub(r"//.*|/\*.*?\*/", "", between).strip()
        whole = (left[0], left[1], right[2])
        if sign in ("&&", "||"):
            add(whole, cut(left), "drop a condition")
            add(whole, cut(right), "drop a condition")
        if sign in COMPARISONS:
            rule = "move a boundary" if sign[0] in "<>" else "negate a condition"
            add((left[0], left[2], right[1]), between.replace(sign, COMPARISONS[sign]), rule)
        if sign in OTHERS and cursor.type.get_canonical().kind in (TypeKind.INT, TypeKind.LONG, TypeKind.ULONG, TypeKind.DOUBLE):
            add((left[0], left[2], right[1]), between.replace(sign, OTHERS[sign]), "exchange an operator")

    def call(cursor):
        if cursor.spelling in ("min", "max"):
            return  # in either order
        arguments = list(cursor.get_arguments())
        for one, other in zip(arguments, arguments[1:]):
            first, second = span(one), span(other)
            if not first or not second or first[0] != second[0] or first[2] > second[1] or cut(first) == cut(second):
                continue
            if one.type.get_canonical().spelling.removeprefix("const ") != other.type.get_canonical().spelling.removeprefix("const "):
                continue
            between = text_of(first[0])[first[2]:second[1]].decode()
            if between.strip() == ",":
                add((first[0], first[1], second[2]), cut(second) + between + cut(first), "swap arguments")

    def statement(cursor):
        """A call that is a statement of its own."""
        inner = cursor
        while inner.kind == CursorKind.UNEXPOSED_EXPR and len(list(inner.get_children())) == 1:
            inner = next(inner.get_children())
        where = span(cursor)
        if inner.kind != CursorKind.CALL_EXPR or where is None:
            return
        complete = whole_statement(where)
        if complete and not cut(where).startswith(("co_", "throw", "static_cast<void>")):
            add(complete, ";", "drop a call")

    def walk(cursor, function=None, in_case=False):
        where = span(cursor)
        if where is None or not pathlib.Path(where[0]).resolve().is_relative_to(source):
            if cursor.kind != CursorKind.TRANSLATION_UNIT:
                return
        kind = cursor.kind
        children = list(cursor.get_children())
        if kind in (CursorKind.FUNCTION_DECL, CursorKind.CXX_METHOD, CursorKind.CONSTRUCTOR, CursorKind.FUNCTION_TEMPLATE,
                    CursorKind.LAMBDA_EXPR):
            function = cursor
        if kind == CursorKind.COMPOUND_STMT:
            for child in children:
                statement(child)
            if function and function.result_type.get_canonical().kind == TypeKind.VOID and len(children) > 1:
                first = span(children[0])
                if first:
                    add((first[0], first[1], first[1]), "return;\n", "return early")
        elif kind in (CursorKind.IF_STMT, CursorKind.WHILE_STMT):
            condition(cursor)
            for child in children[1:]:
                statement(child)
        elif kind == CursorKind.RETURN_STMT and children:
            value = span(children[0])
            if value and cut((value[0], where[1], value[1])).strip() == "return":
                if children[0].type.get_canonical().kind == TypeKind.BOOL:
                    add(value, f"!({cut(value)})", "negate a condition")
                elif cut(value) not in ("{}", "std::nullopt", "nullptr"):
                    add(value, "{}", "return the default")
        elif kind == CursorKind.INIT_LIST_EXPR and len(children) > 1 and cut(where).startswith("{"):
            before, last = span(children[-2]), span(children[-1])
            if before and last and before[2] <= last[1] and re.fullmatch(r"\s*,\s*(\.\w+\s*=\s*)?", cut((last[0], before[2], last[1]))):
                add((last[0], before[2], last[2]), "", "drop a member of an aggregate")
        elif kind == CursorKind.CASE_STMT and len(children) > 1:
            body = span(children[1])
            if body:
                add((where[0], where[1], body[1]), "", "delete a case")
        elif kind == CursorKind.DECL_REF_EXPR and not in_case and cursor.referenced is not None \
                and cursor.referenced.kind == CursorKind.ENUM_CONSTANT_DECL:
            names = [child.spelling for child in cursor.referenced.semantic_parent.get_children()
                     if child.kind == CursorKind.ENUM_CONSTANT_DECL]
            name = cursor.referenced.spelling
            if len(names) > 1 and cut(where).endswith(name):
                other = names[(names.index(name) + 1) % len(names)]
                add((where[0], where[2] - len(name), where[2]), other, "exchange an enumerator")
        elif kind == CursorKind.INTEGER_LITERAL and not in_case and re.fullmatch(r"\d[\d']*", cut(where)):
            add(where, str(int(cut(where).replace("'", "")) + 1), "change a literal")
        elif kind == CursorKind.CXX_BOOL_LITERAL_EXPR:
            add(where, "false" if cut(where) == "true" else "true", "change a literal")
        elif kind == CursorKind.STRING_LITERAL and len(cut(where)) > 3 and cut(where).startswith('"') and "\n" not in cut(where):
            add(where, '""', "change a literal")
        if len(children) in (2, 3) and kind in (CursorKind.BINARY_OPERATOR, CursorKind.CALL_EXPR, CursorKind.UNEXPOSED_EXPR):
            operator(cursor, children)
        if kind == CursorKind.CALL_EXPR:
            call(cursor)
        for n, child in enumerate(children):
            walk(child, function, in_case or (kind == CursorKind.CASE_STMT and n == 0))

    walk(unit.cursor)
    return out


def draw(root, build, count, seeds, may_hold):
    """For each seed `count` places of the files below src/, of each rule about as many; and how many places each rule has.
    `may_hold`: whether a place of a file's text can be built at once with others."""
    units = [entry for entry in json.loads((build / "compile_commands.json").read_text())
             if pathlib.Path(entry["file"]).is_relative_to(root / "src")]
    jobs = sorted((str(root), unit["command"], unit["file"]) for unit in units)
    with multiprocessing.Pool() as pool:
        found = set().union(*pool.imap_unordered(of_unit, jobs))
    rules = collections.defaultdict(list)
    for place in sorted(found):
        if may_hold(place):
            rules[place.rule].append(place)
    return {seed: one_draw(rules, count, seed) for seed in seeds}, {rule: len(places) for rule, places in rules.items()}


def one_draw(rules, count, seed):
    chance = random.Random(seed)
    left = {rule: chance.sample(places, len(places)) for rule, places in rules.items()}
    out, taken = [], set()
    while len(out) < count and any(left.values()):
        place = left[chance.choice(sorted(rule for rule in left if left[rule]))].pop()
        if place[:4] not in taken:  # two rules may make the same change
            taken.add(place[:4])
            out.append(place)
    return out
