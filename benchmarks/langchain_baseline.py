"""The usual way to read PDFs, as a process of its own: PyPDFLoader, then a splitter.

Nothing is embedded, indexed or stored: it does less than `aei ingest`.
"""

import json
import sys
from pathlib import Path

from langchain_community.document_loaders import PyPDFLoader
from langchain_text_splitters import RecursiveCharacterTextSplitter


def main() -> None:
    """Read every PDF of a folder; print how many pages and chunks there were."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    pages = chunks = 0
    for path in sorted(Path(sys.argv[1]).glob("*.pdf")):
        read = PyPDFLoader(str(path)).load()
        pages += len(read)
        chunks += len(splitter.split_documents(read))
    print(json.dumps({"pages": pages, "chunks": chunks}))


if __name__ == "__main__":
    main()
