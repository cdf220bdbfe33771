"""A comparison on the page: a table whose marks open the page, and files to take away."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat import answers, ask, drop

HERONGATE = b"""HERONGATE PUMPS, INC.
(Exact name of registrant as specified in its charter)

FORM 10-K
For the fiscal year ended December 31, 2024

HERONGATE PUMPS, INC.
CONSOLIDATED STATEMENTS OF OPERATIONS
(In millions, except per share data)

Year Ended December 31,

2024  2023  2022
Net sales  $ 4,200  $ 3,900  $ 3,600
Cost of sales  (2,520)  (2,400)  (2,250)
Gross profit  1,680  1,500  1,350
Operating income  630  585  450
Interest expense  (42)  (39)  (36)
Income before income taxes  588  546  414
Provision for income taxes  (147)  (131)  (104)
Net income  $ 441  $ 415  $ 310
"""


@pytest.fixture
def herongate(page):
    drop(page, ("Herongate 10-K 2024.txt", HERONGATE))
    expect(page.get_by_text(re.compile("1 file: 1 (added|already there)"))).to_be_visible()
    return page


def test_a_comparison_is_a_table_with_a_link_in_each_cell_and_two_files(herongate):
    ask(herongate, "Compare net sales and net income of Herongate Pumps from 2022 to 2024")
    table = answers(herongate).last.locator("table").first
    expect(table.locator("tbody tr").first).to_contain_text("$4,200 million")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table.locator("td a[href*='/viewer/']")).to_have_count(6)
    for name, begins in (("comparison.csv", b"\xef\xbb\xbf"), ("comparison.xlsx", b"PK")):
        link = herongate.locator("a", has_text=name).last
        expect(link).to_be_visible()
        address = link.evaluate("link => link.href")
        assert herongate.request.get(address).body().startswith(begins)
