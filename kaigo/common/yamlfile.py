"""YAML as data files are written here: safe types only, and a key given twice is an error, not a surprise."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml


class YamlProblem(Exception):
    """A file that cannot be read; the text says why and on which line, in Japanese, without the file's name."""


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader silently keeps the last of two equal keys; this one refuses them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"キー「{key}」が2回あります", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read(path: Path) -> Any:
    """The content of one YAML file. Raises YamlProblem for an unreadable file, wrong encoding or wrong YAML."""
    try:
        loader = _StrictLoader(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise YamlProblem("読めません（UTF-8のファイルか確かめてください）") from error
    try:
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlProblem(f"{line}行目: YAMLとして読めません（{error.problem}）") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-02-30
        raise YamlProblem(f"YAMLとして読めません（{error}）") from error
    finally:
        loader.dispose()
