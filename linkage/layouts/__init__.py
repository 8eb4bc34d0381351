"""Record layouts (レコード仕様): declarative tables, one reader and one writer for all of them."""

from linkage.layouts.frame import IncomingFile, open_file
from linkage.layouts.reading import RowIssue, rows
from linkage.layouts.table import Field, Layout, all_layouts, get_layout
from linkage.layouts.writing import write

__all__ = ["Field", "IncomingFile", "Layout", "RowIssue", "all_layouts", "get_layout", "open_file", "rows", "write"]
