"""Questions of Datasette's whose answer stands in the published file already. Pure: SQL -> SQL that says the same.

The page of a table counts its rows and those of every facet, each time: 8 million criteria by kind take over a second.
What is asked about a whole table was counted at publishing, so it is read: the rows in SQLite's own statistics, the
facets in `facet_counts`. A question about a part of a table, or written in any other way, is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

# How Datasette 0.65 asks how a table's name is spelt, before it asks whether somebody may see it.
SPELLING = "select name from sqlite_master where type in ('table', 'view') and name = ? collate nocase"
NAME = r"\[?(\w+)\]?"
COUNT = re.compile(rf"\s*select count\(\*\) from {NAME}\s*")
FACET = re.compile(
    rf"\s*select {NAME} as value, count\(\*\) as count from \(\s*select [\w\s,\[\]*]+ from {NAME}\s*\)\s*"
    rf"where {NAME} is not null\s+group by {NAME} order by count desc, value limit (\d+)\s*"
)


def shortened(sql: str, counts: Mapping[str, int | None], faceted: Collection[tuple[str, str]]) -> str:
    """The SQL, or shorter one that answers the same. `counts`: rows of each table; `faceted`: (table, column) whose
    values were counted."""
    if (found := COUNT.fullmatch(sql)) and counts.get(found[1]) is not None:
        return f'SELECT {counts[found[1]]} AS "count(*)"'
    found = FACET.fullmatch(sql)
    if found and found[1] == found[3] == found[4] and (found[2], found[1]) in faceted:
        return (
            f"SELECT value, rows AS count FROM facet_counts WHERE of_table = '{found[2]}' AND of_column = '{found[1]}' "
            f"ORDER BY rows DESC, value LIMIT {found[5]}"
        )
    return sql


class Constant(dict[str, Any]):
    """A part of the metadata that nobody changes, so that a copy of it is itself."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Constant:
        return self


def constant(metadata: Any) -> Any:
    """Metadata of which no part is copied but those that say who may see something (`allow`).

    Datasette 0.65 copies all of the metadata, descriptions of every column too, for each table on a page that lists
    tables, to ask who may see it. It puts its own local metadata last, where nothing is written over it.
    """
    if not isinstance(metadata, dict):
        return metadata
    made = {name: constant(part) for name, part in metadata.items()}
    copied = "allow" in made or any(type(part) is dict for part in made.values())
    return made if copied else Constant(made)


def remembered(allowed: Callable[[str, str], list[Any]]) -> Callable[[str, str], list[Any]]:
    """Datasette's rules on who may see a table, worked out once for each table where no plugin can change them.

    Datasette 0.65 folds the names of all tables in the metadata for each table it asks about, and asks about each four
    times for the page of all tables.
    """
    return lru_cache(maxsize=1000)(allowed)
