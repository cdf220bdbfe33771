"""How filings print figures: cells of a row, heads of columns, fiscal periods, tables of a page."""
