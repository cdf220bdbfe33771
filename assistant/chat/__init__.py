"""The chat face: Chainlit handlers over the same turn that REST and the CLI run.

    app.py       handlers, what Chainlit loads (by path, from `assistant.api.__main__`)
    turns.py     one turn as steps and a streamed message; stop; errors as sentences
    ingestion.py dropped files with one progress list
    render.py    domain nouns -> safe Markdown (pure)
    safe_markdown.py  text of others -> Markdown that fetches and leads nowhere (pure)
    upload.py    takes files to disk without trusting their names, types or sizes
    page.py      the page itself: no outside requests, a content security policy
    sessions.py  what belongs to this server and this browser session

Chainlit reads its folder from the environment when it is imported; `assistant.api.serve` sets it.
"""
