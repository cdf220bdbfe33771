"""Where filings come from besides files and uploads: EDGAR, archives, watched folders."""
