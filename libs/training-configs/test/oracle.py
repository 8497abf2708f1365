"""Asks Debian's Python what it makes of exported files: PyYAML, numpy, json, csv, tomllib, ast, shlex.

Usage: oracle.py FOLDER. Reads FOLDER/manifest.json: a list of files with the keys and amounts that each must hold, and of
texts with what the readers of this project make of them. Prints every disagreement: sentences by group, as JSON.
"""

import ast
import csv
import datetime
import io
import json
import math
import pathlib
import shlex
import sys
import tomllib

import numpy
import yaml


def leaves(value):
    """Keys and scalars anywhere below."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def children(value):
    """The items of a container, each with the key it has."""
    if isinstance(value, dict):
        return [([key], item) for key, item in value.items()]
    return [([], item) for item in value]


def containers(value):
    if isinstance(value, (dict, list, tuple)):
        yield value
        for _, item in children(value):
            yield from containers(item)


def number(value):
    """A weight: a float, or the text of one where the format writes texts."""
    if type(value) is float:
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def item_by_item(container, keys, amounts):
    """Every key stands in an item of its own, beside its amount."""
    items = children(container)
    if len(items) < len(keys):
        return False
    at = 0
    for own, item in items:
        if at == len(keys):
            break
        found = own + list(leaves(item))
        if keys[at] in found and any(number(leaf) == amounts[at] for leaf in found):
            at += 1
    return at == len(keys)


def in_turn(container, keys, amounts):
    """amount, key, amount, key: or the other way round."""
    flat = list(container) if isinstance(container, (list, tuple)) else []
    if len(flat) != 2 * len(keys):
        return False
    even, odd = flat[::2], flat[1::2]
    return any(names == keys and [number(v) for v in values] == amounts for names, values in ((odd, even), (even, odd)))


def side_by_side(container, keys, amounts):
    """A list of amounts, as numbers or as one text with commas; and the keys, in their order, elsewhere."""
    values = [item for _, item in children(container)]
    lists = [value for value in values if isinstance(value, list)]
    lists += [value.split(",") for value in values if isinstance(value, str)]
    has_amounts = any([number(item) for item in value] == amounts for value in lists)
    names = [leaf for leaf in leaves(values) if leaf in set(keys)]
    split = [value.split(",") for value in values if isinstance(value, str)]
    return has_amounts and (names == keys or keys in split)


def holds(document, keys, amounts):
    ways = (item_by_item, in_turn, side_by_side)
    return any(way(container, keys, amounts) for container in containers(document) for way in ways)


def program(text, keys, amounts):
    """The keys and the amounts stand as literals, each in their order."""
    constants = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    constants.sort(key=lambda node: (node.lineno, node.col_offset))
    values = [node.value for node in constants]
    names = [value for value in dict.fromkeys(v for v in values if isinstance(v, str)) if value in set(keys)]
    numbers = [number(value) for value in values if value not in set(keys) and number(value) in set(amounts)]
    return names == keys and numbers == amounts


def load(path, text):
    suffix = path.suffix
    if suffix in (".yaml", ".yml"):
        return yaml.safe_load(text)
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return tomllib.loads(text)
    if suffix == ".csv":
        return list(csv.reader(io.StringIO(text)))
    if suffix == ".py":
        return ast.parse(text)
    if suffix == ".sh":
        return shlex.split(text, comments=True)
    return text.split()


def windows(words, keys, amounts):
    """A command line or a blend: the pairs stand somewhere among other words."""
    size = 2 * len(keys)
    return any(in_turn(words[at : at + size], keys, amounts) for at in range(len(words) - size + 1))


def check_file(folder, entry, say):
    path = folder / entry["path"]
    text = path.read_text(encoding="utf-8")
    try:
        document = load(path, text)
    except Exception as error:
        say(f"{entry['path']}: {type(error).__name__}: {error}")
        return
    for phase in entry["phases"]:
        keys, amounts = phase["keys"], phase["amounts"]
        flat = isinstance(document, list) and document and all(isinstance(word, str) for word in document)
        if path.suffix == ".py":
            found = program(text, keys, amounts)
        else:
            found = windows(document, keys, amounts) if flat else holds(document, keys, amounts)
        if not found:
            say(f"{entry['path']}: does not hold {list(zip(keys, amounts))[:3]}")
        if path.suffix in (".yaml", ".yml"):
            expected = set(amounts)
            for leaf in leaves(document):
                # A text that holds a weight is meant to be one where it stands in quotes.
                meant = isinstance(leaf, str) and (f'"{leaf}"' in text or f"'{leaf}'" in text)
                if type(leaf) is not float and number(leaf) in expected and not meant:
                    say(f"{entry['path']}: {leaf!r} is {type(leaf).__name__}, not float")
        if entry["unit"] in ("sequences", "documents"):
            try:
                numpy.random.default_rng(0).choice(len(amounts), p=amounts)
            except ValueError as error:
                say(f"{entry['path']}: numpy: {error}")
            if not numpy.allclose(sum(amounts), 1):
                say(f"{entry['path']}: the weights sum to {sum(amounts)}")


def encode(value):
    """As manifest.ts writes what our readers read: numbers as text, for JSON has no infinity."""
    if value is None:
        return ["nothing"]
    if isinstance(value, bool):
        return ["truth", value]
    if isinstance(value, (int, float)):
        return ["number", float(value)]
    if isinstance(value, str):
        return ["text", value]
    if isinstance(value, list):
        return ["list", [encode(item) for item in value]]
    if isinstance(value, dict):
        return ["map", [[str(key), encode(item)] for key, item in value.items()]]
    if isinstance(value, datetime.date):
        return ["time"]
    return ["other", type(value).__name__]


def same(ours, theirs):
    if ours[0] != theirs[0]:
        return False
    if ours[0] == "number":
        value = float(ours[1])
        return value == theirs[1] or (math.isnan(value) and math.isnan(theirs[1]))
    if ours[0] == "list":
        return len(ours[1]) == len(theirs[1]) and all(same(a, b) for a, b in zip(ours[1], theirs[1]))
    if ours[0] == "map":
        # Our reader goes through objects of JavaScript, in which whole numbers come first.
        a, b = dict(map(tuple, ours[1])), dict(map(tuple, theirs[1]))
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return ours[1:] == theirs[1:]


def keys_that_are_no_text(value):
    return any(isinstance(c, dict) and any(not isinstance(key, str) for key in c) for c in containers(value))


def check_yaml(_, entry, say):
    try:
        value = yaml.safe_load(entry["text"])
    except (yaml.YAMLError, ValueError) as error:
        if not entry["refused"]:
            say(f"PyYAML refuses {entry['text']!r}, we do not: {str(error).splitlines()[0]}")
        return
    if entry["refused"]:
        if not entry["stricter"]:
            say(f"we refuse {entry['text']!r}, PyYAML reads {value!r}")
        return
    if keys_that_are_no_text(value) != entry["keysNotText"]:
        say(f"{entry['text']!r}: keys that are no text: PyYAML {value!r}")
    elif not entry["keysNotText"] and not same(entry["value"], encode(value)):
        say(f"{entry['text']!r}: PyYAML reads {encode(value)}, we read {entry['value']}")


def check_words(_, entry, say):
    text = entry["text"]
    if text.split() != entry["words"]:
        say(f"{text!r}.split() is {text.split()}, not {entry['words']}")
    for word, ours in zip(entry["words"], entry["floats"]):
        try:
            theirs = float(word)
        except ValueError:
            theirs = None
        if (theirs is None) != (ours is None):
            say(f"float({word!r}) is {theirs}, ours {ours}")
        elif theirs is not None and word.isascii() and not (theirs == float(ours) or math.isnan(theirs)):
            say(f"float({word!r}) is {theirs}, ours {ours}")


def check_literal(_, entry, say):
    try:
        value = ast.literal_eval(entry["literal"])
    except (SyntaxError, ValueError) as error:
        value = error
    if value != entry["text"]:
        say(f"{entry['literal']} is {value!r}, not {entry['text']!r}")


CHECKS = {"file": check_file, "yaml": check_yaml, "words": check_words, "literal": check_literal}


def main():
    folder = pathlib.Path(sys.argv[1])
    faults = {}
    for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        say = faults.setdefault(entry["group"], []).append
        CHECKS[entry["kind"]](folder, entry, say)
    print(json.dumps(faults))


main()
