"""Small questions about Office XML, answered by local names: Strict files have other namespaces."""

from lxml import etree


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]  # a comment's tag is no string


def attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute by its local name, or None."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: etree._Element, *path: str) -> etree._Element | None:
    """Return the first descendant along a path of local names, or None."""
    found: etree._Element | None = element
    for name in path:
        found = next((c for c in found if local(c) == name), None) if found is not None else None
    return found
