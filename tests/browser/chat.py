"""What a person does on the chat page, by what they see."""

from playwright.sync_api import Page, expect


def send(page: Page, text: str = "") -> None:
    """Type and press the button."""
    if text:
        page.locator("#chat-input").click()
        page.keyboard.insert_text(text)
    page.locator("#chat-submit:not([disabled])").click()


def ask(page: Page, text: str) -> None:
    """Ask, and wait for the end of the answer."""
    send(page, text)
    expect(page.get_by_text(text).last).to_be_visible()
    expect(page.locator("#stop-button")).to_have_count(0)


def drop(page: Page, *files: tuple[str, bytes], text: str = "") -> None:
    """Add files, then send them with or without a question."""
    payload = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        for name, data in files
    ]
    kept: list[str] = []
    page.on("response", lambda r: kept.append(r.url) if "/project/file?" in r.url else None)
    page.locator("#upload-button-input").set_input_files(payload)
    for _ in range(100):
        if len(kept) >= len(files):
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(100)
    send(page, text)


def answers(page: Page):
    """The assistant's messages."""
    return page.locator("[data-step-type='assistant_message'] .message-content")
