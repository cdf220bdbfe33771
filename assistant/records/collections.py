"""Labels collections, and leaves an entry in the audit log for each."""

from dataclasses import dataclass

from assistant.audit import labelled_collection
from assistant.domain.collections import FilingCollection
from assistant.domain.errors import InvalidRequest, NotFound
from assistant.domain.filings import Sensitivity
from assistant.domain.people import Principal
from assistant.ports import AuditLog, Collections, UnitOfWork


@dataclass(frozen=True)
class CollectionLabels:
    """What collections there are, and their labels."""

    collections: Collections
    audit: AuditLog
    work: UnitOfWork

    async def all(self) -> list[FilingCollection]:
        """Return every collection that filings were placed in or that has a label, by name."""
        return await self.collections.all()

    async def get(self, name: str) -> FilingCollection:
        """Return a collection. Raises `NotFound`."""
        found = next((one for one in await self.all() if one.name == _cleaned(name)), None)
        if found is None:
            raise NotFound(f"There is no collection {name!r}", "`aei collections list` names them.")
        return found

    async def label(self, name: str, by: Principal, label: Sensitivity) -> FilingCollection:
        """Say how far what is in a collection may travel, from now on; it need not be there yet.

        Raises:
            InvalidRequest: The name is empty.
        """
        name = _cleaned(name)
        if not name:
            raise InvalidRequest("A collection needs a name", "`aei collections list` names them.")
        async with self.work.begin():
            before = next((one.label for one in await self.all() if one.name == name), None)
            await self.collections.label(name, label)
            await self.audit.append(labelled_collection(by, name, label, before))
        return await self.get(name)


def _cleaned(name: str) -> str:
    """Return a path as the collections of placements are written."""
    return "/".join(part for part in name.strip().split("/") if part)
