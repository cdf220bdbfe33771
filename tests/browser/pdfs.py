"""Small PDFs with real text, made on the spot."""

from io import BytesIO

from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas


def pdf(*pages: list[str]) -> bytes:
    """Return a PDF with these lines on its pages."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
