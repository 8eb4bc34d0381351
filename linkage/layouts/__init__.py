"""Record layouts (レコード仕様): declarative tables, one reader and one writer for all of them."""

from linkage.layouts.frame import IncomingFile, open_file
from linkage.layouts.reading import RowIssue, rows
from linkage.layouts.table import Field, Layout, LayoutError, all_layouts, get_layout
from linkage.layouts.writing import file_name, write

__all__ = [
    "Field",
    "IncomingFile",
    "Layout",
    "LayoutError",
    "RowIssue",
    "all_layouts",
    "file_name",
    "get_layout",
    "open_file",
    "rows",
    "write",
]
