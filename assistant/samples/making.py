"""Makes the sample filings, with the libraries that write PDF and DOCX."""

from assistant.domain.ingestion import Upload
from assistant.samples.annual_report import COMPANY, annual_report
from assistant.samples.pdf import render_pdf
from assistant.samples.quarterly import calloway_report
from assistant.samples.releases import FOOTNOTES, orsett_release, pellucid_release
from assistant.samples.tarrowmere import books
from assistant.samples.text import render_text
from assistant.samples.web import render_html
from assistant.samples.word import render_docx


def made() -> tuple[Upload, ...]:
    """Return the sample filings: two annual reports, a quarterly report and two releases."""
    years = books()
    reports = [
        _upload(
            f"Tarrowmere Instruments 10-K {year}.pdf",
            render_pdf(
                annual_report(years, year),
                f"{COMPANY} Form 10-K {year}",
                f"{COMPANY} · Form 10-K {year}",
            ),
        )
        for year in (2024, 2023)
    ]
    release = render_docx(orsett_release(), "Orsett Vale Foods, Inc. third quarter", FOOTNOTES)
    quarter = render_html(calloway_report(), "Calloway Fen Logistics Corporation Form 10-Q")
    return (
        *reports,
        _upload("Orsett Vale Foods Q3 2025 Earnings Release.docx", release),
        _upload("Calloway Fen Logistics 10-Q June 2025.html", quarter),
        _upload("Pellucid Harbor Water Press Release.txt", render_text(pellucid_release())),
    )


def _upload(file_name: str, data: bytes) -> Upload:
    return Upload(file_name, data, path=f"sample:{file_name}", sample=True)
