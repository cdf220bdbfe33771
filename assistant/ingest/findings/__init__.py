"""What a file hides or would do, all findings of one document together.

    quarantine.py    hidden text (from the readers), text aimed at a model, active content
    active_pdf.py, active_office.py, active_html.py   what the file would run or load

Each reader says what it hides: `extract/pdf_hidden.py`, `html_hidden.py`, `docx_hidden.py`.
"""
