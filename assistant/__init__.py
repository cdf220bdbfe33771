"""AEI Research Assistant: financial filings, asked in plain English, answered with citations."""
